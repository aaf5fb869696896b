import Testing

@testable import SocketIO

@Suite struct EngineRequestTests {
    private func request(
        _ method: String, _ query: [(String, String)], isWebSocket: Bool = false
    ) throws(EngineHandshakeFault) -> EngineRequest {
        try EngineRequest(method: method, query: query.map { (name: $0.0, value: $0.1) }, isWebSocket: isWebSocket)
    }

    @Test func `method and query say what a request asks for`() throws {
        let polling = [("EIO", "4"), ("transport", "polling"), ("t", "abc")]
        let webSocket = [("EIO", "4"), ("transport", "websocket")]
        let session = [("sid", "xyz")]
        #expect(try request("GET", polling) == .open(.polling))
        #expect(try request("GET", polling + [("sid", "")]) == .open(.polling))
        #expect(try request("GET", polling + session) == .poll(session: "xyz"))
        #expect(try request("POST", polling + session) == .post(session: "xyz"))
        #expect(try request("GET", webSocket, isWebSocket: true) == .open(.webSocket))
        #expect(try request("GET", webSocket + session, isWebSocket: true) == .webSocket(session: "xyz"))
        #expect(try request("GET", polling + [("sid", "a"), ("sid", "b"), ("j", "0")]) == .poll(session: "b"))
    }

    @Test(arguments: [
        ("GET", "", "", "", false, EngineHandshakeFault.unknownTransport),
        ("GET", "4", "", "", false, .unknownTransport),
        ("GET", "4", "abc", "", false, .unknownTransport),
        ("GET", "4", "webtransport", "", false, .unknownTransport),
        ("GET", "3", "Polling", "", false, .unknownTransport),
        ("POST", "4", "polling", "", false, .badHandshakeMethod),
        ("PUT", "4", "polling", "", false, .badHandshakeMethod),
        ("POST", "4", "websocket", "", false, .badHandshakeMethod),
        ("GET", "4", "websocket", "", false, .badRequest),
        ("GET", "4", "polling", "", true, .badRequest),
        ("GET", "4", "websocket", "x", false, .badRequest),
        ("PUT", "4", "polling", "x", false, .badRequest),
        ("POST", "4", "websocket", "x", true, .badRequest),
        ("GET", "", "polling", "", false, .unsupportedProtocolVersion),
        ("GET", "3", "polling", "", false, .unsupportedProtocolVersion),
        ("GET", "5", "polling", "", false, .unsupportedProtocolVersion),
        ("GET", "abc", "polling", "", false, .unsupportedProtocolVersion),
        ("GET", "3", "websocket", "", true, .unsupportedProtocolVersion),
        ("GET", "3", "polling", "x", false, .unsupportedProtocolVersion),
    ])
    func `a bad request gets the right fault`(
        method: String, version: String, transport: String, session: String, isWebSocket: Bool,
        fault: EngineHandshakeFault
    ) {
        let query = [("EIO", version), ("transport", transport), ("sid", session)].filter { !$0.1.isEmpty }
        #expect(throws: fault) { try request(method, query, isWebSocket: isWebSocket) }
    }

    @Test func `faults have the official codes and texts`() {
        let bodies = EngineHandshakeFault.allCases.map { "\($0.status) \($0.body.text)" }
        #expect(
            bodies == [
                #"400 {"code":0,"message":"Transport unknown"}"#,
                #"400 {"code":1,"message":"Session ID unknown"}"#,
                #"400 {"code":2,"message":"Bad handshake method"}"#,
                #"400 {"code":3,"message":"Bad request"}"#,
                #"403 {"code":4,"message":"Forbidden"}"#,
                #"400 {"code":5,"message":"Unsupported protocol version"}"#,
            ])
    }
}
