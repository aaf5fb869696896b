import Bytes

/// Addresses as in the HTML standard's `input type=email`, within the lengths of RFC 5321, section 4.5.3.1. The domain
/// must have at least two labels, and the last must be of letters and at least two long.
///
/// People type and paste addresses with a blank after them, in capitals, and with full-width characters. New ones are
/// stored in lower case; no two users may have addresses that differ only in case.
public enum EmailAddress {
    /// The address that was meant: without white space around it, and with full-width characters as ASCII.
    public static func trimmed(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) { return text }
        var (trimmed, blanks) = ("", "")
        for scalar in text.unicodeScalars {
            guard !scalar.isBlank else {
                if !trimmed.isEmpty { blanks.unicodeScalars.append(scalar) }
                continue
            }
            trimmed += blanks
            trimmed.unicodeScalars.append(scalar.narrowed)
            blanks = ""
        }
        return trimmed
    }

    /// The address as it is stored.
    static func stored(_ text: String) -> String { ASCII.lowercased(trimmed(text)) }

    static func isValid(_ text: String) -> Bool {
        guard text.utf8.count <= TextLimits.emailMax else { return false }
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2 else { return false }
        return isLocalPart(parts[0]) && isDomain(parts[1])
    }

    private static func isLocalPart(_ part: Substring.UTF8View) -> Bool {
        guard (1...64).contains(part.count) else { return false }
        // Dots separate atoms (RFC 5322, section 3.2.3): none at either end, and no two in a row.
        let atoms = part.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let signs = Array("!#$%&'*+/=?^_`{|}~-".utf8)
        return atoms.allSatisfy { atom in
            !atom.isEmpty && atom.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || signs.contains($0) }
        }
    }

    private static func isDomain(_ part: Substring.UTF8View) -> Bool {
        let labels = part.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= 2, let top = labels.last, top.count >= 2 else { return false }
        let hyphen = UInt8(ascii: "-")
        // The top-level label of an internationalised name begins with xn-- and may have digits.
        guard top.allSatisfy(\.isASCIILetter) || top.starts(with: "xn--".utf8) else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
                && label.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == hyphen }
        }
    }
}

extension Unicode.Scalar {
    /// White space, also of no width, as it comes with text that was copied.
    var isBlank: Bool {
        switch value {
        case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x2000...0x200F, 0x2028, 0x2029, 0x202F, 0x205F...0x2064, 0x3000, 0xFEFF:
            true
        default: false
        }
    }

    /// The ASCII character that this is a full-width form of, otherwise itself. The ideographic full stop is a dot, as
    /// in names of hosts (UTS #46).
    var narrowed: Unicode.Scalar {
        switch value {
        case 0xFF01...0xFF5E: Unicode.Scalar(UInt8(value - 0xFEE0))
        case 0x3002, 0xFF61: "."
        default: self
        }
    }
}
