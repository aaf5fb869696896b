import Bytes

/// An entity tag (RFC 9110, section 8.8.3): a name for one state of a resource.
public struct EntityTag: Hashable, Sendable {
    /// The text between the quotes.
    public let opaque: String
    /// Whether the tag only promises equivalent content, not the same bytes.
    public let isWeak: Bool

    /// Creates a tag from the text between its quotes.
    ///
    /// - Precondition: `opaque` has only visible characters, and no quotation mark.
    public init(_ opaque: String, isWeak: Bool = false) {
        precondition(opaque.utf8.allSatisfy(\.isEntityTag), "an entity tag cannot contain this character")
        self.opaque = opaque
        self.isWeak = isWeak
    }

    /// The field value: `"42"` or `W/"42"`.
    public var text: String { (isWeak ? "W/\"" : "\"") + opaque + "\"" }

    /// Whether both are strong and equal (section 8.8.3.2): the states are identical byte for byte.
    public func matchesStrongly(_ other: EntityTag) -> Bool { !isWeak && !other.isWeak && opaque == other.opaque }

    /// Whether both are equal, weak or strong.
    public func matchesWeakly(_ other: EntityTag) -> Bool { opaque == other.opaque }

    /// Whether this is `original` as an intermediary that compresses may have changed it on its way to the client: made
    /// weak, as nginx does, or with the coding after it, as Apache (`-gzip`), Jetty (`--gzip`) and Caddy (`-zstd`) do.
    func isVariant(of original: EntityTag) -> Bool {
        opaque == original.opaque || Self.suffixes.contains { opaque == original.opaque + $0 }
    }

    private static let suffixes = ["-gzip", "--gzip", ";gzip", "-br", "-zstd", "-deflate"]
}

/// The value of If-Match and If-None-Match: `*` or tags separated by commas.
enum EntityTagList {
    case any
    case tags([EntityTag])

    /// Reads a field value; nil if it is malformed. Empty members are ignored.
    init?(_ text: String) {
        if text == "*" {
            self = .any
            return
        }
        let bytes = Array(text.utf8)
        var tags: [EntityTag] = []
        var index = 0
        var needsComma = false
        while index < bytes.count {
            if bytes[index].isWhitespace {
                index += 1
            } else if bytes[index] == 0x2C {
                index += 1
                needsComma = false
            } else {
                guard !needsComma, let tag = Self.tag(bytes, &index) else { return nil }
                tags.append(tag)
                needsComma = true
            }
        }
        guard !tags.isEmpty else { return nil }
        self = .tags(tags)
    }

    /// Reads the tag at `index` and moves `index` after it.
    private static func tag(_ bytes: [UInt8], _ index: inout Int) -> EntityTag? {
        let isWeak = bytes[index] == 0x57
        if isWeak {
            guard bytes.count - index > 2, bytes[index + 1] == 0x2F else { return nil }
            index += 2
        }
        guard bytes[index] == 0x22 else { return nil }
        index += 1
        let start = index
        while index < bytes.count && bytes[index].isEntityTag { index += 1 }
        guard index < bytes.count, bytes[index] == 0x22 else { return nil }
        index += 1
        return EntityTag(String(decoding: bytes[start..<(index - 1)], as: UTF8.self), isWeak: isWeak)
    }
}

extension UInt8 {
    /// `etagc`: visible characters except the quotation mark, and obs-text.
    fileprivate var isEntityTag: Bool { self > 0x20 && self != 0x22 && self != 0x7F }
}
