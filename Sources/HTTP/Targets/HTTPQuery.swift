import Bytes

/// The query of a request target as forms write it: `name=value` pairs separated by `&`, percent-encoded, `+` for a
/// space.
///
/// The rules are those of application/x-www-form-urlencoded (WHATWG URL, section 5), but faults are faults: an escape
/// that is no escape, a decoded NUL, and what is not UTF-8 are refused.
public struct HTTPQuery: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// One pair, decoded. A pair without `=` has an empty value.
    public struct Item: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The pairs in their order. A name may occur more than once.
    public var items: [Item] = []

    public init() {}

    public init(dictionaryLiteral elements: (String, String)...) {
        items = elements.map { Item(name: $0, value: $1) }
    }

    /// Reads the part of a target after `?`, or the content of a form; nil where a name or value cannot be decoded.
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
                guard let name = PercentCoding.decode(bytes.extracting(start..<nameEnd), plusIsSpace: true),
                    let value = PercentCoding.decode(bytes.extracting(valueStart..<end), plusIsSpace: true)
                else { return nil }
                items.append(Item(name: name, value: value))
            }
            start = end + 1
        }
    }

    public init?(parsing text: String) { self.init(parsing: Array(text.utf8).span) }

    public var isEmpty: Bool { items.isEmpty }

    /// The value of the first pair with this name, which is compared as it is.
    public subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    /// The values of all pairs with this name.
    public func values(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    public mutating func append(_ name: String, _ value: String) { items.append(Item(name: name, value: value)) }

    /// The pairs as the part of a target after `?`, spaces as `%20`.
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
