import Generators
import Testing

extension Conformance {
    /// Many clients, rude ones among them, leave nothing behind.
    @Suite struct Endurance {
        private let server: ConformanceProcess

        init() throws { server = try ConformanceProcess() }

        private func waitForDescriptors(_ count: Int, within millis: Double = 8_000) {
            let time = Stopwatch()
            while server.descriptorCount > count, time.millis < millis { sleep(millis: 20) }
        }

        @Test func `clients that come and go leave nothing behind`() throws {
            _ = try server.connect().ask("GET", "/x")
            waitForDescriptors(0, within: 100)
            let descriptors = server.descriptorCount
            func round(_ count: Int) throws {
                for index in 0..<count {
                    let peer = try server.connect()
                    switch index % 6 {
                    case 0: _ = try peer.ask("GET", "/x")
                    case 1: try peer.send("GET /x HT")
                    case 2: try peer.beginPoll(try peer.openSession())
                    case 3: try peer.send(Peer.request("GET", "/echo", fields: Peer.upgradeFields) + Frame.ping().bytes)
                    case 4: try server.webSocket("/socket.io/?EIO=4&transport=websocket").send(Frame.close(1000))
                    default: break
                    }
                    if index % 4 == 0 { peer.reset() }
                }
            }
            try round(600)
            let before = server.residentKilobytes
            try round(6000)
            // The answer proves that the server has accepted every earlier connection.
            _ = try server.connect().ask("GET", "/x")
            waitForDescriptors(descriptors)
            #expect(server.descriptorCount == descriptors)
            let after = server.residentKilobytes
            print("6,000 connections: resident \(before) kB before, \(after) kB after")
            #expect(after < before + 8_000)
        }

        @Test func `idle connections use no processor time`() throws {
            let silent = try (0..<200).map { _ in try server.connect() }
            let echoes = try (0..<100).map { _ in try server.webSocket() }
            sleep(millis: 100)
            let before = server.processorMillis
            sleep(millis: 1000)
            let used = server.processorMillis - before
            print("300 idle connections: \(used) ms of processor time in a second")
            #expect(used <= 30)
            withExtendedLifetime((silent, echoes)) {}
        }

        @Test func `a client that never reads is not served any further`() throws {
            let peer = try server.connect()
            peer.narrow()
            let requests = Peer.request("GET", "/x")
            let batch = [UInt8]((0..<200).map { _ in requests }.joined())
            let before = server.residentKilobytes
            let time = Stopwatch()
            var offset = 0
            while time.millis < 1500 {
                guard let count = peer.offer(Array(batch[offset...])) else { break }
                if count == 0 { sleep(millis: 5) }
                offset = (offset + count) % batch.count
            }
            // The executable under test keeps a send window of 64 MiB.
            #expect(server.residentKilobytes < before + 160_000)
            #expect(try server.connect().ask("GET", "/x").status == 404)
        }

        @Test func `the server survives resets in every phase`() throws {
            for _ in 0..<30 {
                let peer = try server.connect()
                let session = try peer.openSession()
                let polling = try server.connect()
                try polling.beginPoll(session)
                let socket = try server.webSocket(session.target(transport: "websocket"))
                try socket.sendText("2probe")
                try peer.send("POST \(session.target()) HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n4a")
                let victims = [polling, socket, peer].shuffled()
                for victim in victims { victim.reset() }
                let unread = try server.webSocket()
                unread.narrow()
                try unread.send(Frame.binary([UInt8](repeating: 1, count: 300_000)))
                unread.reset()
            }
            #expect(try server.connect().ask("GET", "/x").status == 404)
        }

        @Test func `a stop with everything open is clean and quick`() throws {
            let silent = try (0..<20).map { _ in try server.connect() }
            let echo = try server.webSocket()
            let socketIO = try server.webSocket("/socket.io/?EIO=4&transport=websocket")
            _ = try socketIO.text()
            let polling = try server.connect()
            try polling.beginPoll(try polling.openSession())
            let partial = try server.connect()
            try partial.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n4a")
            let stuck = try server.webSocket()
            stuck.narrow()
            try stuck.send(Frame.binary([UInt8](repeating: 1, count: 4_000_000)))
            sleep(millis: 20)
            let time = Stopwatch()
            // The drain time of the executable under test is a second.
            #expect(server.terminate(within: 3) == 0)
            print("stopped after \(Int(time.millis)) ms")
            #expect(try polling.reply().text.contains("Session ID unknown"))
            #expect(try echo.closeCode() == 1001)
            #expect(try socketIO.closeCode() != nil)
            for peer in silent { #expect(try peer.readToEnd(resetIsFine: true) == []) }
        }

        @Test func `garbage does no harm`() throws {
            var random = RepeatableGenerator.announced("Endurance, garbage")
            let pieces = [
                "GET ", "POST ", "OPTIONS ", "/engine.io/", "/socket.io/", "/echo", "?EIO=4", "&transport=polling",
                "&transport=websocket", "&sid=", " HTTP/1.1\r\n", "Host: x\r\n", "\r\n", "Content-Length: 5\r\n",
                "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n", "Connection: Upgrade\r\n",
                "Upgrade: websocket\r\n", "Sec-WebSocket-Version: 13\r\n",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "4hello", "2probe", "5", "\u{1E}", "42[\"message\"]",
                "451-[\"message\",{\"_placeholder\":true,\"num\":0}]", "\u{0}", "%zz",
            ]
            let time = Stopwatch()
            var peers: [Peer] = []
            while time.millis < 3000 {
                let peer = try server.connect()
                var sent: [UInt8] = []
                if random.next() % 3 == 0 {
                    sent = Peer.request("GET", "/echo", fields: Peer.upgradeFields)
                    for _ in 0..<(random.next() % 40) { sent.append(UInt8(truncatingIfNeeded: random.next())) }
                }
                for _ in 0..<(random.next() % 30) { sent += Array(pieces.randomElement(using: &random)!.utf8) }
                _ = peer.offer(sent)
                if random.next() % 4 == 0 { peer.reset() }
                peers.append(peer)
                if peers.count > 100 { peers.removeFirst(50) }
            }
            #expect(server.isRunning)
            #expect(try server.connect().ask("GET", "/x").status == 404)
        }
    }
}
