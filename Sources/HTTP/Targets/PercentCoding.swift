import Bytes

/// Percent-encoding (RFC 3986, section 2.1) of UTF-8 text.
public enum PercentCoding {
    /// The text that `bytes` spell. Nil if a `%` is not followed by two hexadecimal digits, or if the decoded bytes
    /// contain NUL or are not UTF-8.
    ///
    /// - Parameter plusIsSpace: whether `+` means a space, as in forms and queries.
    public static func decode(_ bytes: Span<UInt8>, plusIsSpace: Bool = false) -> String? {
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if byte == 0x25 || byte == 0 || (plusIsSpace && byte == 0x2B) {
                return decodeEscapes(bytes, plusIsSpace: plusIsSpace, isLenient: false).flatMap {
                    String(validating: $0, as: UTF8.self)
                }
            }
        }
        guard let text = try? UTF8Span(validating: bytes) else { return nil }
        return String(copying: text)
    }

    /// The text of a name or value in a query or form, as in the WHATWG URL standard, section 5.1: `+` is a space, a
    /// `%` without two hexadecimal digits is itself, and what is not UTF-8 becomes U+FFFD. Nil if there is a NUL.
    static func decodeForm(_ bytes: Span<UInt8>) -> String? {
        decodeEscapes(bytes, plusIsSpace: true, isLenient: true).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The text that a string spells, by the same rules.
    public static func decode(_ text: String, plusIsSpace: Bool = false) -> String? {
        decode(Array(text.utf8).span, plusIsSpace: plusIsSpace)
    }

    /// Appends `text`, encoding all characters except unreserved ones. The result is safe as a path segment and as a
    /// name or value in a query.
    public static func encode(_ text: String, into bytes: inout [UInt8]) {
        for byte in text.utf8 {
            if byte.isUnreserved { bytes.append(byte) } else { escape(byte, into: &bytes) }
        }
    }

    /// `text` with all characters encoded except unreserved ones.
    public static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        encode(text, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends `%` and two upper-case hexadecimal digits.
    static func escape(_ byte: UInt8, into bytes: inout [UInt8]) {
        bytes.append(0x25)
        bytes.append(digit(byte >> 4))
        bytes.append(digit(byte & 15))
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }

    /// The bytes that are spelled. Nil if there is a NUL, or a malformed escape unless those stand for themselves.
    private static func decodeEscapes(_ bytes: Span<UInt8>, plusIsSpace: Bool, isLenient: Bool) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            var byte = bytes[index]
            index += 1
            if byte == 0x25 {
                if bytes.count - index >= 2, let high = bytes[index].hexDigitValue,
                    let low = bytes[index + 1].hexDigitValue
                {
                    byte = high << 4 | low
                    index += 2
                } else if !isLenient {
                    return nil
                }
            } else if plusIsSpace && byte == 0x2B {
                byte = 0x20
            }
            guard byte != 0 else { return nil }
            decoded.append(byte)
        }
        return decoded
    }
}
