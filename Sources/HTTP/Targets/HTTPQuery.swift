import Bytes

/// The query of a request target in the form encoding: `name=value` pairs separated by `&`, percent-encoded, with `+`
/// for a space.
///
/// The rules are those of application/x-www-form-urlencoded (WHATWG URL, section 5), but for NUL, which is refused.
public struct HTTPQuery: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// One pair, decoded. A pair without `=` has an empty value.
    public struct Item: Hashable, Sendable {
        /// The text before the first `=`.
        public var name: String
        /// The text after the first `=`.
        public var value: String

        /// Creates a pair of decoded texts.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The pairs in their order. A name may occur more than once.
    public var items: [Item] = []

    /// Creates an empty query.
    public init() {}

    /// Creates the pairs of a literal, in their order.
    public init(dictionaryLiteral elements: (String, String)...) {
        items = elements.map { Item(name: $0, value: $1) }
    }

    /// Parses the part of a target after `?`, or the content of a form. Nil if a name or value contains NUL.
    public init?(parsing bytes: Span<UInt8>) {
        var start = 0
        while start < bytes.count {
            var equals: Int?
            var end = start
            while end < bytes.count && bytes[end] != 0x26 {
                if bytes[end] == 0x3D && equals == nil { equals = end }
                end += 1
            }
            if end > start {
                let nameEnd = equals ?? end
                let valueStart = equals.map { $0 + 1 } ?? end
                guard let name = PercentCoding.decodeForm(bytes.extracting(start..<nameEnd)),
                    let value = PercentCoding.decodeForm(bytes.extracting(valueStart..<end))
                else { return nil }
                items.append(Item(name: name, value: value))
            }
            start = end + 1
        }
    }

    /// Parses a string, by the same rules.
    public init?(parsing text: String) { self.init(parsing: Array(text.utf8).span) }

    /// Whether there are no pairs.
    public var isEmpty: Bool { items.isEmpty }

    /// The value of the first pair with this name. Names are case-sensitive.
    public subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    /// The values of all pairs with this name.
    public func values(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    /// Appends a pair.
    public mutating func append(_ name: String, _ value: String) { items.append(Item(name: name, value: value)) }

    /// The pairs encoded as the part of a target after `?`, with spaces as `%20`.
    public var encoded: String {
        var bytes: [UInt8] = []
        for item in items {
            if !bytes.isEmpty { bytes.append(0x26) }
            PercentCoding.encode(item.name, into: &bytes)
            bytes.append(0x3D)
            PercentCoding.encode(item.value, into: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
