import JSON
import Testing

extension EndToEnd {
    /// What clients without a Socket.IO library send on a plain WebSocket.
    @Suite struct PlainFrames {
        private static let keepAlives = [
            "ping", "", "pong", "2", "\n", "hello", #"{"type":"ping"}"#, #"{"event":7}"#, "[]", "null", "{",
            #""ping""#,
        ]

        @Test(arguments: [true, false])
        func `keep-alive texts are ignored before and after authentication`(isEarly: Bool) throws {
            try StationProcess.running { station in
                let token = try #require(try station.logIn("admin@example.com").token)
                let socket = try WebSocketClient(port: station.port, target: "/notifications")
                if isEarly { for text in Self.keepAlives { try socket.send(text) } }
                try socket.send(#"{"event":"ping"}"#)
                #expect(try socket.receiveText() == #"{"event":"pong"}"#)
                try socket.send(#"{"event":"auth","data":{"token":"\#(token)"}}"#)
                #expect(try socket.receiveText().contains("Successfully connected"))
                if !isEarly { for text in Self.keepAlives { try socket.send(text) } }
                try socket.send(#"{"event":"ping","data":{"at":1}}"#)
                #expect(try socket.receiveText() == #"{"event":"pong"}"#)
            }
        }

        @Test func `a flood of frames without an event ends the connection`() throws {
            try StationProcess.running { station in
                let token = try #require(try station.logIn("admin@example.com").token)
                let socket = try WebSocketClient(port: station.port, target: "/notifications?token=\(token)")
                #expect(try socket.receiveText().contains("Successfully connected"))
                for _ in 0..<60 { try socket.send("ping") }
                try socket.send(#"{"event":"ping"}"#)
                #expect(try socket.receiveText() == #"{"event":"pong"}"#)
                for _ in 0..<60 { try socket.send("ping") }
                #expect(try socket.receive() == .close(code: 1008, reason: #"a frame is {"event":"...","data":...}"#))
            }
        }
    }
}
