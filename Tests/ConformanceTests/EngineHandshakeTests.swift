import JSON
import Testing

extension Conformance {
    /// The beginning of an Engine.IO session on both endpoints: `/socket.io/` has the same handshake.
    @Suite struct EngineHandshake {
        private let server: ConformanceProcess

        init() throws { server = try ConformanceProcess() }

        private func expectOpenPacket(_ packet: String, upgrades: JSONValue) throws {
            #expect(packet.first == "0")
            let parsed = try JSONParser.parse(Array(packet.dropFirst().utf8))
            guard case .object(let object) = parsed else { throw WireFault("no object: \(packet)") }
            #expect(
                Set(object.members.map(\.key)) == ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"])
            #expect((object["sid"]?.stringValue ?? "").utf8.count >= 20)
            #expect(object["upgrades"] == upgrades)
            #expect(object["pingInterval"] == 300)
            #expect(object["pingTimeout"] == 200)
            #expect(object["maxPayload"] == 1_000_000)
        }

        @Test(arguments: ["/engine.io/", "/engine.io", "/socket.io/"])
        func `polling opens a session`(_ path: String) throws {
            let reply = try server.connect().ask("GET", path + "?EIO=4&transport=polling")
            #expect(reply.status == 200)
            #expect(reply["content-type"] == "text/plain; charset=UTF-8")
            #expect(reply["cache-control"] == "no-store")
            try expectOpenPacket(reply.text, upgrades: ["websocket"])
        }

        @Test(arguments: ["/engine.io/", "/socket.io/"])
        func `a WebSocket opens a session without upgrades`(_ path: String) throws {
            let socket = try server.webSocket(path + "?EIO=4&transport=websocket")
            try expectOpenPacket(try socket.text(), upgrades: [])
        }

        @Test func `a bad handshake is refused with its code`() throws {
            let table: [(method: String, query: String, code: Int)] = [
                ("GET", "transport=polling", 5), ("GET", "EIO=abc&transport=polling", 5),
                ("GET", "EIO=3&transport=polling", 5), ("GET", "EIO=4", 0), ("GET", "EIO=4&transport=abc", 0),
                ("GET", "EIO=4&transport=", 0), ("GET", "", 0), ("POST", "EIO=4&transport=polling", 2),
                ("PUT", "EIO=4&transport=polling", 2), ("DELETE", "EIO=4&transport=polling", 2),
                ("GET", "EIO=4&transport=polling&sid=unknown", 1), ("POST", "EIO=4&transport=polling&sid=unknown", 1),
                ("GET", "EIO=4&transport=websocket", 3), ("PUT", "EIO=4&transport=polling&sid=unknown", 3),
            ]
            let peer = try server.connect()
            for path in ["/engine.io/", "/socket.io/"] {
                for (method, query, code) in table {
                    let body = method == "GET" ? nil : "4a"
                    let reply = try peer.ask(method, path + "?" + query, body: body)
                    #expect(reply.status == 400, "\(method) \(query)")
                    #expect(reply["content-type"]?.hasPrefix("application/json") == true)
                    #expect(
                        reply.text.hasPrefix("{\"code\":\(code),\"message\":\""), "\(method) \(query): \(reply.text)")
                }
            }
        }

        @Test(arguments: ["transport=websocket", "EIO=abc&transport=websocket", "EIO=4", "EIO=4&transport=abc"])
        func `a WebSocket with a bad query is refused`(_ query: String) throws {
            for path in ["/engine.io/", "/socket.io/"] {
                let peer = try server.connect()
                let reply = try peer.ask("GET", path + "?" + query, fields: Peer.upgradeFields)
                #expect(reply.status == 400)
            }
        }

        @Test func `a session is known only on the endpoint that opened it`() throws {
            let peer = try server.connect()
            let session = try peer.openSession("/engine.io/")
            #expect(try peer.ask("POST", session.target("/socket.io/"), body: "4a").status == 400)
            #expect(try peer.ask("POST", session.target("/engine.io/"), body: "4a").status == 200)
        }
    }
}
