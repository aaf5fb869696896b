import Bytes

/// A name and its value in one call; nil is written as null, so that a member is there whether or not it has a value.
extension JSONWriter {
    public mutating func member(_ name: StaticString, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    public mutating func member(_ name: StaticString, _ value: Int64?) {
        key(name)
        if let value { integer(value) } else { null() }
    }

    public mutating func member(_ name: StaticString, _ value: Int?) {
        key(name)
        if let value { integer(Int64(value)) } else { null() }
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
        key(name)
        if let value { bool(value) } else { null() }
    }

    public mutating func member(_ name: StaticString, _ value: Timestamp?) {
        key(name)
        if let value { timestamp(value) } else { null() }
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
