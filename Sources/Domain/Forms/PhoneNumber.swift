import Bytes

/// A telephone number that somebody logs in with: its digits, and the `+` before them if there is one.
///
/// Spaces, dots, dashes, slashes and parentheses mean nothing. `+84 90…` and `090…` are two numbers: what the shorter
/// one stands for depends on the country.
public struct PhoneNumber: Equatable, Sendable {
    private let signs: [UInt8]

    /// The number without anything between its digits.
    public var text: String { String(decoding: signs, as: UTF8.self) }

    /// Reads a number as people write it; nil if it is none, or has fewer than six digits.
    public init?(_ text: String) {
        guard text.utf8.count <= 4 * TextLimits.phoneMax, let signs = Self.signs(of: text), signs.count >= Self.signsMin
        else { return nil }
        self.signs = signs
    }

    private static let signsMin = 6

    /// Whether `text`, the telephone number of a user, is this one. Most others differ in their last
    /// digit, and need no second look.
    func isWritten(_ text: String) -> Bool {
        if let last = text.utf8.last, last.isASCIIDigit, last != signs.last { return false }
        return Self.signs(of: text) == signs
    }

    private static func signs(of text: String) -> [UInt8]? {
        var signs: [UInt8] = []
        for scalar in text.unicodeScalars {
            let scalar = scalar.narrowed
            if isSeparator(scalar) { continue }
            guard let byte = UInt8(exactly: scalar.value),
                byte.isASCIIDigit || (byte == UInt8(ascii: "+") && signs.isEmpty)
            else { return nil }
            signs.append(byte)
        }
        return signs
    }

    private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case ".", "-", "(", ")", "/", "\u{2010}"..."\u{2015}", "\u{2212}": true
        default: scalar.isBlank
        }
    }
}
