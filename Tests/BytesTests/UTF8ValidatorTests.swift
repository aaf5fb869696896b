import Bytes
import Generators
import Testing

@Suite struct UTF8ValidatorTests {
    /// Feeds `bytes` one by one. Returns the number accepted before the first refused one, and whether they end at a
    /// character's end.
    private func feed(_ bytes: [UInt8]) -> (accepted: Int, isComplete: Bool) {
        var validator = UTF8Validator()
        for (index, byte) in bytes.enumerated() where !validator.accept(byte) { return (index, false) }
        return (bytes.count, validator.isComplete)
    }

    @Test func `every scalar is accepted and incomplete until its last byte`() {
        // All scalars around a change of form, and a sample of the others.
        let ends: [UInt32] = [0x80, 0x800, 0x1000, 0xD000, 0xE000, 0x10000, 0x40000, 0x10_0000, 0x10_FFFF]
        for value in ends.flatMap({ $0 - 64...min($0 + 64, 0x10_FFFF) }) + stride(from: 0, through: 0x10_FFFF, by: 61) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let bytes = Array(UTF8.encode(scalar).map(Array.init) ?? [])
            var validator = UTF8Validator()
            for (index, byte) in bytes.enumerated() {
                let isAccepted = validator.accept(byte)
                if !isAccepted || validator.isComplete != (index == bytes.count - 1) {
                    Issue.record("U+\(String(value, radix: 16)), byte \(index)")
                }
            }
        }
    }

    @Test func `bytes are refused at the first that cannot be valid`() {
        let table: [([UInt8], Int)] = [
            ([0x80], 0), ([0xBF], 0), ([0xC0], 0), ([0xC1], 0), ([0xF5], 0), ([0xF8], 0), ([0xFC], 0), ([0xFE], 0),
            ([0xFF], 0),
            ([0x61, 0x80], 1), ([0xC2, 0x7F], 1), ([0xC2, 0xC0], 1), ([0xC2, 0x80, 0x80], 2), ([0xDF, 0xFF], 1),
            ([0xE0, 0x9F], 1), ([0xE0, 0x80], 1), ([0xE0, 0xC0], 1), ([0xE1, 0x7F], 1), ([0xE1, 0x80, 0x7F], 2),
            ([0xE1, 0x80, 0xC0], 2), ([0xED, 0xA0], 1), ([0xED, 0xBF], 1), ([0xED, 0x9F, 0xC0], 2), ([0xEF, 0xC0], 1),
            ([0xF0, 0x8F], 1), ([0xF0, 0x80], 1), ([0xF0, 0x90, 0x7F], 2), ([0xF0, 0x90, 0x80, 0x7F], 3),
            ([0xF4, 0x90], 1),
            ([0xF4, 0x8F, 0xC0], 2), ([0xF3, 0x80, 0x80, 0xC0], 3), ([0xF1, 0x80, 0x80, 0x80, 0x80], 4),
            // The narrower range of a second byte applies to that byte only.
            ([0xE0, 0xA0, 0x80, 0xC2, 0x80, 0xFF], 5), ([0xED, 0x9F, 0xBF, 0xEE, 0xBF, 0xBF, 0xFF], 6),
            ([0xF4, 0x8F, 0xBF, 0xBF, 0xF1, 0xBF, 0xBF, 0xBF, 0xFF], 8), ([0xF0, 0x90, 0x80, 0x80, 0xFF], 4),
        ]
        for (bytes, accepted) in table { #expect(feed(bytes).accepted == accepted, "\(bytes)") }
    }

    @Test func `a truncated character is accepted but incomplete`() {
        for bytes in [[0xC3], [0xE2], [0xE2, 0x82], [0xF0], [0xF0, 0x9D], [0xF0, 0x9D, 0x84]] as [[UInt8]] {
            #expect(feed(bytes) == (bytes.count, false))
        }
        #expect(feed([]) == (0, true))
        #expect(feed([0xF0, 0x9D, 0x84, 0x9E]) == (4, true))
    }

    @Test func `whole and split input agree with the standard library`() {
        var random = RepeatableGenerator.announced("UTF8ValidatorTests")
        let pieces: [[UInt8]] = ["a", "é", "€", "𝄞", "\u{10FFFF}", "\u{D7FF}", "\u{E000}"].map { Array($0.utf8) }
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...6, using: &random)).flatMap { _ in
                pieces.randomElement(using: &random) ?? []
            }
            if !bytes.isEmpty, Bool.random(using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let expected = String(validating: bytes, as: UTF8.self) != nil
            var whole = UTF8Validator()
            let isWhole = whole.accept(bytes.span) && whole.isComplete
            #expect(isWhole == expected, "\(bytes)")
            #expect(feed(bytes).isComplete == expected, "\(bytes)")
            let cut = Int.random(in: 0...bytes.count, using: &random)
            var parts = UTF8Validator()
            let isInParts =
                parts.accept(bytes.span.extracting(..<cut)) && parts.accept(bytes.span.extracting(cut...))
                && parts.isComplete
            #expect(isInParts == expected, "\(bytes) cut at \(cut)")
        }
    }
}
