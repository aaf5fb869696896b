import Bytes

/// Addresses as in the HTML standard's `input type=email`, within the lengths of RFC 5321, section 4.5.3.1. The domain
/// must have at least two labels, and the last must be of letters and at least two long.
enum EmailAddress {
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
