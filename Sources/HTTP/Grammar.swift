/// The character classes of RFC 9110, section 5.6, and RFC 3986, section 2, as bit sets of the 128 ASCII characters.
extension UInt8 {
    /// `tchar`: the characters of methods, field names and other tokens.
    @inlinable var isToken: Bool { isMember(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE) }

    /// `unreserved`: the characters that never need percent-encoding.
    var isUnreserved: Bool { isMember(low: 0x03FF_6000_0000_0000, high: 0x47FF_FFFE_87FF_FFFE) }

    /// `unreserved` and `sub-delims`: the characters of a registered name, apart from percent-encoding.
    var isRegisteredName: Bool { isMember(low: 0x2BFF_7FD2_0000_0000, high: 0x47FF_FFFE_87FF_FFFE) }

    /// The characters of a field value: visible ones, space, horizontal tab and obs-text.
    @inlinable var isFieldValue: Bool { self >= 0x20 ? self != 0x7F : self == 0x09 }

    /// The characters of a request target: visible ASCII except `#`. RFC 3986 allows fewer, but clients send some of
    /// the others, such as `|` and `{`, unencoded, and they have no other meaning here.
    var isTarget: Bool { self > 0x20 && self < 0x7F && self != 0x23 }

    /// The bytes of a query as the WHATWG URL standard reads them: all but controls, space and `#`. Browsers' address
    /// bars and old clients send UTF-8, `[`, `"` and the like unencoded.
    var isQuery: Bool { self > 0x20 && self != 0x7F && self != 0x23 }

    /// `SP` or `HTAB`: the characters of optional white space.
    @inlinable var isWhitespace: Bool { self == 0x20 || self == 0x09 }

    /// Whether this is in a set of ASCII characters: `low` has a bit for each of 0–63, `high` for each of 64–127.
    @inlinable func isMember(low: UInt64, high: UInt64) -> Bool {
        self < 0x80 && (self < 0x40 ? low : high) >> UInt64(self & 0x3F) & 1 == 1
    }
}

/// The grammar of tokens (RFC 9110, section 5.6.2).
public enum HTTPToken {
    /// Whether `text` is a token: one or more letters, digits and ``!#$%&'*+-.^_`|~``.
    public static func isValid(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(\.isToken) }
}

extension Span<UInt8> {
    /// Whether a field value may contain all of these bytes.
    var isFieldValue: Bool {
        var start = 0
        while let index = firstIndex(of: 0x7F, or: 0x7F, orBelow: 0x20, from: start) {
            guard self[index].isFieldValue else { return false }
            start = index + 1
        }
        return true
    }

    /// Whether these are exactly the bytes of `text`.
    func spells(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count where unsafe self[index] != text.utf8Start[index] { return false }
        return true
    }
}

extension Span<UInt8> {
    /// Whether these are the bytes of `lowercase`, ignoring the case of ASCII letters.
    func spellsIgnoringCase(_ lowercase: StaticString) -> Bool {
        guard count == lowercase.utf8CodeUnitCount else { return false }
        for index in 0..<count where unsafe self[index].asciiLowercased != lowercase.utf8Start[index] { return false }
        return true
    }
}
