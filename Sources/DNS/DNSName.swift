import Bytes

/// The name of a host (RFC 1123, section 2.1, within the limits of RFC 1035, section 2.3.4), in lower case, since case
/// does not count (RFC 4343).
///
/// International names (RFC 5890) are taken in their ASCII form only.
public struct DNSName: Hashable, Sendable, CustomStringConvertible {
    /// Bytes of a name's text without a dot at its end: in a message there are two bytes more, and at most 255.
    static let textBytesMax = 253
    static let labelBytesMax = 63

    /// The labels with dots between them, without one at the end.
    public let text: String
    /// The text ended with a dot: no search domain is to be appended.
    public let isAbsolute: Bool

    public init(_ text: some StringProtocol) throws(DNSNameFault) {
        try self.init(utf8: text.utf8.prefix(Self.textBytesMax + 2))
    }

    /// The same from bytes.
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

    /// The same name, not to be searched for.
    var absolute: DNSName { DNSName(absolute: text) }

    /// The absolute name that this one is in `domain`; nil where that is too long.
    func appended(to domain: DNSName) -> DNSName? {
        guard text.utf8.count + 1 + domain.text.utf8.count <= Self.textBytesMax else { return nil }
        return DNSName(absolute: "\(text).\(domain.text)")
    }

    /// The name as a message has it, without compression (RFC 1035, section 3.1): each label with its length before it,
    /// and the empty label of the root.
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
