/// Why a text is no host name.
public enum DNSNameFault: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    case tooLong
    case emptyLabel
    case labelTooLong
    /// A character outside ASCII: the names of RFC 5890 are to be given in their ASCII form.
    case notASCII
    /// An ASCII character other than a letter, a digit, a hyphen and a dot.
    case invalidCharacter
    case hyphenAtEdge
    /// The last label is a number, so that the name looks like an address (RFC 1123, section 2.1).
    case numeric

    /// What is wrong, as the end of a sentence.
    public var description: String {
        switch self {
        case .empty: "it is empty"
        case .tooLong: "it is longer than \(DNSName.textBytesMax) characters"
        case .emptyLabel: "nothing stands before one of its dots"
        case .labelTooLong: "a part of it is longer than \(DNSName.labelBytesMax) characters"
        case .notASCII: "only ASCII names are supported; write an international name in its form with xn--"
        case .invalidCharacter: "a host name has letters, digits, hyphens and dots only"
        case .hyphenAtEdge: "a part of it begins or ends with a hyphen"
        case .numeric: "its last part is a number, and it is not an IP address"
        }
    }
}
