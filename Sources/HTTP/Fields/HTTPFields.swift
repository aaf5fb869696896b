import Bytes

/// The field lines of a message, in their order (RFC 9110, section 5). Names are case-insensitive.
///
/// The fields are stored as the bytes of the head and the positions of the lines. Strings are made only on request.
public struct HTTPFields: Sendable, ExpressibleByDictionaryLiteral {
    var storage: [UInt8]
    var lines: [FieldLine]

    /// Creates an empty list of fields.
    public init() {
        storage = []
        lines = []
    }

    /// Creates the field lines of a literal, in their order; a name may occur more than once.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init()
        for (name, value) in elements { append(name, value) }
    }

    /// The field lines `lines` of the head `storage`.
    init(storage: [UInt8], lines: [FieldLine]) {
        self.storage = storage
        self.lines = lines
    }

    /// The number of field lines.
    public var count: Int { lines.count }

    /// Whether there are no field lines.
    public var isEmpty: Bool { lines.isEmpty }

    /// The value of the first line with this name. Setting it replaces all lines with the name; nil removes them.
    ///
    /// Bytes that are not UTF-8 become U+FFFD. Complexity: O(`count`).
    public subscript(name: String) -> String? {
        get { firstLine(name).map { text($0.value) } }
        set {
            remove(name)
            if let newValue { append(name, newValue) }
        }
    }

    /// The bytes of the first line's value with this name as received, without making a string.
    public func bytes(_ name: String) -> ArraySlice<UInt8>? { firstLine(name).map { storage[$0.value] } }

    /// The values of all lines with this name, in order.
    public func values(_ name: String) -> [String] {
        lines.filter { matches($0, name) }.map { text($0.value) }
    }

    /// The values of all lines with this name, joined into one list (RFC 9110, section 5.3); nil if there is no line.
    public func joined(_ name: String) -> String? {
        let values = values(name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// Whether a line has this name.
    public func contains(_ name: String) -> Bool { firstLine(name) != nil }

    /// Appends a line. Names and values are checked when they are written, not here.
    public mutating func append(_ name: String, _ value: String) {
        if lines.isEmpty {
            // Enough for most responses.
            storage.reserveCapacity(256)
            lines.reserveCapacity(6)
        }
        let nameStart = storage.count
        storage.append(utf8: name)
        let valueStart = storage.count
        storage.append(utf8: value)
        lines.append(FieldLine(name: nameStart..<valueStart, value: valueStart..<storage.count))
    }

    /// Replaces all lines with this name with one at the end.
    public mutating func set(_ name: String, _ value: String) { self[name] = value }

    /// Removes all lines with this name.
    public mutating func remove(_ name: String) {
        if contains(name) { lines = lines.filter { !matches($0, name) } }
    }

    func text(_ range: Range<Int>) -> String { String(decoding: storage[range], as: UTF8.self) }

    func firstLine(_ name: String) -> FieldLine? {
        for line in lines where matches(line, name) { return line }
        return nil
    }

    private func matches(_ line: FieldLine, _ name: String) -> Bool {
        var index = Int(line.nameStart)
        let name = name.utf8
        guard name.count == Int(line.nameEnd) - index else { return false }
        for byte in name {
            guard byte.asciiLowercased == storage[index].asciiLowercased else { return false }
            index += 1
        }
        return true
    }
}

/// The lines as pairs of strings.
extension HTTPFields: Sequence {
    /// Iterates over the lines in their order.
    public struct Iterator: IteratorProtocol {
        let fields: HTTPFields
        var index = 0

        /// The next line, nil after the last.
        public mutating func next() -> (name: String, value: String)? {
            guard index < fields.lines.count else { return nil }
            let line = fields.lines[index]
            index += 1
            return (fields.text(line.name), fields.text(line.value))
        }
    }

    /// The number of field lines.
    public var underestimatedCount: Int { count }

    /// An iterator at the first line.
    public func makeIterator() -> Iterator { Iterator(fields: self) }
}

/// Fields are equal if they have the same lines in the same order, ignoring the case of names.
extension HTTPFields: Equatable {
    public static func == (left: HTTPFields, right: HTTPFields) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy {
                ASCII.equalIgnoringCase($0.name, $1.name) && $0.value == $1.value
            }
    }
}
