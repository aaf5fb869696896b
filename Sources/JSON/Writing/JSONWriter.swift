import Bytes

/// Writes one JSON value to the end of `bytes`, part by part and in order.
///
/// Text is UTF-8. Only what RFC 8259, section 7 requires is escaped: quotation marks, backslashes and control
/// characters. The writer adds commas and colons and, in the pretty style, line breaks and two spaces of indentation
/// per level. It adds no final line break.
///
/// The caller must alternate names and values and close what it opens. A value after a finished value, a name after a
/// name and a surplus end are caught by preconditions.
public struct JSONWriter: Sendable {
    /// How much white space is written.
    public enum Style: Sendable {
        /// None.
        case compact
        /// One line per member and element; empty arrays and objects stay on one line.
        case pretty
    }

    /// What was written last.
    private enum Place {
        case start
        case opened
        case name
        case value
    }

    /// What has been written, after the bytes that were there before.
    public private(set) var bytes: [UInt8]

    private let isPretty: Bool
    private var place = Place.start
    private var depth = 0

    /// Creates a writer that appends to `bytes`, which are copied only if the caller keeps them.
    public init(style: Style = .compact, appendingTo bytes: consuming [UInt8] = []) {
        self.bytes = bytes
        isPretty = style == .pretty
    }

    /// Creates a writer with `capacity` bytes of storage reserved.
    public init(style: Style = .compact, capacity: Int) {
        self.init(style: style)
        bytes.reserveCapacity(capacity)
    }

    /// Appends the value that `write` writes to `bytes`, without copying the existing bytes.
    public static func append(
        to bytes: inout [UInt8], style: Style = .compact, _ write: (inout JSONWriter) -> Void
    ) {
        var existing: [UInt8] = []
        swap(&existing, &bytes)
        var writer = JSONWriter(style: style, appendingTo: consume existing)
        write(&writer)
        bytes = writer.bytes
    }

    /// Whether one whole value has been written.
    public var isComplete: Bool { depth == 0 && place == .value }

    // MARK: - Arrays and objects

    /// Begins an object; its members and `endObject` follow.
    public mutating func beginObject() { begin(.openingBrace) }

    /// Ends the innermost object.
    public mutating func endObject() { end(.closingBrace) }

    /// Begins an array; its elements and `endArray` follow.
    public mutating func beginArray() { begin(.openingBracket) }

    /// Ends the innermost array.
    public mutating func endArray() { end(.closingBracket) }

    /// Writes the name of the next value. It must not need escapes, so it is written in one step.
    public mutating func key(_ name: StaticString) {
        member(name, valueCountMax: 0) { _ in }
        place = .name
    }

    /// Writes a member in one step: its name, and what `write` writes in at most `valueCountMax` bytes.
    @inline(__always)
    mutating func member(
        _ name: StaticString, valueCountMax: Int, _ write: (inout OutputSpan<UInt8>) -> Void
    ) {
        precondition(place != .name && depth > 0, "a member's name where a value is expected")
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

    /// Writes the name of the next value, escaped.
    public mutating func key(text name: String) {
        precondition(place != .name && depth > 0, "a member's name where a value is expected")
        separate()
        append(quoted: name)
        bytes.append(.colon)
        if isPretty { bytes.append(.space) }
        place = .name
    }

    // MARK: - Values

    /// Writes a string, escaped.
    public mutating func string(_ value: String) {
        separate()
        append(quoted: value)
    }

    /// Writes an integer.
    public mutating func integer(_ value: Int64) {
        separate()
        bytes.append(decimal: value)
    }

    /// Writes an unsigned integer.
    public mutating func unsigned(_ value: UInt64) {
        separate()
        bytes.append(decimal: value)
    }

    /// Writes the shortest digits that read back as the same number, with a fraction or exponent so that it stays a
    /// double. Infinities and NaN, which JSON cannot express, are written as null.
    public mutating func double(_ value: Double) {
        separate()
        if value.isFinite { bytes.append(utf8: value.description) } else { bytes.append(literal: "null") }
    }

    /// Writes `true` or `false`.
    public mutating func bool(_ value: Bool) {
        separate()
        bytes.append(literal: value ? "true" : "false")
    }

    /// Writes `null`.
    public mutating func null() {
        separate()
        bytes.append(literal: "null")
    }

    /// Writes a time as an ISO 8601 string: `"2025-01-12T10:30:01.800Z"`.
    public mutating func timestamp(_ value: Timestamp) {
        separate()
        bytes.append(.quotationMark)
        value.appendISO8601(to: &bytes)
        bytes.append(.quotationMark)
    }

    /// Writes a value that is already encoded as JSON.
    public mutating func raw(_ value: [UInt8]) {
        separate()
        bytes.append(contentsOf: value)
    }

    /// Writes a value that is already encoded as JSON.
    public mutating func raw(_ value: ArraySlice<UInt8>) {
        separate()
        bytes.append(contentsOf: value)
    }

    /// Writes a value with its elements and members, recursively.
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

    /// Writes an object with its members, recursively.
    public mutating func object(_ object: JSONObject) {
        beginObject()
        for member in object.members {
            key(text: member.key)
            value(member.value)
        }
        endObject()
    }

    // MARK: - Separators

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

    /// Writes what belongs before a value or name, and notes that a value follows.
    private mutating func separate() {
        switch place {
        case .start, .name: break
        case .opened: if isPretty { breakLine() }
        case .value:
            precondition(depth > 0, "a second value after the first")
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
