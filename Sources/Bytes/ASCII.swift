extension UInt8 {
    /// Whether this is `0`–`9`.
    @inlinable public var isASCIIDigit: Bool { self &- 0x30 < 10 }

    /// Whether this is `a`–`z` or `A`–`Z`.
    @inlinable public var isASCIILetter: Bool { (self | 0x20) &- 0x61 < 26 }

    /// The lower-case letter for `A`–`Z`, otherwise the byte itself.
    @inlinable public var asciiLowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    /// 0–15 for a hexadecimal digit of either case, otherwise nil.
    @inlinable public var hexDigitValue: UInt8? {
        switch self {
        case 0x30...0x39: self &- 0x30
        case 0x41...0x46: self &- 0x37
        case 0x61...0x66: self &- 0x57
        default: nil
        }
    }
}

/// Reads decimal numbers.
public enum Decimal {
    /// The number that `text` spells in 1–20 ASCII digits and nothing else. Nil for any other text and for numbers
    /// above `UInt64.max`.
    public static func parse(_ text: some Sequence<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        var digits = 0
        for byte in text {
            guard byte.isASCIIDigit, digits < 20 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(byte &- 0x30))
            guard !overflow, !carry else { return nil }
            value = sum
            digits += 1
        }
        return digits > 0 ? value : nil
    }

    /// The number that a string spells, by the same rules.
    public static func parse(_ text: String) -> UInt64? { parse(text.utf8) }
}

/// Compares text as protocols do: ASCII letters case-insensitively, everything else byte by byte.
public enum ASCII {
    /// Whether both strings have the same bytes once their ASCII letters are lower case. O(n).
    @inlinable public static func equalIgnoringCase(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        return zip(left.utf8, right.utf8).allSatisfy { $0.asciiLowercased == $1.asciiLowercased }
    }

    /// `text` with `A`–`Z` in lower case and everything else unchanged.
    public static func lowercased(_ text: String) -> String {
        String(decoding: text.utf8.map(\.asciiLowercased), as: UTF8.self)
    }
}
