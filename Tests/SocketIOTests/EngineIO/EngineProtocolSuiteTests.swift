import JSON
import Testing

@testable import SocketIO

/// The cases of the Engine.IO protocol's public test suite, run against the machines and an echo.
@Suite struct EngineProtocolSuiteTests {
    private let polling = "EIO=4&transport=polling"
    private let webSocket = "EIO=4&transport=websocket"

    private func openPolling(_ endpoint: Endpoint) -> String {
        let connection = endpoint.get(polling)
        #expect(endpoint.status(connection) == 200)
        return "\(polling)&sid=\(endpoint.newestSession)"
    }

    private func openWebSocket(_ endpoint: Endpoint) throws -> UInt64 {
        let connection = try #require(endpoint.connect(webSocket))
        #expect(endpoint.dequeueFrames(connection).first?.first == "0")
        return connection
    }

    private func members(_ packet: String) throws -> JSONObject {
        #expect(packet.first == "0")
        return try #require(JSONParser.parse(String(packet.dropFirst())).objectValue)
    }

    // MARK: - Handshake

    @Test func `the open packet over polling has every member`() throws {
        let endpoint = Endpoint()
        let connection = endpoint.get(polling)
        #expect(endpoint.status(connection) == 200)
        let open = try members(#require(endpoint.body(connection)))
        #expect(open.members.map(\.key) == ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"])
        #expect(open["sid"] == "s1")
        #expect(open["upgrades"] == ["websocket"])
        #expect(open["pingInterval"] == 300)
        #expect(open["pingTimeout"] == 200)
        #expect(open["maxPayload"] == 1_000_000)
    }

    @Test func `the open packet over a WebSocket offers no upgrades`() throws {
        let endpoint = Endpoint()
        let connection = try #require(endpoint.connect(webSocket))
        let frames = endpoint.dequeueFrames(connection)
        #expect(frames.count == 1)
        let open = try members(#require(frames.first))
        #expect(open.members.map(\.key) == ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"])
        #expect(open["upgrades"] == [])
    }

    @Test(arguments: ["transport=polling", "EIO=abc&transport=polling", "EIO=4", "EIO=4&transport=abc"])
    func `a bad polling handshake gets 400`(query: String) {
        let endpoint = Endpoint()
        let connection = endpoint.get(query)
        #expect(endpoint.status(connection) == 400)
        #expect(endpoint.sessions.isEmpty)
    }

    @Test(arguments: ["POST", "PUT"]) func `other methods get 400`(method: String) {
        let endpoint = Endpoint()
        let connection = endpoint.request(method, polling, body: "")
        #expect(endpoint.answers[connection] == #"400 {"code":2,"message":"Bad handshake method"}"#)
    }

    @Test(arguments: ["transport=websocket", "EIO=abc&transport=websocket", "EIO=4", "EIO=4&transport=abc"])
    func `a bad WebSocket handshake fails`(query: String) {
        let endpoint = Endpoint()
        #expect(endpoint.connect(query) == nil)
    }

    // MARK: - Messages

    @Test(arguments: ["4hello", "4test1\u{1E}4test2\u{1E}4test3", "4hello\u{1E}bAQIDBA=="])
    func `a payload is echoed in one poll`(payload: String) {
        let endpoint = Endpoint()
        let session = openPolling(endpoint)
        let post = endpoint.post(session, payload)
        #expect(endpoint.answers[post] == "200 ok")
        let poll = endpoint.get(session)
        #expect(endpoint.answers[poll] == "200 \(payload)")
    }

    @Test(arguments: ["4hello", "4test1\u{1E}4test2\u{1E}4test3", "4hello\u{1E}bAQIDBA=="])
    func `a payload is echoed to a waiting poll`(payload: String) {
        let endpoint = Endpoint()
        let session = openPolling(endpoint)
        let poll = endpoint.get(session)
        #expect(endpoint.answers[poll] == nil)
        _ = endpoint.post(session, payload)
        #expect(endpoint.answers[poll] == "200 \(payload)")
    }

    @Test func `a malformed POST closes the session`() {
        let endpoint = Endpoint()
        let session = openPolling(endpoint)
        let post = endpoint.post(session, "abc")
        #expect(endpoint.status(post) == 400)
        let poll = endpoint.get(session)
        #expect(endpoint.answers[poll] == #"400 {"code":1,"message":"Session ID unknown"}"#)
        #expect(endpoint.reasons == [.parseError])
    }

    @Test func `a second poll closes the session`() {
        let endpoint = Endpoint()
        let session = openPolling(endpoint)
        let first = endpoint.get(session)
        let second = endpoint.get(session + "&t=burst")
        #expect(endpoint.answers[first] == "200 1")
        #expect(endpoint.status(second) == 400)
        let third = endpoint.get(session)
        #expect(endpoint.status(third) == 400)
    }

    @Test func `an aborted poll closes the session`() {
        let endpoint = Endpoint()
        let session = openPolling(endpoint)
        let poll = endpoint.get(session)
        endpoint.cancel(poll)
        let next = endpoint.get(session)
        #expect(endpoint.status(next) == 400)
        #expect(endpoint.reasons == [.transportError])
    }

    @Test func `text and bytes are echoed over a WebSocket`() throws {
        let endpoint = Endpoint()
        let connection = try openWebSocket(endpoint)
        endpoint.send(connection, "4hello")
        endpoint.sendBinary(connection, [1, 2, 3, 4])
        #expect(endpoint.dequeueFrames(connection) == ["4hello", "b[1, 2, 3, 4]"])
    }

    @Test func `a malformed frame closes the WebSocket`() throws {
        let endpoint = Endpoint()
        let connection = try openWebSocket(endpoint)
        endpoint.send(connection, "abc")
        #expect(endpoint.closedWebSockets == [connection])
        #expect(endpoint.sessions.isEmpty)
    }

    // MARK: - Heartbeat

    @Test func `pings arrive through polls`() {
        let endpoint = Endpoint()
        let session = openPolling(endpoint)
        for _ in 0..<3 {
            let poll = endpoint.get(session)
            endpoint.advance(by: 299)
            #expect(endpoint.answers[poll] == nil)
            endpoint.advance(by: 1)
            #expect(endpoint.answers[poll] == "200 2")
            let post = endpoint.post(session, "3")
            #expect(endpoint.status(post) == 200)
        }
    }

    @Test func `a silent polling session ends after the ping timeout`() {
        let endpoint = Endpoint()
        let session = openPolling(endpoint)
        endpoint.advance(by: 499)
        #expect(endpoint.sessions.count == 1)
        endpoint.advance(by: 1)
        #expect(endpoint.reasons == [.pingTimeout])
        let poll = endpoint.get(session)
        #expect(endpoint.status(poll) == 400)
    }

    @Test func `pings arrive over a WebSocket`() throws {
        let endpoint = Endpoint()
        let connection = try openWebSocket(endpoint)
        for _ in 0..<3 {
            endpoint.advance(by: 300)
            #expect(endpoint.dequeueFrames(connection) == ["2"])
            endpoint.advance(by: 10)
            endpoint.send(connection, "3")
        }
    }

    @Test func `a silent WebSocket is closed after the ping timeout`() throws {
        let endpoint = Endpoint()
        let connection = try openWebSocket(endpoint)
        endpoint.advance(by: 499)
        #expect(endpoint.closedWebSockets.isEmpty)
        endpoint.advance(by: 1)
        #expect(endpoint.closedWebSockets == [connection])
    }

    // MARK: - Close

    @Test func `a client can close over polling`() {
        let endpoint = Endpoint()
        let session = openPolling(endpoint)
        let poll = endpoint.get(session)
        let post = endpoint.post(session, "1")
        #expect(endpoint.answers[poll] == "200 6")
        #expect(endpoint.answers[post] == "200 ok")
        let next = endpoint.get(session)
        #expect(endpoint.status(next) == 400)
        #expect(endpoint.reasons == [.transportClose])
    }

    @Test func `a client can close over a WebSocket`() throws {
        let endpoint = Endpoint()
        let connection = try openWebSocket(endpoint)
        endpoint.send(connection, "1")
        #expect(endpoint.closedWebSockets == [connection])
        #expect(endpoint.reasons == [.transportClose])
    }

    // MARK: - Upgrade

    @Test func `polling is upgraded to a WebSocket`() throws {
        let endpoint = Endpoint()
        let session = openPolling(endpoint)
        let connection = try #require(endpoint.connect("\(webSocket)&sid=\(endpoint.newestSession)"))
        endpoint.send(connection, "2probe")
        #expect(endpoint.dequeueFrames(connection) == ["3probe"])
        let poll = endpoint.get(session)
        #expect(endpoint.answers[poll] == "200 6")
        endpoint.send(connection, "5")
        endpoint.send(connection, "4hello")
        #expect(endpoint.dequeueFrames(connection) == ["4hello"])
    }

    @Test func `a poll after the upgrade is refused`() throws {
        let endpoint = Endpoint()
        let session = openPolling(endpoint)
        let connection = try #require(endpoint.connect("\(webSocket)&sid=\(endpoint.newestSession)"))
        endpoint.send(connection, "2probe")
        endpoint.send(connection, "5")
        let poll = endpoint.get(session)
        #expect(endpoint.answers[poll] == #"400 {"code":3,"message":"Bad request"}"#)
        _ = endpoint.dequeueFrames(connection)
        endpoint.send(connection, "4hello")
        #expect(endpoint.dequeueFrames(connection) == ["4hello"])
    }

    @Test func `a second WebSocket after the upgrade is closed`() throws {
        let endpoint = Endpoint()
        _ = openPolling(endpoint)
        let query = "\(webSocket)&sid=\(endpoint.newestSession)"
        let connection = try #require(endpoint.connect(query))
        endpoint.send(connection, "2probe")
        endpoint.send(connection, "5")
        _ = endpoint.dequeueFrames(connection)
        let second = try #require(endpoint.connect(query))
        #expect(endpoint.closedWebSockets == [second])
        endpoint.send(connection, "4hello")
        #expect(endpoint.dequeueFrames(connection) == ["4hello"])
    }
}
