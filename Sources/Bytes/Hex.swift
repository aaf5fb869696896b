/// Base16 (RFC 4648, section 8), written in lower case and read in either.
public enum Hex {
    @usableFromInline static let digits: [UInt8] = Array("0123456789abcdef".utf8)

    /// Two lower-case digits per byte.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes that `text` spells in either case; nil if a character is not a digit or their number is odd.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2)
        var high: UInt8?
        for character in text {
            guard let digit = character.hexDigitValue else { return nil }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return bytes
    }
}

extension [UInt8] {
    /// Appends `value` as exactly eight lower-case hexadecimal digits.
    public mutating func append(hex value: UInt32) {
        var shift: UInt32 = 32
        while shift > 0 {
            shift -= 4
            append(Hex.digits[Int(value >> shift & 15)])
        }
    }
}
