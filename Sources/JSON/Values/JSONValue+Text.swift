/// Values as JSON text.
extension JSONValue {
    /// The value as JSON in UTF-8.
    public func encoded(_ style: JSONWriter.Style = .compact) -> [UInt8] {
        var writer = JSONWriter(style: style)
        writer.value(self)
        return writer.bytes
    }

    /// Appends the value as compact JSON.
    public func write(into bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { $0.value(self) }
    }

    /// The value as compact JSON.
    public var text: String { String(decoding: encoded(), as: UTF8.self) }
}

extension JSONValue: CustomStringConvertible {
    public var description: String { text }
}

extension JSONObject {
    /// The object as JSON in UTF-8.
    public func encoded(_ style: JSONWriter.Style = .compact) -> [UInt8] { JSONValue.object(self).encoded(style) }
}

extension JSONObject: CustomStringConvertible {
    public var description: String { JSONValue.object(self).text }
}
