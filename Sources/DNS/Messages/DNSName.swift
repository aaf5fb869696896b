import Bytes

/// A host name (RFC 1123, section 2.1, within the limits of RFC 1035, section 2.3.4), in lower case because names
/// ignore case (RFC 4343).
///
/// International names (RFC 5890) are accepted in their ASCII form only.
public struct DNSName: Hashable, Sendable, CustomStringConvertible {
    /// The longest text in bytes, without a final dot. In a message a name takes two bytes more, at most 255.
    static let textBytesMax = 253
    static let labelBytesMax = 63

    /// The labels with dots between them and no final dot.
    public let text: String
    /// Whether the text ended with a dot, so that no search domain is appended.
    public let isAbsolute: Bool

    /// Parses a name. A final dot makes it absolute.
    ///
    /// - Throws: `DNSNameFault` if the text is not a host name.
    public init(_ text: some StringProtocol) throws(DNSNameFault) {
        try self.init(utf8: text.utf8.prefix(Self.textBytesMax + 2))
    }

    /// Parses a name from the bytes of its text.
    init(utf8 text: some Collection<UInt8>) throws(DNSNameFault) {
        var bytes = Array(text)
        guard !bytes.isEmpty else { throw .empty }
        isAbsolute = bytes.last == 0x2E
        if isAbsolute { bytes.removeLast() }
        guard bytes.count <= Self.textBytesMax else { throw .tooLong }
        let labels = bytes.split(separator: 0x2E, omittingEmptySubsequences: false)
        for label in labels { try Self.check(label) }
        guard labels.last?.allSatisfy(\.isASCIIDigit) != true else { throw .numeric }
        self.text = String(decoding: bytes.map(\.asciiLowercased), as: UTF8.self)
    }

    private init(absolute text: String) {
        self.text = text
        isAbsolute = true
    }

    public var description: String { text }

    /// The number of dots in the text, for `ResolverConfiguration.dotsMin`.
    var dotCount: Int { text.utf8.count { $0 == 0x2E } }

    /// The same name, to which no search domain is appended.
    var absolute: DNSName { DNSName(absolute: text) }

    /// The absolute name of this name within `domain`, or nil if it is too long.
    func appended(to domain: DNSName) -> DNSName? {
        guard text.utf8.count + 1 + domain.text.utf8.count <= Self.textBytesMax else { return nil }
        return DNSName(absolute: "\(text).\(domain.text)")
    }

    /// The name as it is written in a message, uncompressed (RFC 1035, section 3.1): each label after its length, then
    /// the empty label of the root.
    var wire: [UInt8] {
        var bytes: [UInt8] = []
        for label in text.utf8.split(separator: 0x2E) {
            bytes.append(UInt8(truncatingIfNeeded: label.count))
            bytes.append(contentsOf: label)
        }
        bytes.append(0)
        return bytes
    }

    private static func check(_ label: some BidirectionalCollection<UInt8>) throws(DNSNameFault) {
        guard !label.isEmpty else { throw .emptyLabel }
        for byte in label where !byte.isASCIILetter && !byte.isASCIIDigit && byte != 0x2D {
            throw byte < 0x80 ? .invalidCharacter : .notASCII
        }
        guard label.count <= labelBytesMax else { throw .labelTooLong }
        guard label.first != 0x2D, label.last != 0x2D else { throw .hyphenAtEdge }
    }
}

/// Why a text is not a host name.
public enum DNSNameFault: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    case tooLong
    case emptyLabel
    case labelTooLong
    /// A character outside ASCII. The names of RFC 5890 must be given in their ASCII form.
    case notASCII
    /// An ASCII character other than a letter, a digit, a hyphen or a dot.
    case invalidCharacter
    case hyphenAtEdge
    /// The last label is a number, so the name looks like an address (RFC 1123, section 2.1).
    case numeric

    /// What is wrong, as a clause that can end a sentence.
    public var description: String {
        switch self {
        case .empty: "it is empty"
        case .tooLong: "it is longer than \(DNSName.textBytesMax) characters"
        case .emptyLabel: "one of its parts is empty"
        case .labelTooLong: "a part of it is longer than \(DNSName.labelBytesMax) characters"
        case .notASCII: "only ASCII names are supported; write an international name in its form with xn--"
        case .invalidCharacter: "a host name has letters, digits, hyphens and dots only"
        case .hyphenAtEdge: "a part of it begins or ends with a hyphen"
        case .numeric: "its last part is a number, and it is not an IP address"
        }
    }
}
