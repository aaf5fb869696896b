import Testing

/// A request and the expected result. The tests feed each in every split.
struct RequestCase: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    /// The events of `ServerConversation` for a well-formed request, the status for a malformed one.
    let expected: String

    var testDescription: String { name }

    init(_ name: String, _ text: String, _ expected: String) {
        self.init(name, bytes: Array(text.utf8), expected)
    }

    init(_ name: String, bytes: [UInt8], _ expected: String) {
        self.name = name
        self.bytes = bytes
        self.expected = expected
    }

    /// A GET with Host and more field lines.
    static func get(_ name: String, _ lines: String, _ expected: String) -> RequestCase {
        RequestCase(name, "GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n", expected)
    }

    /// A POST with Host, more field lines and content.
    static func post(_ name: String, _ lines: String, _ content: String, _ expected: String) -> RequestCase {
        RequestCase(name, "POST / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n\(content)", expected)
    }

    /// A POST with chunked content.
    static func chunks(_ name: String, _ content: String, _ expected: String) -> RequestCase {
        post(name, "Transfer-Encoding: chunked", content, expected)
    }

    /// A target in a request that is otherwise valid.
    static func target(_ target: String, method: String = "GET", _ expected: String) -> RequestCase {
        RequestCase("\(method) \(target)", "\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n", expected)
    }
}
