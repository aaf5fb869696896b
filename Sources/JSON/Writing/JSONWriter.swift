import Bytes

/// Writes one JSON value as it is told its parts, in order, to the end of `bytes`.
///
/// Text is UTF-8 and only what RFC 8259 section 7 demands is escaped: quotation mark, backslash and control characters.
/// The writer sets commas, colons and, in the pretty style, line ends and two spaces of indentation a level; it ends
/// with no line end of its own.
///
/// That names and values alternate and that what is opened is closed is up to the caller; a value behind a finished
/// value, a name behind a name and an end too many are caught by preconditions.
public struct JSONWriter: Sendable {
    public enum Style: Sendable {
        /// No white space at all.
        case compact
        /// A line for each member and element; empty arrays and objects stay on one.
        case pretty
    }

    /// What stands before the next thing to be written.
    private enum Place {
        case start
        case opened
        case name
        case value
    }

    /// What has been written, behind whatever was there.
    public private(set) var bytes: [UInt8]

    private let isPretty: Bool
    private var place = Place.start
    private var depth = 0

    /// A writer that appends to `bytes`, which are copied if anybody else holds them still.
    public init(style: Style = .compact, appendingTo bytes: consuming [UInt8] = []) {
        self.bytes = bytes
        isPretty = style == .pretty
    }

    /// A writer with room for so many bytes from the beginning.
    public init(style: Style = .compact, capacity: Int) {
        self.init(style: style)
        bytes.reserveCapacity(capacity)
    }

    /// Appends to `bytes` the value that `write` tells to a writer, without a copy of what is there.
    public static func append(
        to bytes: inout [UInt8], style: Style = .compact, _ write: (inout JSONWriter) -> Void
    ) {
        var taken: [UInt8] = []
        swap(&taken, &bytes)
        var writer = JSONWriter(style: style, appendingTo: consume taken)
        write(&writer)
        bytes = writer.bytes
    }

    /// Whether one whole value has been written.
    public var isComplete: Bool { depth == 0 && place == .value }

    // MARK: - Arrays and objects

    public mutating func beginObject() { begin(.openingBrace) }

    public mutating func endObject() { end(.closingBrace) }

    public mutating func beginArray() { begin(.openingBracket) }

    public mutating func endArray() { end(.closingBracket) }

    /// The name of the member whose value comes next, in which nothing is to be escaped: in one piece.
    public mutating func key(_ name: StaticString) {
        member(name, valueCountMax: 0) { _ in }
        place = .name
    }

    /// A member in one piece: its name and what `write` writes, in at most so many bytes.
    @inline(__always)
    mutating func member(
        _ name: StaticString, valueCountMax: Int, _ write: (inout OutputSpan<UInt8>) -> Void
    ) {
        precondition(place != .name && depth > 0, "a member's name stands where its value should")
        if isPretty { separate() }
        let needsComma = !isPretty && place == .value
        let isPretty = isPretty
        bytes.append(addingCapacity: name.utf8CodeUnitCount + 5 + valueCountMax) { text in
            if needsComma { text.append(.comma) }
            text.append(.quotationMark)
            text.append(literal: name)
            text.append(.quotationMark)
            text.append(.colon)
            if isPretty { text.append(.space) }
            write(&text)
        }
        place = .value
    }

    /// The name of the member whose value comes next.
    public mutating func key(text name: String) {
        precondition(place != .name && depth > 0, "a member's name stands where its value should")
        separate()
        append(quoted: name)
        bytes.append(.colon)
        if isPretty { bytes.append(.space) }
        place = .name
    }

    // MARK: - Values

    public mutating func string(_ value: String) {
        separate()
        append(quoted: value)
    }

    public mutating func integer(_ value: Int64) {
        separate()
        bytes.append(decimal: value)
    }

    public mutating func unsigned(_ value: UInt64) {
        separate()
        bytes.append(decimal: value)
    }

    /// The shortest digits that read back as the same number, with fraction or exponent so that it stays a double; null
    /// for infinities and what is not a number, which JSON cannot say.
    public mutating func double(_ value: Double) {
        separate()
        if value.isFinite { bytes.append(utf8: value.description) } else { bytes.append(literal: "null") }
    }

    public mutating func bool(_ value: Bool) {
        separate()
        bytes.append(literal: value ? "true" : "false")
    }

    public mutating func null() {
        separate()
        bytes.append(literal: "null")
    }

    /// A string in ISO 8601: `"2025-01-12T10:30:01.800Z"`.
    public mutating func timestamp(_ value: Timestamp) {
        separate()
        bytes.append(.quotationMark)
        value.appendISO8601(to: &bytes)
        bytes.append(.quotationMark)
    }

    /// A value that is JSON already, as it is.
    public mutating func raw(_ value: [UInt8]) {
        separate()
        bytes.append(contentsOf: value)
    }

    public mutating func raw(_ value: ArraySlice<UInt8>) {
        separate()
        bytes.append(contentsOf: value)
    }

    /// A value with all that is in it. Recursive.
    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .integer(let value): integer(value)
        case .unsigned(let value): unsigned(value)
        case .double(let value): double(value)
        case .string(let value): string(value)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let value): object(value)
        }
    }

    public mutating func object(_ object: JSONObject) {
        beginObject()
        for member in object.members {
            key(text: member.key)
            value(member.value)
        }
        endObject()
    }

    // MARK: - What stands between

    private mutating func begin(_ opening: UInt8) {
        separate()
        bytes.append(opening)
        depth += 1
        place = .opened
    }

    private mutating func end(_ closing: UInt8) {
        precondition(depth > 0 && place != .name, "an end without a beginning, or a name without a value")
        depth -= 1
        if isPretty && place == .value { breakLine() }
        bytes.append(closing)
        place = .value
    }

    /// Writes what belongs before a value or name, and notes that a value is there.
    private mutating func separate() {
        switch place {
        case .start, .name: break
        case .opened: if isPretty { breakLine() }
        case .value:
            precondition(depth > 0, "a second value behind the first")
            bytes.append(.comma)
            if isPretty { breakLine() }
        }
        place = .value
    }

    private mutating func breakLine() {
        bytes.append(.lineFeed)
        bytes.append(contentsOf: repeatElement(.space, count: 2 * depth))
    }

    private mutating func append(quoted text: String) {
        let text = text.utf8Span
        JSONText.append(quoted: text.span, to: &bytes)
    }
}
