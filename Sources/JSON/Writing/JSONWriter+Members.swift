import Bytes

/// A name and its value in one call. Nil is written as null, so the member is always present.
extension JSONWriter {
    /// Writes a member with a string, or null.
    public mutating func member(_ name: StaticString, _ value: String?) {
        guard let value else { return nullMember(name) }
        let utf8 = value.utf8Span
        let text = utf8.span
        guard JSONText.needsEscapes(text) else {
            return member(name, valueCountMax: text.count + 2) { JSONText.append(quotedVerbatim: text, to: &$0) }
        }
        key(name)
        string(value)
    }

    private mutating func nullMember(_ name: StaticString) {
        member(name, valueCountMax: 4) { $0.append(literal: "null") }
    }

    /// Writes a member with an integer, or null.
    public mutating func member(_ name: StaticString, _ value: Int64?) {
        guard let value else { return nullMember(name) }
        member(name, valueCountMax: 20) { $0.append(decimal: value) }
    }

    /// Writes a member with an integer, or null.
    public mutating func member(_ name: StaticString, _ value: Int?) {
        member(name, value.map(Int64.init))
    }

    /// Writes a member whose name is not a literal, and may need escapes, with an integer.
    public mutating func member(text name: String, _ value: Int) {
        key(text: name)
        integer(Int64(value))
    }

    /// Writes a member with an unsigned integer, or null.
    public mutating func member(_ name: StaticString, _ value: UInt64?) {
        key(name)
        if let value { unsigned(value) } else { null() }
    }

    /// Writes a member with a number as `double(_:)` writes it, or null.
    public mutating func member(_ name: StaticString, _ value: Double?) {
        key(name)
        if let value { double(value) } else { null() }
    }

    /// Writes a member with a boolean, or null.
    public mutating func member(_ name: StaticString, _ value: Bool?) {
        guard let value else { return nullMember(name) }
        member(name, valueCountMax: 5) { $0.append(literal: value ? "true" : "false") }
    }

    /// Writes a member with a time as an ISO 8601 string, or null.
    public mutating func member(_ name: StaticString, _ value: Timestamp?) {
        guard let value else { return nullMember(name) }
        member(name, valueCountMax: 26) { text in
            text.append(.quotationMark)
            value.appendISO8601(to: &text)
            text.append(.quotationMark)
        }
    }

    /// Writes a member with any value, or null.
    public mutating func member(_ name: StaticString, _ value: JSONValue?) {
        key(name)
        if let value { self.value(value) } else { null() }
    }

    /// Writes a member with an object, or null.
    public mutating func member(_ name: StaticString, _ value: JSONObject?) {
        key(name)
        if let value { object(value) } else { null() }
    }
}
