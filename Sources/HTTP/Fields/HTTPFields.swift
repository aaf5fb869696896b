import Bytes

/// The fields of a message, in the order of their lines (RFC 9110, section 5). Names are compared without regard to
/// case.
///
/// Kept as the bytes of the head and where each line lies in them: strings are made only when they are asked for.
public struct HTTPFields: Sendable, ExpressibleByDictionaryLiteral {
    var storage: [UInt8]
    var lines: [FieldLine]

    public init() {
        storage = []
        lines = []
    }

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

    public var isEmpty: Bool { lines.isEmpty }

    /// The value of the first line with this name; setting replaces all lines with the name, nil removes them.
    ///
    /// Bytes of a value that are not UTF-8 become U+FFFD. Complexity: O(`count`).
    public subscript(name: String) -> String? {
        get { firstLine(name).map { text($0.value) } }
        set {
            remove(name)
            if let newValue { append(name, newValue) }
        }
    }

    /// The value of the first line with this name as it was received, without a string being made of it.
    public func bytes(_ name: String) -> ArraySlice<UInt8>? { firstLine(name).map { storage[$0.value] } }

    /// The values of all lines with this name, in order.
    public func values(_ name: String) -> [String] {
        lines.filter { matches($0, name) }.map { text($0.value) }
    }

    /// The values of all lines with this name as one list (RFC 9110, section 5.3), or nil where there is none.
    public func joined(_ name: String) -> String? {
        let values = values(name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// Whether a line has this name.
    public func contains(_ name: String) -> Bool { firstLine(name) != nil }

    /// Adds a line at the end. Values are checked when they are written, not here.
    public mutating func append(_ name: String, _ value: String) {
        if lines.isEmpty {
            // What an answer has of them mostly.
            storage.reserveCapacity(256)
            lines.reserveCapacity(6)
        }
        let nameStart = storage.count
        storage.append(utf8: name)
        let valueStart = storage.count
        storage.append(utf8: value)
        lines.append(FieldLine(name: nameStart..<valueStart, value: valueStart..<storage.count))
    }

    /// Replaces all lines with this name by one at the end.
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
    public struct Iterator: IteratorProtocol {
        let fields: HTTPFields
        var index = 0

        public mutating func next() -> (name: String, value: String)? {
            guard index < fields.lines.count else { return nil }
            let line = fields.lines[index]
            index += 1
            return (fields.text(line.name), fields.text(line.value))
        }
    }

    public var underestimatedCount: Int { count }

    public func makeIterator() -> Iterator { Iterator(fields: self) }
}

/// Equal are the same lines in the same order, names without regard to case.
extension HTTPFields: Equatable {
    public static func == (left: HTTPFields, right: HTTPFields) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy {
                ASCII.equalIgnoringCase($0.name, $1.name) && $0.value == $1.value
            }
    }
}
