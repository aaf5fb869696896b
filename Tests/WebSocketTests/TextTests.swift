import Generators
import Testing
import WebSocket

/// UTF-8 in one frame and across fragments, refused at the first invalid byte, as tested in section 6 of the Autobahn
/// suite.
@Suite struct TextTests {
    /// Valid texts, including the first and last character of each length and those next to the surrogates.
    static let valid: [[UInt8]] = [
        [],
        "Hello-µ@ßöäüàá-UTF-8!!".bytes,
        [0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xCF, 0x83, 0xCE, 0xBC, 0xCE, 0xB5],
        [0x00], [0x7F], [0xC2, 0x80], [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xEF, 0xBF, 0xBF],
        [0xF0, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF],
        [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80], [0xEF, 0xBF, 0xBD],
        // Noncharacters are valid.
        [0xEF, 0xBF, 0xBE], [0xF0, 0x9F, 0xBF, 0xBE], [0xF3, 0xBF, 0xBF, 0xBF], [0xF4, 0x8F, 0xBF, 0xBE],
    ]

    /// Invalid texts, and the index of the first invalid byte; nil if the text is only cut short.
    static let invalid: [(bytes: [UInt8], index: Int?)] = [
        ([0x80], 0), ([0xBF], 0), ([0x80, 0xBF, 0x80], 0),
        ([0xC0, 0xAF], 0), ([0xC1, 0xBF], 0), ([0xC0, 0x80], 0),
        ([0xE0, 0x80, 0xAF], 1), ([0xE0, 0x9F, 0xBF], 1), ([0xE0, 0x80, 0x80], 1),
        ([0xF0, 0x80, 0x80, 0xAF], 1), ([0xF0, 0x8F, 0xBF, 0xBF], 1),
        ([0xF5, 0x80, 0x80, 0x80], 0), ([0xF8, 0x88, 0x80, 0x80, 0x80], 0), ([0xFC, 0x84, 0x80, 0x80, 0x80, 0x80], 0),
        ([0xFE], 0), ([0xFF], 0), ([0xFE, 0xFE, 0xFF, 0xFF], 0),
        ([0xF4, 0x90, 0x80, 0x80], 1), ([0xF7, 0xBF, 0xBF, 0xBF], 0),
        ([0xED, 0xA0, 0x80], 1), ([0xED, 0xAF, 0xBF], 1), ([0xED, 0xB0, 0x80], 1), ([0xED, 0xBF, 0xBF], 1),
        ([0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80], 1),
        ([0xC3, 0x28], 1), ([0xE2, 0x28, 0xA1], 1), ([0xE2, 0x82, 0x28], 2), ([0xF0, 0x90, 0x28, 0xBC], 2),
        ([0xC2], nil), ([0xE1, 0xBD], nil), ([0xE1], nil), ([0xF0, 0x90, 0x80], nil), ([0xF4], nil),
        // A Greek word, then a surrogate or a code point that is too large, then more text.
        (
            [0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xCF, 0x83, 0xCE, 0xBC, 0xCE, 0xB5, 0xED, 0xA0, 0x80, 0x65, 0x64, 0x69],
            12
        ),
        (
            [0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xCF, 0x83, 0xCE, 0xBC, 0xCE, 0xB5, 0xF4, 0x90, 0x80, 0x80, 0x65, 0x64],
            12
        ),
    ]

    @Test func `valid text is accepted`() {
        for text in Self.valid { expectOpen(ClientFrame.text8(text), [.text(text)]) }
    }

    @Test func `valid text is accepted in any two fragments`() {
        for text in Self.valid {
            for cut in 0...text.count {
                let wire =
                    ClientFrame.text8(Array(text[..<cut]), isFinal: false) + ClientFrame.more8(Array(text[cut...]))
                expectOpen(wire, [.text(text)])
            }
            let octets = text.flatMap { ClientFrame.more8([$0], isFinal: false) }
            expectOpen(ClientFrame.text("", isFinal: false) + octets + ClientFrame.more(""), [.text(text)])
        }
    }

    @Test func `invalid text is refused`() {
        for (bytes, _) in Self.invalid {
            expectFailure(ClientFrame.text("ok") + ClientFrame.text8(bytes), .invalidText, after: [.text("ok".bytes)])
            // Valid text around it makes no difference.
            if bytes.count > 1 || bytes[0] < 0xC2 || bytes[0] > 0xF4 {
                expectFailure(ClientFrame.text8("start".bytes + bytes + "end".bytes), .invalidText)
            }
        }
    }

    @Test func `invalid text is refused in any two fragments`() {
        for (bytes, _) in Self.invalid {
            for cut in 0...bytes.count {
                expectFailure(
                    ClientFrame.text8(Array(bytes[..<cut]), isFinal: false) + ClientFrame.more8(Array(bytes[cut...])),
                    .invalidText)
            }
        }
    }

    @Test func `invalid text is refused at its first invalid byte, before the frame ends`() {
        for (bytes, index) in Self.invalid {
            guard let index else { continue }
            let text = "valid ".bytes + bytes + [UInt8](repeating: 0x20, count: 300)
            let wire = ClientFrame.text8(text)
            let payloadStart = wire.count - text.count
            var feeder = Feeder()
            feeder.feed(Array(wire[..<(payloadStart + 6 + index)]))
            #expect(feeder.outcome == Outcome(), "\(bytes) is found too early")
            feeder.feed([wire[payloadStart + 6 + index]])
            #expect(feeder.outcome.events == [.failure(.invalidText)], "\(bytes) is found too late")
        }
    }

    @Test func `invalid text is refused before its last fragment`() {
        expectFailure(ClientFrame.text8([0x61, 0xFF], isFinal: false), .invalidText)
        expectFailure(
            ClientFrame.text8([0xE1], isFinal: false) + ClientFrame.ping("between")
                + ClientFrame.more8([0x41], isFinal: false),
            .invalidText, after: [.ping("between".bytes)], replies: ServerFrame.pong("between"))
    }

    @Test func `binary messages are not checked`() {
        for (bytes, _) in Self.invalid { expectOpen(ClientFrame.binary(bytes), [.binary(bytes)]) }
    }

    @Test func `each message is checked separately`() {
        expectOpen(
            ClientFrame.binary([0xC2]) + ClientFrame.text("a") + ClientFrame.binary([0xE1], isFinal: false)
                + ClientFrame.more8([0xFF])
                + ClientFrame.text("é"),
            [.binary([0xC2]), .text("a".bytes), .binary([0xE1, 0xFF]), .text("é".bytes)])
    }

    @Test func `random text is judged as by the standard library`() {
        var generator = RepeatableGenerator.announced("TextTests")
        let pieces: [[UInt8]] = Self.valid + Self.invalid.map(\.bytes)
        for _ in 0..<2000 {
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                text += pieces.randomElement(using: &generator) ?? []
                if Bool.random(using: &generator) { text.append(UInt8.random(in: 0...255, using: &generator)) }
            }
            var feeder = Feeder()
            feeder.feed(ClientFrame.text8(text))
            let isValid = String(validating: text, as: UTF8.self) != nil
            #expect(feeder.outcome.events == [isValid ? .text(text) : .failure(.invalidText)], "\(text)")
        }
    }
}
