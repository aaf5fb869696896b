import Generators
import Testing
import WebSocket

/// Random input must never trap, and the result must not depend on how it is split.
@Suite struct WebSocketRandomInputTests {
    /// Feeds the same bytes in one piece and in random pieces, and expects the same outcome.
    func expectTheSame(_ wire: [UInt8], _ limits: WebSocketLimits, using generator: inout RepeatableGenerator) {
        for role in [WebSocketRole.server, .client] {
            var whole = Feeder(limits, role: role)
            whole.feed(wire)
            var split = Feeder(limits, role: role)
            var start = 0
            while start < wire.count {
                let end = min(wire.count, start + Int.random(in: 1...40, using: &generator))
                split.feed(piece: wire.span.extracting(start..<end))
                start = end
            }
            #expect(whole.outcome == split.outcome, "\(wire)")
        }
    }

    @Test func `garbage never traps`() {
        var generator = RepeatableGenerator.announced("WebSocketRandomInputTests, garbage")
        for _ in 0..<3000 {
            let count = Int.random(in: 0...300, using: &generator)
            let wire = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            expectTheSame(wire, WebSocketLimits(messageBytesMax: 1000), using: &generator)
        }
    }

    @Test func `damaged conversations never trap`() {
        var generator = RepeatableGenerator.announced("WebSocketRandomInputTests, damage")
        for _ in 0..<2000 {
            var wire: [UInt8] = []
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let count = [0, 1, 2, 10, 125, 126, 300].randomElement(using: &generator) ?? 0
                wire +=
                    RawFrame(
                        opcode: [0, 1, 2, 8, 9, 10].randomElement(using: &generator) ?? 0,
                        payload: (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) | 0x03 },
                        isFinal: Int.random(in: 0..<3, using: &generator) > 0,
                        maskingKey: Int.random(in: 0..<8, using: &generator) > 0 ? 0x1234_5678 : nil
                    ).bytes
            }
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                let index = Int.random(in: 0..<wire.count, using: &generator)
                wire[index] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            }
            expectTheSame(wire, WebSocketLimits(messageBytesMax: 500), using: &generator)
        }
    }

    /// The other side receives what one sends with `WebSocketFrame`, in both directions, however it is split.
    @Test func `valid conversations arrive whole`() {
        var generator = RepeatableGenerator.announced("WebSocketRandomInputTests, valid")
        for _ in 0..<300 {
            var wire: [UInt8] = []
            var expected: [WebSocketEvent] = []
            let role: WebSocketRole = Bool.random(using: &generator) ? .server : .client
            func add(_ opcode: WebSocketOpcode, _ payload: [UInt8], isFinal: Bool = true) {
                if role == .server {
                    WebSocketFrame.encode(
                        opcode, payload, isFinal: isFinal, maskingKey: UInt32.random(in: 0 ... .max, using: &generator),
                        into: &wire)
                } else {
                    WebSocketFrame.encode(opcode, payload, isFinal: isFinal, into: &wire)
                }
            }
            for _ in 0..<Int.random(in: 1...10, using: &generator) {
                let isText = Bool.random(using: &generator)
                var payload: [UInt8] = []
                let fragments = Int.random(in: 1...4, using: &generator)
                for fragment in 1...fragments {
                    let count = [0, 1, 7, 125, 126, 1000].randomElement(using: &generator) ?? 0
                    let part = isText ? Array(SizeTests.text(count)) : (0..<count).map { UInt8(truncatingIfNeeded: $0) }
                    payload += part
                    add(
                        fragment > 1 ? .continuation : isText ? .text : .binary, part, isFinal: fragment == fragments)
                    if fragment < fragments, Bool.random(using: &generator) {
                        add(.ping, part.suffix(5))
                        expected.append(.ping(part.suffix(5)))
                    }
                }
                expected.append(isText ? .text(payload) : .binary(payload))
            }
            var feeder = Feeder(role: role)
            var start = 0
            while start < wire.count {
                let end = min(wire.count, start + Int.random(in: 1...500, using: &generator))
                feeder.feed(piece: wire.span.extracting(start..<end))
                start = end
            }
            #expect(feeder.outcome.events == expected)
        }
    }
}
