import Generators
import NATS
import Testing

/// Random input never traps, and how it is cut into pieces makes no difference.
@Suite struct NATSRandomInputTests {
    private static let words = [
        "INFO {\"headers\":true}\r\n", "INFO ", "{}", "MSG a 1 5\r\nhello\r\n", "MSG ", "HMSG ", "a.b ", "1 ", "5", "0",
        "18446744073709551615", "-1", "\r\n", "\n", "\r", " ", "\t", "hello", "PING\r\n", "PONG\r\n", "+OK\r\n",
        "-ERR 'Permissions Violation'\r\n", "-ERR ", "HMSG a 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n", "NATS/1.0",
        "HMSG a 1 r 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\n", ":", "\u{0}", "\u{E9}",
    ]

    private static func input(_ generator: inout RepeatableGenerator) -> [UInt8] {
        var bytes = Bool.random(using: &generator) ? NATSFeed.information.bytes : []
        if Int.random(in: 0..<8, using: &generator) == 0 {
            for _ in 0..<Int.random(in: 0..<200, using: &generator) {
                bytes.append(.random(in: 0...255, using: &generator))
            }
            return bytes
        }
        for _ in 0..<Int.random(in: 0..<12, using: &generator) {
            bytes += (words.randomElement(using: &generator) ?? "").bytes
        }
        for _ in 0..<Int.random(in: 0..<4, using: &generator) where !bytes.isEmpty {
            let index = bytes.indices.randomElement(using: &generator) ?? 0
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: bytes[index] = .random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: index)
            default: bytes.insert(contentsOf: (words.randomElement(using: &generator) ?? "").bytes, at: index)
            }
        }
        return bytes
    }

    @Test func `random bytes do not trap the machine`() {
        var generator = RepeatableGenerator.announced("NATSRandomInputTests, the machine")
        let small = NATSLimits(
            controlLineBytesMax: 60, informationBytesMax: 90, payloadBytesMax: 30, headerBytesMax: 18,
            headerFieldsMax: 1, pongsMax: 1000)
        for round in 0..<6000 {
            let limits = round.isMultiple(of: 2) ? small : NATSLimits(pongsMax: 1000)
            let bytes = Self.input(&generator)
            let whole = NATSFeed.outcome(ofPieces: [bytes[...]], limits: limits)
            let split = NATSFeed.outcome(ofPieces: NATSFeed.pieces(bytes, using: &generator), limits: limits)
            #expect(whole == split, "round \(round): \(bytes)")
        }
    }

    /// Damaged answers are read or refused.
    @Test func `damaged answers do not trap`() throws {
        var generator = RepeatableGenerator.announced("NATSRandomInputTests, the answers")
        let texts = JetStreamAnswerTests.texts.values.sorted()
        for _ in 0..<4000 {
            var bytes = (texts.randomElement(using: &generator) ?? "").bytes
            for _ in 0..<Int.random(in: 0..<4, using: &generator) where !bytes.isEmpty {
                let index = bytes.indices.randomElement(using: &generator) ?? 0
                if Bool.random(using: &generator) {
                    bytes[index] = .random(in: 0...255, using: &generator)
                } else {
                    bytes.removeSubrange(index..<min(bytes.count, index + 3))
                }
            }
            let answer = NATSMessage(subject: "_INBOX.a.1", sid: 1, payload: bytes)
            _ = try? JetStreamStream(answer)
            _ = try? JetStreamConsumer(answer)
            _ = try? JetStreamStoredMessage(answer)
            _ = try? JetStreamPublishAcknowledgement(answer)
        }
    }

    /// Random subjects of acknowledgements.
    @Test func `random deliveries do not trap`() {
        var generator = RepeatableGenerator.announced("NATSRandomInputTests, the deliveries")
        let tokens = ["$JS", "ACK", "S", "c", "1", "18446744073709551615", "18446744073709551616", "-1", "x", "é"]
        for _ in 0..<4000 {
            var parts = ["$JS", "ACK"]
            for _ in 0..<Int.random(in: 0..<14, using: &generator) {
                parts.append(tokens.randomElement(using: &generator) ?? "")
            }
            let reply = NATSSubject(parts.joined(separator: "."))
            _ = JetStreamPullEvent(NATSMessage(subject: "a", sid: 1, reply: reply))
        }
    }
}
