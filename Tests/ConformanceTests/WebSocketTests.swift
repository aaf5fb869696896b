import Testing

/// What a client sends on `/echo`, and how the server must react.
private struct WebSocketCase: CustomTestStringConvertible, Sendable {
    enum Ending: Equatable {
        case open
        case close(Int?)
    }

    let name: String
    let sent: [UInt8]
    let answers: [Frame]
    let ending: Ending

    var testDescription: String { name }

    init(_ name: String, _ sent: [Frame], _ answers: [Frame] = [], _ ending: Ending = .open) {
        self.init(name, raw: sent.flatMap(\.bytes), answers, ending)
    }

    init(_ name: String, raw: [UInt8], _ answers: [Frame] = [], _ ending: Ending = .open) {
        self.name = name
        self.sent = raw
        self.answers = answers
        self.ending = ending
    }
}

extension Conformance {
    /// RFC 6455 on `/echo`, in the order of the Autobahn test suite. Every case is sent whole and in small pieces.
    @Suite struct WebSocket {
        private let server: ConformanceProcess

        init() throws { server = try ConformanceProcess() }

        private func run(_ test: WebSocketCase) throws {
            for chop in [Int.max, 1, 7] where chop > 1 || test.sent.count < 10_000 {
                let peer = try server.webSocket()
                try peer.send(test.sent, chop: chop)
                for answer in test.answers {
                    let frame = try peer.frame()
                    #expect(frame == answer, "\(test.name), \(chop) bytes at a time")
                }
                switch test.ending {
                case .open:
                    // The next answer is to this ping, so nothing else came before it.
                    try peer.send(Frame.ping([0x2A]))
                    #expect(try peer.frame() == .pong([0x2A]), "\(test.name), \(chop) bytes at a time")
                case .close(let code):
                    #expect(try peer.closeCode() == code, "\(test.name), \(chop) bytes at a time")
                    #expect(try peer.readToEnd(resetIsFine: true) == [], "\(test.name)")
                }
            }
        }

        private func runAll(_ tests: [WebSocketCase]) throws { for test in tests { try run(test) } }

        // MARK: 1 Framing

        @Test func `messages with every form of length are echoed`() throws {
            for count in [0, 1, 125, 126, 127, 128, 65_535, 65_536, 70_000] {
                let bytes = (0..<count).map { UInt8($0 & 0x7F) }
                try run(WebSocketCase("text of \(count)", [Frame(1, bytes)], [Frame(1, bytes)]))
                try run(WebSocketCase("binary of \(count)", [Frame(2, bytes)], [Frame(2, bytes)]))
            }
        }

        @Test func `malformed lengths and missing masks close the WebSocket`() throws {
            var unmasked = Frame.text("hello")
            unmasked.maskingKey = nil
            try runAll([
                .init("not masked", [unmasked], [], .close(1002)),
                .init("16 bits for 125", raw: [0x81, 0xFE, 0, 125], [], .close(1002)),
                .init("64 bits for 65535", raw: [0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], [], .close(1002)),
                .init("the highest bit", raw: [0x82, 0xFF, 0x80], [], .close(1002)),
                .init("2^63-1", raw: [0x82, 0xFF, 0x7F] + [UInt8](repeating: 0xFF, count: 7), [], .close(1009)),
            ])
        }

        // MARK: 2 Pings and pongs

        @Test func `pings are answered and pongs are ignored`() throws {
            let long = [UInt8](repeating: 0xFE, count: 125)
            try runAll([
                .init("empty", [.ping()], [.pong()]),
                .init("text", [.ping(Array("hello".utf8))], [.pong(Array("hello".utf8))]),
                .init("binary", [.ping([0, 0xFF, 0xFE])], [.pong([0, 0xFF, 0xFE])]),
                .init("125 bytes", [.ping(long)], [.pong(long)]),
                .init("126 bytes", [.ping(long + [0])], [], .close(1002)),
                .init("an unsolicited pong", [.pong()]),
                .init("a pong with payload, then a ping", [.pong([1]), .ping([2])], [.pong([2])]),
                .init("ten pings", (0..<10).map { .ping([$0]) }, (0..<10).map { .pong([$0]) }),
            ])
        }

        // MARK: 3 Reserved bits, 4 opcodes

        @Test func `reserved bits close the WebSocket`() throws {
            for bits in UInt8(1)...7 {
                for opcode: UInt8 in [1, 2, 8, 9, 10] {
                    let bad = Frame(opcode, Array("ab".utf8), reserved: bits)
                    try run(.init("bits \(bits), opcode \(opcode)", [.text("a"), bad], [.text("a")], .close(1002)))
                }
            }
        }

        @Test func `reserved opcodes close the WebSocket`() throws {
            for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] as [UInt8] {
                try run(.init("opcode \(opcode)", [.text("a"), Frame(opcode), .ping()], [.text("a")], .close(1002)))
            }
        }

        // MARK: 5 Fragments

        @Test func `fragments are joined, even with control frames between them`() throws {
            let ab = Frame.text("ab")
            try runAll([
                .init("two", [.text("a", isFinal: false), .more("b", isFinal: true)], [ab]),
                .init(
                    "with a ping", [.text("a", isFinal: false), .ping([1]), .more("b", isFinal: true)],
                    [.pong([1]), ab]),
                .init(
                    "three, two of them empty",
                    [.text("", isFinal: false), .more("ab", isFinal: false), .more("", isFinal: true)], [ab]),
                .init("all empty", [.text("", isFinal: false), .more("", isFinal: true)], [.text("")]),
                .init(
                    "a ping in fragments", [Frame(9, [1], isFinal: false), .more("", isFinal: true)], [], .close(1002)),
                .init("a pong in fragments", [Frame(10, [1], isFinal: false)], [], .close(1002)),
                .init("a close in fragments", [Frame(8, [3, 0xE8], isFinal: false)], [], .close(1002)),
                .init("a continuation of nothing", [.more("b", isFinal: true)], [], .close(1002)),
                .init("a continuation of nothing, not final", [.more("b", isFinal: false)], [], .close(1002)),
                .init("a continuation after the end", [ab, .more("b", isFinal: false)], [ab], .close(1002)),
                .init("text within text", [.text("a", isFinal: false), .text("b")], [], .close(1002)),
                .init("bytes within text", [.text("a", isFinal: false), .binary([1])], [], .close(1002)),
                .init(
                    "a message after another in fragments",
                    [.text("a", isFinal: false), .more("b", isFinal: true), .binary([1])], [ab, .binary([1])]),
            ])
        }

        // MARK: 6 UTF-8

        @Test func `valid text is echoed`() throws {
            let texts = [
                "", "\u{0}", "Hello-\u{B5}@\u{DF}\u{F6}\u{E4}\u{FC}\u{E0}\u{E1}-UTF-8!!", "\u{7F}\u{80}\u{7FF}\u{800}",
                "\u{D7FF}\u{E000}\u{FFFD}\u{FFFE}\u{FFFF}", "\u{10000}\u{1FFFE}\u{10FFFF}", "\u{3BA}\u{1F79}\u{3C3}",
            ]
            for text in texts {
                let bytes = Array(text.utf8)
                try run(.init("whole \(bytes)", [.text(text)], [.text(text)]))
                let single = bytes.enumerated().map { Frame($0 == 0 ? 1 : 0, [$1], isFinal: $0 == bytes.count - 1) }
                if bytes.count > 1 { try run(.init("one byte per frame \(bytes)", single, [.text(text)])) }
            }
        }

        @Test func `invalid text closes the WebSocket at its first bad byte`() throws {
            let sequences: [[UInt8]] = [
                [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3, 0x28], [0xE0, 0x80], [0xE0, 0x9F], [0xED, 0xA0],
                [0xED, 0xBF], [0xE2, 0x28], [0xE2, 0x82, 0x28], [0xF0, 0x80], [0xF0, 0x8F], [0xF4, 0x90], [0xF5],
                [0xF8], [0xFC], [0xFE], [0xFF], [0xF0, 0x9F, 0x98, 0x41],
            ]
            for bad in sequences {
                // The frame announces more than is ever sent, so only the bad byte can be the reason to close.
                let promised = Frame(1, Array("ok".utf8) + bad + [UInt8](repeating: 0x61, count: 100))
                try run(.init("\(bad)", raw: Array(promised.bytes.dropLast(100)), [], .close(1007)))
                let first = Frame.text("ok", isFinal: false)
                let second = Frame(0, bad + [UInt8](repeating: 0x61, count: 50), isFinal: false)
                try run(.init("\(bad) later", raw: first.bytes + second.bytes.dropLast(50), [], .close(1007)))
            }
        }

        @Test func `text that ends within a character closes the WebSocket`() throws {
            for end in [[0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98]] as [[UInt8]] {
                try run(.init("\(end)", [Frame(1, [0x61] + end)], [], .close(1007)))
                let frames = [Frame(1, end, isFinal: false), Frame(0, [], isFinal: true)]
                try run(.init("\(end) in fragments", frames, [], .close(1007)))
            }
        }

        // MARK: 7 Closing

        @Test func `a close is answered and the rest is ignored`() throws {
            let reason = [UInt8](repeating: 0x61, count: 123)
            try runAll([
                .init("a message, then a close", [.text("a"), .close(1000)], [.text("a")], .close(1000)),
                .init("two closes", [.close(1000), .close(1001)], [], .close(1000)),
                .init("a ping after it", [.close(1000), .ping()], [], .close(1000)),
                .init("a message after it", [.close(1000), .text("a")], [], .close(1000)),
                .init(
                    "within a message", [.text("a", isFinal: false), .close(1000), .more("b", isFinal: true)], [],
                    .close(1000)),
                .init("empty", [Frame(8)], [], .close(nil)),
                .init("one byte", [Frame(8, [3])], [], .close(1002)),
                .init("a reason", [.close(1000, Array("bye".utf8))], [], .close(1000)),
                .init("the longest reason", [.close(1000, reason)], [], .close(1000)),
                .init("a reason too long", [.close(1000, reason + [0x61])], [], .close(1002)),
                .init(
                    "a reason that is not UTF-8", [.close(1000, [0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xCF])], [],
                    .close(1007)),
            ])
            for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] as [UInt16] {
                try run(.init("code \(code)", [.close(code)], [], .close(Int(code))))
            }
            for code in [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535] as [UInt16] {
                try run(.init("code \(code)", [.close(code)], [], .close(1002)))
            }
        }

        @Test func `the server ends the connection first`() throws {
            let peer = try server.webSocket()
            try peer.send(Frame.close(1000))
            #expect(try peer.closeCode() == 1000)
            let time = Stopwatch()
            #expect(try peer.readToEnd() == [])
            #expect(time.millis < 500)
        }

        @Test func `a client that half-closes after its Close still gets the whole echo`() throws {
            let peer = try server.webSocket()
            peer.patienceMillis = 60_000
            let bytes = [UInt8](repeating: 7, count: 12 * 1024 * 1024)
            try peer.send(Frame.binary(bytes).bytes + Frame.close(1000).bytes)
            peer.finishSending()
            // The kernel cannot buffer the whole echo, so the server sees the end of our side while it still sends.
            sleep(millis: 300)
            #expect(try peer.frame().payload == bytes)
            #expect(try peer.closeCode() == 1000)
            #expect(try peer.readToEnd() == [])
        }

        // MARK: 9 and 10 Large messages

        @Test func `messages of 16 MiB are echoed`() throws {
            let count = 16 * 1024 * 1024
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                for index in 0..<count { buffer[index] = UInt8(truncatingIfNeeded: 0x20 + index % 95) }
                filled = count
            }
            for (opcode, piece) in [(1, count), (2, count), (1, 4 * 1024 * 1024), (2, 65_536)] as [(UInt8, Int)] {
                let peer = try server.webSocket()
                peer.patienceMillis = 60_000
                let time = Stopwatch()
                for start in stride(from: 0, to: count, by: piece) {
                    let part = Array(bytes[start..<(start + piece)])
                    let frame = Frame(start == 0 ? opcode : 0, part, isFinal: start + piece == count)
                    try peer.send(frame.bytes, chop: 1 << 20)
                }
                let echo = try peer.frame()
                #expect(echo.opcode == opcode && echo.isFinal && echo.payload == bytes)
                print("16 MiB, opcode \(opcode), frames of \(piece): \(Int(time.millis)) ms")
            }
        }

        @Test func `a message over the limit closes the WebSocket at the header that announces it`() throws {
            let header: [UInt8] = [0x82, 0xFF, 0, 0, 0, 0, 1, 0, 0, 1]
            try run(.init("in one frame", raw: header, [], .close(1009)))
            let piece = [UInt8](repeating: 1, count: 8 * 1024 * 1024)
            let peer = try server.webSocket()
            peer.patienceMillis = 60_000
            try peer.send(Frame.binary(piece, isFinal: false))
            try peer.send(Frame(0, piece, isFinal: false))
            try peer.send(Array(Frame(0, [1]).bytes.prefix(2)))
            #expect(try peer.closeCode() == 1009)
        }

        @Test func `many small fragments and messages are echoed`() throws {
            let peer = try server.webSocket()
            var sent: [UInt8] = Frame(2, [0], isFinal: false).bytes
            for index in 1..<20_000 { sent += Frame(0, [UInt8(truncatingIfNeeded: index)], isFinal: false).bytes }
            sent += Frame(0, []).bytes
            try peer.send(sent, chop: 1300)
            #expect(try peer.frame().payload == (0..<20_000).map { UInt8(truncatingIfNeeded: $0) })
            for index in 0..<1000 { try peer.send(Frame.text("\(index)")) }
            for index in 0..<1000 { #expect(try peer.text() == "\(index)") }
        }

        // MARK: The handshake

        @Test func `a bad handshake is refused`() throws {
            let good = Peer.upgradeFields
            let table: [(fields: [String], status: Int)] = [
                (good.filter { !$0.hasPrefix("Upgrade") }, 426), (good.filter { !$0.hasPrefix("Connection") }, 400),
                (good.filter { !$0.hasPrefix("Sec-WebSocket-Key") }, 400),
                (good.filter { !$0.hasPrefix("Sec-WebSocket-Version") }, 426),
                (good.filter { !$0.hasPrefix("Sec-WebSocket-Version") } + ["Sec-WebSocket-Version: 8"], 426),
                (good.filter { !$0.hasPrefix("Sec-WebSocket-Key") } + ["Sec-WebSocket-Key: AAAA"], 400),
            ]
            for (fields, status) in table {
                let reply = try server.connect().ask("GET", "/echo", fields: fields)
                #expect((400..<500).contains(reply.status), "\(fields)")
                if status == 426 && reply.status == 426 {
                    #expect(reply["sec-websocket-version"] ?? reply["upgrade"] != nil)
                }
            }
            #expect(try (400..<500).contains(server.connect().ask("POST", "/echo", body: "", fields: good).status))
        }

        @Test func `frames may follow the handshake at once`() throws {
            let peer = try server.connect()
            let handshake = Peer.request("GET", "/echo", fields: Peer.upgradeFields)
            try peer.send(handshake + Frame.text("early").bytes + Frame.ping([1]).bytes)
            #expect(try peer.reply().status == 101)
            #expect(try peer.text() == "early")
            #expect(try peer.frame() == .pong([1]))
        }
    }
}
