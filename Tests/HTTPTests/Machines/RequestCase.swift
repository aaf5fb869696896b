import Testing

/// Requests, and what is to become of them. The tests feed each in every split.
struct RequestCase: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    /// For a well-formed one what `Conversation` says of it, for a malformed one the status.
    let expected: String

    var testDescription: String { name }

    init(_ name: String, _ text: String, _ expected: String) {
        self.init(name, Array(text.utf8), expected)
    }

    init(_ name: String, _ bytes: [UInt8], _ expected: String) {
        self.name = name
        self.bytes = bytes
        self.expected = expected
    }

    /// GET with a Host and more field lines.
    static func get(_ name: String, _ lines: String, _ expected: String) -> RequestCase {
        RequestCase(name, "GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n", expected)
    }

    /// POST with a Host, more field lines and content.
    static func post(_ name: String, _ lines: String, _ content: String, _ expected: String) -> RequestCase {
        RequestCase(name, "POST / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n\(content)", expected)
    }

    /// POST with content that is chunked.
    static func chunks(_ name: String, _ content: String, _ expected: String) -> RequestCase {
        post(name, "Transfer-Encoding: chunked", content, expected)
    }

    /// A target in a request that is otherwise in order.
    static func target(_ target: String, method: String = "GET", _ expected: String) -> RequestCase {
        RequestCase("\(method) \(target)", "\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n", expected)
    }
}
