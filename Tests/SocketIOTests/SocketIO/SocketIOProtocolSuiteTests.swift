import JSON
import Testing

@testable import SocketIO

/// The cases of the Socket.IO protocol's public test suite, run against the machines and an application that answers as
/// the suite expects. `EngineProtocolSuiteTests` has the cases about Engine.IO.
@Suite struct SocketIOProtocolSuiteTests {
    private func open(_ endpoint: Endpoint) throws -> UInt64 {
        let connection = try #require(endpoint.connect("EIO=4&transport=websocket"))
        _ = endpoint.dequeueFrames(connection)
        return connection
    }

    private func openMain(_ endpoint: Endpoint) throws -> UInt64 {
        let connection = try open(endpoint)
        endpoint.send(connection, "40")
        #expect(endpoint.dequeueFrames(connection) == [#"40{"sid":"public"}"#, #"42["auth",{}]"#])
        return connection
    }

    @Test(arguments: [
        ("40", ["40{\"sid\":\"public\"}", "42[\"auth\",{}]"]),
        ("40{\"token\":\"123\"}", ["40{\"sid\":\"public\"}", "42[\"auth\",{\"token\":\"123\"}]"]),
        ("40/custom,", ["40/custom,{\"sid\":\"public\"}", "42/custom,[\"auth\",{}]"]),
        ("40/custom", ["40/custom,{\"sid\":\"public\"}", "42/custom,[\"auth\",{}]"]),
        ("40/custom?a=b,", ["40/custom,{\"sid\":\"public\"}", "42/custom,[\"auth\",{}]"]),
        (
            "40/custom,{\"token\":\"abc\"}",
            ["40/custom,{\"sid\":\"public\"}", "42/custom,[\"auth\",{\"token\":\"abc\"}]"]
        ),
        ("40/random", ["44/random,{\"message\":\"Invalid namespace\"}"]),
    ])
    func `a CONNECT is answered`(packet: String, answer: [String]) throws {
        let endpoint = Endpoint(namespaces: ["/", "/custom"])
        let connection = try open(endpoint)
        endpoint.send(connection, packet)
        #expect(endpoint.dequeueFrames(connection) == answer)
        #expect(endpoint.closedWebSockets.isEmpty)
    }

    @Test func `a malformed CONNECT closes the connection`() throws {
        let endpoint = Endpoint(namespaces: ["/", "/custom"])
        let connection = try open(endpoint)
        endpoint.send(connection, "4abc")
        #expect(endpoint.closedWebSockets == [connection])
    }

    @Test func `a client without a namespace is closed after the connect timeout`() throws {
        let settings = EngineSettings(pingIntervalMillis: 300, pingTimeoutMillis: 2000)
        let endpoint = Endpoint(settings: settings, namespaces: ["/", "/custom"])
        let connection = try open(endpoint)
        endpoint.send(connection, "40/random")
        endpoint.advance(by: 999)
        #expect(endpoint.closedWebSockets.isEmpty)
        endpoint.advance(by: 1)
        #expect(endpoint.closedWebSockets == [connection])
        #expect(endpoint.reasons == [.forcedClose])
    }

    @Test func `disconnecting from the main namespace keeps the connection`() throws {
        let endpoint = Endpoint(namespaces: ["/", "/custom"])
        let connection = try openMain(endpoint)
        endpoint.send(connection, "41")
        endpoint.advance(by: 300)
        #expect(endpoint.dequeueFrames(connection) == ["2"])
        for _ in 0..<10 {
            endpoint.send(connection, "3")
            endpoint.advance(by: 300)
        }
        #expect(endpoint.closedWebSockets.isEmpty)
    }

    @Test func `disconnecting from one namespace leaves the other`() throws {
        let endpoint = Endpoint(namespaces: ["/", "/custom"])
        let connection = try openMain(endpoint)
        endpoint.send(connection, "40/custom")
        #expect(endpoint.dequeueFrames(connection).count == 2)
        endpoint.send(connection, "41/custom")
        endpoint.send(connection, #"42["message","message to main namespace"]"#)
        #expect(endpoint.dequeueFrames(connection) == [#"42["message-back","message to main namespace"]"#])
    }

    @Test func `text arguments are echoed`() throws {
        let endpoint = Endpoint(namespaces: ["/", "/custom"])
        let connection = try openMain(endpoint)
        endpoint.send(connection, #"42["message",1,"2",{"3":[true]}]"#)
        #expect(endpoint.dequeueFrames(connection) == [#"42["message-back",1,"2",{"3":[true]}]"#])
    }

    @Test func `binary arguments are echoed`() throws {
        let endpoint = Endpoint(namespaces: ["/", "/custom"])
        let connection = try openMain(endpoint)
        endpoint.send(connection, #"452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#)
        endpoint.sendBinary(connection, [1, 2, 3])
        #expect(endpoint.dequeueFrames(connection) == [])
        endpoint.sendBinary(connection, [4, 5, 6])
        #expect(
            endpoint.dequeueFrames(connection) == [
                #"452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#,
                "b[1, 2, 3]", "b[4, 5, 6]",
            ])
    }

    @Test func `text arguments are acknowledged`() throws {
        let endpoint = Endpoint(namespaces: ["/", "/custom"])
        let connection = try openMain(endpoint)
        endpoint.send(connection, #"42456["message-with-ack",1,"2",{"3":[false]}]"#)
        #expect(endpoint.dequeueFrames(connection) == [#"43456[1,"2",{"3":[false]}]"#])
    }

    @Test func `binary arguments are acknowledged`() throws {
        let endpoint = Endpoint(namespaces: ["/", "/custom"])
        let connection = try openMain(endpoint)
        endpoint.send(
            connection, #"452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#)
        endpoint.sendBinary(connection, [1, 2, 3])
        endpoint.sendBinary(connection, [4, 5, 6])
        #expect(
            endpoint.dequeueFrames(connection) == [
                #"462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#, "b[1, 2, 3]", "b[4, 5, 6]",
            ])
    }

    @Test(arguments: ["4abc", "42{}", #"42abc["message-with-ack",1,"2",{"3":[false]}]"#])
    func `a malformed packet closes the connection`(packet: String) throws {
        let endpoint = Endpoint(namespaces: ["/", "/custom"])
        let connection = try openMain(endpoint)
        endpoint.send(connection, packet)
        #expect(endpoint.closedWebSockets == [connection])
        #expect(endpoint.reasons == [.parseError])
    }

    @Test func `a whole conversation works over polling too`() throws {
        let endpoint = Endpoint(namespaces: ["/", "/custom"])
        _ = endpoint.get("EIO=4&transport=polling")
        let session = "EIO=4&transport=polling&sid=\(endpoint.newestSession)"
        let post = endpoint.post(
            session, "40\u{1E}42[\"message\",1]\u{1E}451-[\"message\",{\"_placeholder\":true,\"num\":0}]\u{1E}bAQID")
        #expect(endpoint.answers[post] == "200 ok")
        let poll = endpoint.get(session)
        #expect(
            endpoint.body(poll)?.split(separator: "\u{1E}") == [
                #"40{"sid":"public"}"#, #"42["auth",{}]"#, #"42["message-back",1]"#,
                #"451-["message-back",{"_placeholder":true,"num":0}]"#, "bAQID",
            ])
    }
}
