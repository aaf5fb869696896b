import JSON
import Testing

extension EndToEnd {
    /// Where the token stands in the handshakes of stock clients, and that it is not logged.
    @Suite struct HandshakeToken {
        private static let schemes = ["Bearer", "bearer", "BEARER", "bEaReR"]

        @Test(arguments: schemes)
        func `the scheme of a token has no case`(scheme: String) throws {
            try StationProcess.running { station in
                let token = try #require(try station.logIn("driver@example.com").token)
                let field = ("Authorization", "\(scheme) \(token)")
                let client = HTTPClient(port: station.port)
                #expect(try client.get("/api/v1/auth/me", fields: [field]).status == 200)
                for way in SocketIOClient.Way.allCases {
                    let socket = try SocketIOClient(port: station.port, way: way, fields: [field])
                    try socket.connect(auth: nil)
                    #expect(try socket.connected()["userId"] == 1)
                }
                let plain = try WebSocketClient(port: station.port, target: "/notifications", fields: [field])
                #expect(try plain.receiveText().contains("Successfully connected"))
            }
        }

        @Test func `a token may stand in the handshake's query and is not logged`() throws {
            try StationProcess.running(.init(settings: [("log", ["level": "debug"])])) { station in
                let token = try #require(try station.logIn("driver@example.com").token)
                for query in ["token=\(token)", "token=Bearer%20\(token)"] {
                    let target = "/socket.io/?EIO=4&transport=websocket&\(query)"
                    let socket = try WebSocketClient(port: station.port, target: target)
                    #expect(try socket.receiveText().hasPrefix("0{"))
                    try socket.send("40/notifications,")
                    #expect(try socket.receiveText().hasPrefix("40/notifications,{"))
                    #expect(try socket.receiveText().contains("Successfully connected"))
                }
                // A wrong one is not logged either.
                let wrong = "not-\(token)"
                let socket = try WebSocketClient(
                    port: station.port, target: "/socket.io/?EIO=4&transport=websocket&token=\(wrong)")
                #expect(try socket.receiveText().hasPrefix("0{"))
                try socket.send("40/notifications,")
                #expect(try socket.receiveText().hasPrefix("40/notifications,{"))
                #expect(try socket.receiveText().contains("Authentication required"))
                _ = try HTTPClient(port: station.port).get("/api/v1/support?token=\(token)")
                #expect(!station.log.contains(token))
            }
        }
    }
}
