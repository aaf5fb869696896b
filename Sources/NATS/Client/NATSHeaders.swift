import Bytes

/// The headers of a message in their order. Names are case-sensitive (ADR-4).
///
///     NATS/1.0[ <status code>[ <description>]] CRLF
///     *( <name> ":" <value> CRLF )
///     CRLF
///
/// A name is printable ASCII without a colon. Spaces and tabs around a value are not part of it. Only the server sends
/// a status, in place of a message; its code has three digits.
public struct NATSHeaders: Hashable, Sendable {
    /// A name and its value, both fit to be written as they are.
    public struct Field: Hashable, Sendable {
        /// Printable ASCII without a colon.
        public let name: String
        /// Text without control characters and without spaces around it.
        public let value: String

        /// Creates a field, or returns nil if it could not be read back: the name breaks the grammar, or the value has
        /// a control character or spaces around it.
        public init?(_ name: String, _ value: String) {
            guard Field.isName(name.utf8), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
            guard value.utf8.first != 0x20, value.utf8.last != 0x20 else { return nil }
            self.name = name
            self.value = value
        }

        fileprivate init?(line: ArraySlice<UInt8>) {
            guard let colon = line.firstIndex(of: 0x3A), Field.isName(line[..<colon]) else { return nil }
            var value = line[(colon + 1)...]
            while let first = value.first, first == 0x20 || first == 0x09 { value.removeFirst() }
            while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
            guard !value.contains(0), !value.contains(0x0D), !value.contains(0x0A) else { return nil }
            name = String(decoding: line[..<colon], as: UTF8.self)
            self.value = String(decoding: value, as: UTF8.self)
        }

        private static func isName(_ bytes: some Collection<UInt8>) -> Bool {
            !bytes.isEmpty && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }
        }
    }

    /// A status such as `503` or `408 Request Timeout`.
    public struct Status: Hashable, Sendable {
        /// 0 to 999.
        public let code: Int
        /// One line of text, often empty.
        public let description: String
    }

    private static let version = Array("NATS/1.0".utf8)

    /// The server's status; nil in what clients publish.
    public let status: Status?
    /// The fields in their order.
    public let fields: [Field]

    /// Creates headers to be published.
    public init(_ fields: [Field]) {
        status = nil
        self.fields = fields
    }

    /// Parses a block; nil if it breaks the grammar or has more than `fieldsMax` fields. O(n).
    init?(block: [UInt8], fieldsMax: Int) {
        guard block.starts(with: Self.version), var start = Self.endOfLine(in: block, from: 0) else { return nil }
        let words = block[Self.version.count..<(start - 2)]
        if words.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
            status = nil
        } else {
            guard let status = Self.status(words) else { return nil }
            self.status = status
        }
        var fields: [Field] = []
        while let end = Self.endOfLine(in: block, from: start) {
            if end == start + 2 {
                // The empty line must be the last, otherwise length and content contradict each other.
                guard end == block.count else { return nil }
                self.fields = fields
                return
            }
            guard fields.count < fieldsMax, let field = Field(line: block[start..<(end - 2)]) else { return nil }
            fields.append(field)
            start = end
        }
        return nil
    }

    /// The value of the first field with this name.
    public subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// Appends the block without the status, which only servers send.
    public func encode(into output: inout [UInt8]) {
        output.append(contentsOf: Self.version)
        output.append(literal: "\r\n")
        for field in fields {
            output.append(utf8: field.name)
            output.append(literal: ": ")
            output.append(utf8: field.value)
            output.append(literal: "\r\n")
        }
        output.append(literal: "\r\n")
    }

    // MARK: -

    /// The place after the CRLF of the line that begins at `start`, or nil if there is no CRLF.
    private static func endOfLine(in block: [UInt8], from start: Int) -> Int? {
        guard let feed = block.span.firstIndex(of: 0x0A, from: start), feed > start, block[feed - 1] == 0x0D else {
            return nil
        }
        return feed + 1
    }

    /// Parses ` 503` or ` 408 Request Timeout`.
    private static func status(_ words: ArraySlice<UInt8>) -> Status? {
        guard let first = words.first, first == 0x20 || first == 0x09 else { return nil }
        let parts = words.split(maxSplits: 1) { $0 == 0x20 || $0 == 0x09 }
        guard let digits = parts.first, digits.count == 3, let code = Decimal.parse(digits) else { return nil }
        let description = parts.count > 1 ? NATSText.printable(utf8: parts[1]) : ""
        return Status(code: Int(clamping: code), description: description)
    }
}
