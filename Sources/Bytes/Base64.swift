/// Base64 (RFC 4648, section 4) and its form for URLs and file names (section 5, without padding as in RFC 7515).
///
/// Decoding is strict: no white space, no foreign alphabet, exactly the padding that the form requires, and unused bits
/// zero. So every byte sequence has exactly one spelling.
public enum Base64 {
    /// The alphabet, and whether `=` pads the last group.
    public enum Form: Sendable {
        /// `+` and `/`, padded with `=`.
        case standard
        /// `-` and `_`, without padding.
        case url
    }

    private static let standardAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let urlAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Appends the Base64 of `bytes` to `text`.
    public static func encode(_ bytes: [UInt8], as form: Form = .standard, into text: inout [UInt8]) {
        let alphabet = form == .standard ? standardAlphabet : urlAlphabet
        var index = 0
        text.reserveCapacity(text.count + (bytes.count + 2) / 3 * 4)
        while bytes.count - index >= 3 {
            let group = Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
            text.append(alphabet[group >> 18])
            text.append(alphabet[group >> 12 & 63])
            text.append(alphabet[group >> 6 & 63])
            text.append(alphabet[group & 63])
            index += 3
        }
        switch bytes.count - index {
        case 1:
            let group = Int(bytes[index]) << 16
            text.append(alphabet[group >> 18])
            text.append(alphabet[group >> 12 & 63])
            if form == .standard { text.append(literal: "==") }
        case 2:
            let group = Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8
            text.append(alphabet[group >> 18])
            text.append(alphabet[group >> 12 & 63])
            text.append(alphabet[group >> 6 & 63])
            if form == .standard { text.append(0x3D) }
        default: break
        }
    }

    /// The Base64 of `bytes`.
    public static func encode(_ bytes: [UInt8], as form: Form = .standard) -> String {
        var text: [UInt8] = []
        encode(bytes, as: form, into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes that `text` spells, or nil if it is not the canonical spelling of any.
    @inlinable public static func decode(_ text: some Collection<UInt8>, as form: Form = .standard) -> [UInt8]? {
        decode(Array(text).span, as: form)
    }

    /// The bytes that `text` spells, or nil if it is not the canonical spelling of any.
    public static func decode(_ text: Span<UInt8>, as form: Form = .standard) -> [UInt8]? {
        let plus: UInt8 = form == .standard ? 0x2B : 0x2D
        let slash: UInt8 = form == .standard ? 0x2F : 0x5F
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3 + 3)
        var group: UInt32 = 0
        var symbols = 0
        var padding = 0
        for index in text.indices {
            let character = text[index]
            if character == 0x3D {
                padding += 1
                continue
            }
            guard padding == 0, let value = sixBits(character, plus: plus, slash: slash) else { return nil }
            group = group << 6 | value
            symbols += 1
            if symbols == 4 {
                bytes.append(UInt8(truncatingIfNeeded: group >> 16))
                bytes.append(UInt8(truncatingIfNeeded: group >> 8))
                bytes.append(UInt8(truncatingIfNeeded: group))
                group = 0
                symbols = 0
            }
        }
        let expectedPadding = form == .standard && symbols > 0 ? 4 - symbols : 0
        guard symbols != 1, padding == expectedPadding else { return nil }
        switch symbols {
        case 2:
            guard group & 0xF == 0 else { return nil }
            bytes.append(UInt8(truncatingIfNeeded: group >> 4))
        case 3:
            guard group & 0x3 == 0 else { return nil }
            bytes.append(UInt8(truncatingIfNeeded: group >> 10))
            bytes.append(UInt8(truncatingIfNeeded: group >> 2))
        default: break
        }
        return bytes
    }

    private static func sixBits(_ character: UInt8, plus: UInt8, slash: UInt8) -> UInt32? {
        switch character {
        case 0x41...0x5A: UInt32(character &- 0x41)
        case 0x61...0x7A: UInt32(character &- 0x61) + 26
        case 0x30...0x39: UInt32(character &- 0x30) + 52
        case plus: 62
        case slash: 63
        default: nil
        }
    }
}
