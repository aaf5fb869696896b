import Bytes

/// An entity tag (RFC 9110, section 8.8.3): a name for one state of a resource.
public struct EntityTag: Hashable, Sendable {
    /// What stands between the quotes.
    public let opaque: String
    public let isWeak: Bool

    /// - Precondition: `opaque` holds visible characters but no quote.
    public init(_ opaque: String, isWeak: Bool = false) {
        precondition(opaque.utf8.allSatisfy(\.isEntityTag), "a character that an entity tag does not have")
        self.opaque = opaque
        self.isWeak = isWeak
    }

    /// The field value: `"42"` or `W/"42"`.
    public var text: String { (isWeak ? "W/\"" : "\"") + opaque + "\"" }

    /// Whether both are strong and the same (section 8.8.3.2): the states are the same byte for byte.
    public func matchesStrongly(_ other: EntityTag) -> Bool { !isWeak && !other.isWeak && opaque == other.opaque }

    /// Whether both are the same, weak or strong.
    public func matchesWeakly(_ other: EntityTag) -> Bool { opaque == other.opaque }
}

/// The value of If-Match and If-None-Match: `*` or tags separated by commas.
enum EntityTagList {
    case any
    case tags([EntityTag])

    /// Nil where `text` is neither. Empty members are passed over.
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

    /// The tag that begins at `index`, which is moved behind it.
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
    /// `etagc`: visible characters but the quote, and what is not ASCII.
    fileprivate var isEntityTag: Bool { self > 0x20 && self != 0x22 && self != 0x7F }
}
