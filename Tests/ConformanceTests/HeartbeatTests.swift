import Testing

extension Conformance {
    /// The server's timers: a ping after 300 ms, the end 200 ms after a ping without a pong, a connect timeout of 1 s.
    @Suite struct Heartbeat {
        /// A timer may be early only by the granularity of the two clocks. On a busy machine timers are late through no
        /// fault of the server, so the test only prints how many were.
        private static let earlyMillisMax = 2.0
        private static let lateMillisMax = 400.0
        private static let punctualMillis = 5.0

        private let server: ConformanceProcess

        init() throws { server = try ConformanceProcess() }

        private func expect(_ times: [Double], after millis: Double, _ what: String) {
            for time in times {
                #expect(time >= millis - Self.earlyMillisMax, "\(what) came after \(time) ms")
                #expect(time <= millis + Self.lateMillisMax, "\(what) came after \(time) ms")
            }
            let punctual = times.filter { $0 <= millis + Self.punctualMillis }.count
            let worst = (times.max() ?? 0) - millis
            print("\(what): \(punctual) of \(times.count) within \(Self.punctualMillis) ms, at worst \(worst) ms late")
        }

        @Test func `polls are answered with pings`() throws {
            for path in ["/engine.io/", "/socket.io/"] {
                let peer = try server.connect()
                var times: [Double] = []
                var time = Stopwatch()
                let session = try peer.openSession(path)
                if path == "/socket.io/" { #expect(try peer.post("40", session, path).status == 200) }
                while times.count < 3 {
                    let poll = try peer.poll(session, path)
                    #expect(poll.status == 200)
                    if poll.text.hasPrefix("40") { continue }
                    #expect(poll.text == "2")
                    times.append(time.millis)
                    time = Stopwatch()
                    #expect(try peer.post("3", session, path).status == 200)
                }
                expect(times, after: 300, "a ping over \(path) polling")
            }
        }

        @Test func `a WebSocket gets pings`() throws {
            for path in ["/engine.io/", "/socket.io/"] {
                var times: [Double] = []
                var time = Stopwatch()
                let socket = try server.webSocket(path + "?EIO=4&transport=websocket")
                _ = try socket.text()
                for _ in 0..<3 {
                    #expect(try socket.text() == "2")
                    times.append(time.millis)
                    time = Stopwatch()
                    try socket.sendText("3")
                }
                expect(times, after: 300, "a ping over \(path) WebSocket")
            }
        }

        @Test func `a session without pongs ends`() throws {
            var times: [Double] = []
            for path in ["/engine.io/", "/socket.io/"] {
                let time = Stopwatch()
                let socket = try server.webSocket(path + "?EIO=4&transport=websocket")
                _ = try socket.text()
                #expect(try socket.text() == "2")
                #expect(try socket.closeCode() != nil)
                times.append(time.millis)
            }
            expect(times, after: 500, "the end of a WebSocket without pongs")
        }

        @Test func `a polling session without polls ends after the ping timeout`() throws {
            for path in ["/engine.io/", "/socket.io/"] {
                let peer = try server.connect()
                for _ in 0..<4 {
                    let session = try peer.openSession(path)
                    sleep(millis: 500)
                    #expect(try peer.poll(session, path).status == 400)
                }
            }
        }

        @Test func `a poll waits for its ping, the next for the end`() throws {
            let peer = try server.connect()
            let time = Stopwatch()
            let session = try peer.openSession()
            #expect(try peer.poll(session).text == "2")
            // After `close` some clients stay away.
            #expect(try peer.poll(session).text.contains("Session ID unknown"))
            expect([time.millis], after: 500, "the end of a session that polls without pongs")
        }

        @Test func `a client without a namespace is disconnected after a second`() throws {
            let time = Stopwatch()
            let socket = try server.webSocket("/socket.io/?EIO=4&transport=websocket")
            _ = try socket.text()
            var frame = try socket.frame()
            while frame == .text("2") {
                try socket.sendText("3")
                frame = try socket.frame()
            }
            #expect(frame.opcode == 8)
            expect([time.millis], after: 1000, "the end for lack of a namespace")
        }

        @Test func `a hundred sessions get their pings in time`() throws {
            let handshake = Peer.request("GET", "/engine.io/?EIO=4&transport=websocket", fields: Peer.upgradeFields)
            let sockets = try (0..<100).map { _ in
                let time = Stopwatch()
                let socket = try server.connect()
                try socket.send(handshake)
                return (socket, time)
            }
            var times: [Double] = []
            for (socket, time) in sockets {
                #expect(try socket.reply().status == 101)
                #expect(try socket.text().first == "0")
                #expect(try socket.text() == "2")
                times.append(time.millis)
                try socket.sendText("3")
            }
            expect(times, after: 300, "the ping of one session among a hundred")
            for (socket, _) in sockets { #expect(try socket.text() == "2") }
        }
    }
}
