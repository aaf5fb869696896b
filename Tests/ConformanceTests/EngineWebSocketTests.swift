import Testing

extension Conformance {
    /// Engine.IO over a WebSocket, and the upgrade to it.
    @Suite struct EngineWebSocket {
        private static let target = "/engine.io/?EIO=4&transport=websocket"
        private let server: ConformanceProcess
        private let peer: Peer

        init() throws {
            server = try ConformanceProcess()
            peer = try server.connect()
        }

        private func open(_ target: String = target) throws -> Peer {
            let socket = try server.webSocket(target)
            #expect(try socket.text().first == "0")
            return socket
        }

        @Test func `text and bytes are echoed`() throws {
            let socket = try open()
            try socket.sendText("4hello")
            #expect(try socket.text() == "4hello")
            try socket.send(.binary([1, 2, 3, 4]))
            #expect(try socket.frame() == .binary([1, 2, 3, 4]))
        }

        @Test(arguments: ["abc", "", "7", "0", "5", "b!"])
        func `a malformed packet closes the WebSocket`(_ packet: String) throws {
            let socket = try open()
            try socket.sendText(packet)
            #expect(try socket.closeCode() != nil)
            try socket.send(Frame.close(1000))
            #expect(try socket.readToEnd() == [])
        }

        @Test(arguments: ["/engine.io/", "/socket.io/"])
        func `the client may close the session`(_ path: String) throws {
            let socket = try open(path + "?EIO=4&transport=websocket")
            try socket.sendText("1")
            #expect(try socket.closeCode() != nil)
        }

        @Test func `a message over the limit closes the WebSocket`() throws {
            let socket = try open()
            try socket.send(Frame.binary([UInt8](repeating: 7, count: 1_000_000)))
            #expect(try socket.frame().payload.count == 1_000_000)
            let other = try open()
            try other.send(Frame.binary([UInt8](repeating: 7, count: 1_000_001)))
            #expect(try other.closeCode() == 1009)
        }

        // MARK: The upgrade from polling

        private func probe(_ session: EngineSessionName, _ path: String = "/engine.io/") throws -> Peer {
            let socket = try server.webSocket(session.target(path, transport: "websocket"))
            try socket.sendText("2probe")
            #expect(try socket.text() == "3probe")
            return socket
        }

        @Test func `a session is upgraded to a WebSocket`() throws {
            let session = try peer.openSession()
            let socket = try probe(session)
            let poll = try peer.poll(session)
            #expect(poll.status == 200)
            #expect(poll.text == "6")
            try socket.sendText("5")
            try socket.sendText("4hello")
            #expect(try socket.text() == "4hello")
        }

        @Test func `the probe ends a waiting poll`() throws {
            let session = try peer.openSession()
            try peer.beginPoll(session)
            sleep(millis: 5)
            _ = try probe(session)
            #expect(try peer.reply().text == "6")
        }

        @Test func `packets buffered for a poll arrive over the WebSocket`() throws {
            let session = try peer.openSession()
            let socket = try probe(session)
            #expect(try peer.post("4a\u{1E}bAQ==", session).text == "ok")
            try socket.sendText("5")
            #expect(try socket.text() == "4a")
            #expect(try socket.frame() == .binary([1]))
        }

        @Test(arguments: ["/engine.io/", "/socket.io/"])
        func `after the upgrade requests are refused and the session continues`(_ path: String) throws {
            let session = try peer.openSession(path)
            let socket = try probe(session, path)
            try socket.sendText("5")
            sleep(millis: 20)
            #expect(try peer.poll(session, path).status == 400)
            #expect(try peer.post("4a", session, path).status == 400)
            #expect(try socket.text() == "2")
        }

        @Test(arguments: ["/engine.io/", "/socket.io/"])
        func `after the upgrade a second WebSocket is closed and the session continues`(_ path: String) throws {
            let session = try peer.openSession(path)
            let socket = try probe(session, path)
            try socket.sendText("5")
            sleep(millis: 20)
            let second = try server.webSocket(session.target(path, transport: "websocket"))
            #expect(try second.closeCode() != nil)
            #expect(try socket.text() == "2")
        }

        @Test func `a wrong probe closes the WebSocket but not the session`() throws {
            let session = try peer.openSession()
            for first in ["4hello", "5", "2", "2Probe", "abc"] {
                let socket = try server.webSocket(session.target(transport: "websocket"))
                try socket.sendText(first)
                #expect(try socket.closeCode() != nil, "\(first)")
            }
            #expect(try peer.post("4a", session).text == "ok")
            #expect(try peer.poll(session).text == "4a")
        }

        @Test(arguments: 0..<3)
        func `the session survives losing a WebSocket during the upgrade`(_ phase: Int) throws {
            let session = try peer.openSession()
            let socket = try server.webSocket(session.target(transport: "websocket"))
            if phase > 0 { try socket.sendText("2probe") }
            if phase > 1 { #expect(try socket.text() == "3probe") }
            socket.reset()
            sleep(millis: 10)
            #expect(try peer.post("4a", session).text == "ok")
            #expect(try peer.poll(session).text.hasSuffix("4a"))
        }

        @Test func `a candidate WebSocket carries no messages`() throws {
            let session = try peer.openSession()
            let socket = try probe(session)
            #expect(try peer.post("4a", session).text == "ok")
            #expect(try peer.poll(session).text == "4a")
            #expect(!socket.hasInput(millis: 50))
        }
    }
}
