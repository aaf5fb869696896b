import Bytes

/// Percent-encoding (RFC 3986, section 2.1), of text that is UTF-8.
public enum PercentCoding {
    /// The text that `bytes` spell, or nil where a `%` is not followed by two hexadecimal digits, or where the decoded
    /// bytes hold NUL or are not UTF-8.
    ///
    /// - Parameter plusIsSpace: whether `+` stands for a space, as in forms and queries.
    public static func decode(_ bytes: Span<UInt8>, plusIsSpace: Bool = false) -> String? {
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if byte == 0x25 || byte == 0 || (plusIsSpace && byte == 0x2B) {
                return decodeEscapes(bytes, plusIsSpace: plusIsSpace)
            }
        }
        guard let text = try? UTF8Span(validating: bytes) else { return nil }
        return String(copying: text)
    }

    /// The same for a string.
    public static func decode(_ text: String, plusIsSpace: Bool = false) -> String? {
        decode(Array(text.utf8).span, plusIsSpace: plusIsSpace)
    }

    /// Appends `text` with all but unreserved characters encoded: safe as a path segment, a query's name or value.
    public static func encode(_ text: String, into bytes: inout [UInt8]) {
        for byte in text.utf8 {
            if byte.isUnreserved { bytes.append(byte) } else { escape(byte, into: &bytes) }
        }
    }

    public static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        encode(text, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends `%` and two upper-case digits.
    static func escape(_ byte: UInt8, into bytes: inout [UInt8]) {
        bytes.append(0x25)
        bytes.append(digit(byte >> 4))
        bytes.append(digit(byte & 15))
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }

    private static func decodeEscapes(_ bytes: Span<UInt8>, plusIsSpace: Bool) -> String? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            var byte = bytes[index]
            index += 1
            if byte == 0x25 {
                guard bytes.count - index >= 2, let high = bytes[index].hexDigitValue,
                    let low = bytes[index + 1].hexDigitValue
                else { return nil }
                byte = high << 4 | low
                index += 2
            } else if plusIsSpace && byte == 0x2B {
                byte = 0x20
            }
            guard byte != 0 else { return nil }
            decoded.append(byte)
        }
        return String(validating: decoded, as: UTF8.self)
    }
}
