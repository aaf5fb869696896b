import Testing
import WebSocket

/// UTF-8, in one frame and across fragments, and failing at the first impossible byte: what the Autobahn suite asks in
/// its section 6.
@Suite struct TextTests {
    /// Text that is valid: among it the first and the last character of each length, and those next to the surrogates.
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

    /// Bytes that no text has, and the index of the first that makes it so; nil where only the end does.
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
        // A Greek word, then a surrogate, then more text; and a code point that is too large.
        (
            [0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xCF, 0x83, 0xCE, 0xBC, 0xCE, 0xB5, 0xED, 0xA0, 0x80, 0x65, 0x64, 0x69],
            12
        ),
        (
            [0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xCF, 0x83, 0xCE, 0xBC, 0xCE, 0xB5, 0xF4, 0x90, 0x80, 0x80, 0x65, 0x64],
            12
        ),
    ]

    @Test func `takes valid text`() {
        for text in Self.valid { expectOpen(Client.text8(text), [.text(text)]) }
    }

    @Test func `takes valid text cut anywhere into fragments`() {
        for text in Self.valid {
            for cut in 0...text.count {
                let wire = Client.text8(Array(text[..<cut]), isFinal: false) + Client.more8(Array(text[cut...]))
                expectOpen(wire, [.text(text)])
            }
            let octets = text.flatMap { Client.more8([$0], isFinal: false) }
            expectOpen(Client.text("", isFinal: false) + octets + Client.more(""), [.text(text)])
        }
    }

    @Test func `refuses invalid text`() {
        for (bytes, _) in Self.invalid {
            expectFailure(Client.text("ok") + Client.text8(bytes), .invalidText, after: [.text("ok".bytes)])
            // A valid start and a valid end do not help.
            if bytes.count > 1 || bytes[0] < 0xC2 || bytes[0] > 0xF4 {
                expectFailure(Client.text8("start".bytes + bytes + "end".bytes), .invalidText)
            }
        }
    }

    @Test func `refuses invalid text cut anywhere into fragments`() {
        for (bytes, _) in Self.invalid {
            for cut in 0...bytes.count {
                expectFailure(
                    Client.text8(Array(bytes[..<cut]), isFinal: false) + Client.more8(Array(bytes[cut...])),
                    .invalidText)
            }
        }
    }

    @Test func `fails at the first impossible byte of an unfinished frame`() {
        for (bytes, index) in Self.invalid {
            guard let index else { continue }
            let text = "valid ".bytes + bytes + [UInt8](repeating: 0x20, count: 300)
            let wire = Client.text8(text)
            let payloadStart = wire.count - text.count
            var feeder = Feeder()
            feeder.feed(Array(wire[..<(payloadStart + 6 + index)]))
            #expect(feeder.outcome == Outcome(), "\(bytes) is found too early")
            feeder.feed([wire[payloadStart + 6 + index]])
            #expect(feeder.outcome.events == [.failure(.invalidText)], "\(bytes) is found too late")
        }
    }

    @Test func `fails in an early fragment without waiting for the last`() {
        expectFailure(Client.text8([0x61, 0xFF], isFinal: false), .invalidText)
        expectFailure(
            Client.text8([0xE1], isFinal: false) + Client.ping("between") + Client.more8([0x41], isFinal: false),
            .invalidText, after: [.ping("between".bytes)], replies: Answer.pong("between"))
    }

    @Test func `does not judge binary messages`() {
        for (bytes, _) in Self.invalid { expectOpen(Client.binary(bytes), [.binary(bytes)]) }
    }

    @Test func `starts each message anew`() {
        expectOpen(
            Client.binary([0xC2]) + Client.text("a") + Client.binary([0xE1], isFinal: false) + Client.more8([0xFF])
                + Client.text("é"),
            [.binary([0xC2]), .text("a".bytes), .binary([0xE1, 0xFF]), .text("é".bytes)])
    }

    @Test func `agrees with the standard library on random bytes`() {
        var generator = SeededGenerator.printed("TextTests.agreesWithTheStandardLibraryOnRandomBytes")
        let pieces: [[UInt8]] = Self.valid + Self.invalid.map(\.bytes)
        for _ in 0..<2000 {
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                text += pieces.randomElement(using: &generator) ?? []
                if Bool.random(using: &generator) { text.append(UInt8.random(in: 0...255, using: &generator)) }
            }
            var feeder = Feeder()
            feeder.feed(Client.text8(text))
            let isValid = String(validating: text, as: UTF8.self) != nil
            #expect(feeder.outcome.events == [isValid ? .text(text) : .failure(.invalidText)], "\(text)")
        }
    }
}
