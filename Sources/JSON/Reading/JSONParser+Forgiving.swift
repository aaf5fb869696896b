import Bytes

/// Reading what other programs have written, with three of their slips forgiven:
///
/// - a byte order mark before the text (RFC 8259, section 8.1, allows a parser to ignore it),
/// - `\u` escapes of half a surrogate pair (section 8.2), and
/// - bytes that are not UTF-8.
///
/// Each half and each ill-formed sequence becomes U+FFFD, as in browsers and in Node.js. Our own files are read
/// strictly: a slip in them is damage.
extension JSONParser {
    /// The value that `bytes` spell. O(n); a text with slips is read twice.
    ///
    /// If something was forgiven, `bytes` become the text without the slips, which a strict parser accepts.
    public static func parse(
        forgiving bytes: inout [UInt8], limits: JSONLimits = JSONLimits()
    ) throws(JSONFault) -> JSONValue {
        do {
            return try parse(bytes.span, limits: limits)
        } catch {
            guard error.isForgivable else { throw error }
        }
        bytes = repaired(bytes.span)
        var limits = limits
        // The text was short enough as it came.
        limits.bytesMax = max(limits.bytesMax, bytes.count)
        return try parse(bytes.span, limits: limits)
    }

    /// The value that `bytes` spell, by the same rules.
    public static func parse(
        forgiving bytes: Span<UInt8>, limits: JSONLimits = JSONLimits()
    ) throws(JSONFault) -> JSONValue {
        do {
            return try parse(bytes, limits: limits)
        } catch {
            guard error.isForgivable else { throw error }
        }
        var copy: [UInt8] = []
        copy.append(bytes)
        return try parse(forgiving: &copy, limits: limits)
    }

    /// The value that an array of bytes spells, by the same rules.
    public static func parse(
        forgiving bytes: [UInt8], limits: JSONLimits = JSONLimits()
    ) throws(JSONFault) -> JSONValue {
        try parse(forgiving: bytes.span, limits: limits)
    }

    /// The text without a byte order mark at its beginning.
    public static func withoutByteOrderMark(_ bytes: [UInt8]) -> [UInt8] {
        bytes.starts(with: byteOrderMark) ? Array(bytes.dropFirst(byteOrderMark.count)) : bytes
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private static func repaired(_ bytes: Span<UInt8>) -> [UInt8] {
        let text = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
        var repaired = withoutByteOrderMark(Array(text.utf8))
        var index = 0
        while index < repaired.count {
            guard repaired[index] == .backslash else {
                index += 1
                continue
            }
            guard let unit = codeUnit(of: repaired, at: index) else {
                // The escaped character is skipped unseen: it may be a backslash.
                index += 2
                continue
            }
            if 0xD800...0xDBFF ~= unit, let next = codeUnit(of: repaired, at: index + 6), 0xDC00...0xDFFF ~= next {
                index += 12
                continue
            }
            if 0xD800...0xDFFF ~= unit { repaired.replaceSubrange(index + 2..<index + 6, with: "fffd".utf8) }
            index += 6
        }
        return repaired
    }

    /// The number in the `\u` escape at `index`; nil if there is none.
    private static func codeUnit(of bytes: [UInt8], at index: Int) -> UInt32? {
        guard index + 6 <= bytes.count, bytes[index] == .backslash, bytes[index + 1] == 0x75 else { return nil }
        var unit: UInt32 = 0
        for place in index + 2..<index + 6 {
            guard let digit = bytes[place].hexDigitValue else { return nil }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }
}

extension JSONFault {
    /// Whether it is one of the slips that are forgiven.
    fileprivate var isForgivable: Bool {
        switch reason {
        case .byteOrderMark, .loneSurrogate, .invalidUTF8: true
        default: false
        }
    }
}
