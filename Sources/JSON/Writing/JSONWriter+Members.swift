import Bytes

/// A name and its value in one call; nil is written as null, so that a member is there whether or not it has a value.
extension JSONWriter {
    public mutating func member(_ name: StaticString, _ value: String?) {
        guard let value else { return nullMember(name) }
        let utf8 = value.utf8Span
        let text = utf8.span
        guard JSONText.needsEscapes(text) else {
            return member(name, valueCountMax: text.count + 2) { JSONText.append(quoted: text, to: &$0) }
        }
        key(name)
        string(value)
    }

    private mutating func nullMember(_ name: StaticString) {
        member(name, valueCountMax: 4) { $0.append(literal: "null") }
    }

    public mutating func member(_ name: StaticString, _ value: Int64?) {
        guard let value else { return nullMember(name) }
        member(name, valueCountMax: 20) { $0.append(decimal: value) }
    }

    public mutating func member(_ name: StaticString, _ value: Int?) {
        member(name, value.map(Int64.init))
    }

    public mutating func member(text name: String, _ value: Int) {
        key(text: name)
        integer(Int64(value))
    }

    public mutating func member(_ name: StaticString, _ value: UInt64?) {
        key(name)
        if let value { unsigned(value) } else { null() }
    }

    public mutating func member(_ name: StaticString, _ value: Double?) {
        key(name)
        if let value { double(value) } else { null() }
    }

    public mutating func member(_ name: StaticString, _ value: Bool?) {
        guard let value else { return nullMember(name) }
        member(name, valueCountMax: 5) { $0.append(literal: value ? "true" : "false") }
    }

    public mutating func member(_ name: StaticString, _ value: Timestamp?) {
        guard let value else { return nullMember(name) }
        member(name, valueCountMax: 26) { text in
            text.append(.quotationMark)
            value.appendISO8601(to: &text)
            text.append(.quotationMark)
        }
    }

    public mutating func member(_ name: StaticString, _ value: JSONValue?) {
        key(name)
        if let value { self.value(value) } else { null() }
    }

    public mutating func member(_ name: StaticString, _ value: JSONObject?) {
        key(name)
        if let value { object(value) } else { null() }
    }
}
