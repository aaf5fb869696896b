import Foundation
import JSON

/// An HTTP answer as it came over the wire.
struct HTTPAnswer {
    let status: Int
    let reason: String
    let fields: [(name: String, value: String)]
    let body: [UInt8]

    /// The first field of this name.
    subscript(name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The beginning of the text, for messages.
    var excerpt: String { Excerpt.start(of: text) }

    /// The body as JSON, or null if it is not JSON.
    var json: JSONValue { (try? JSONParser.parse(body)) ?? .null }

    var closes: Bool { self["Connection"]?.lowercased().contains("close") ?? false }
}

/// A client that speaks HTTP/1.1 over one connection and sends only what it is told to.
final class HTTPClient {
    let port: UInt16
    var token: String?
    var patience = 20.0
    private(set) var wire: Wire?

    init(port: UInt16, token: String? = nil) {
        self.port = port
        self.token = token
    }

    /// Sends a request and returns its answer. Reuses the last connection if it is still open.
    @discardableResult
    func request(
        _ method: String, _ target: String, _ body: JSONValue? = nil, fields: [(String, String)] = []
    ) throws -> HTTPAnswer {
        try send(method, target, body, fields: fields)
        return try answer(to: method)
    }

    func get(_ target: String, fields: [(String, String)] = []) throws -> HTTPAnswer {
        try request("GET", target, fields: fields)
    }

    /// Sends a request without waiting for its answer.
    func send(
        _ method: String, _ target: String, _ body: JSONValue? = nil, fields: [(String, String)] = []
    ) throws {
        try connection().send(bytes: encoded(method, target, body, fields: fields))
    }

    func encoded(
        _ method: String, _ target: String, _ body: JSONValue? = nil, fields: [(String, String)] = []
    ) -> [UInt8] {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        var content: [UInt8] = []
        if let body {
            content = body.encoded()
            head += "Content-Type: application/json\r\nContent-Length: \(content.count)\r\n"
        }
        return Array((head + "\r\n").utf8) + content
    }

    /// Sends arbitrary bytes.
    func send(raw bytes: [UInt8]) throws { try connection().send(bytes: bytes) }

    /// The next answer. Interim answers (1xx except 101) are skipped.
    func answer(to method: String = "GET") throws -> HTTPAnswer {
        let wire = try connection()
        while true {
            let answer = try Self.readAnswer(from: wire, to: method)
            if (100..<200).contains(answer.status), answer.status != 101 { continue }
            if answer.closes { close() }
            return answer
        }
    }

    func close() { wire = nil }

    func connection() throws -> Wire {
        if let wire, !wire.hasEnded { return wire }
        let fresh = try Wire(port: port)
        fresh.patience = patience
        wire = fresh
        return fresh
    }

    // MARK: Reading

    static func readAnswer(from wire: Wire, to method: String = "GET") throws -> HTTPAnswer {
        let head = String(decoding: try wire.read(through: Array("\r\n\r\n".utf8), "an answer"), as: UTF8.self)
        var lines = head.components(separatedBy: "\r\n")[...]
        let first = lines.popFirst() ?? ""
        let parts = first.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "HTTP/1.1", parts[1].utf8.count == 3, let status = Int(parts[1]) else {
            throw HarnessFault("not a status line: \(first)")
        }
        var fields: [(name: String, value: String)] = []
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { throw HarnessFault("not a field: \(line)") }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            fields.append((String(line[..<colon]), value))
        }
        let bare = HTTPAnswer(status: status, reason: String(parts[2]), fields: fields, body: [])
        let body = try readBody(of: bare, to: method, from: wire)
        return HTTPAnswer(status: status, reason: bare.reason, fields: fields, body: body)
    }

    private static func readBody(of answer: HTTPAnswer, to method: String, from wire: Wire) throws -> [UInt8] {
        if method == "HEAD" || answer.status < 200 || answer.status == 204 || answer.status == 304 { return [] }
        if answer["Transfer-Encoding"]?.lowercased() == "chunked" {
            var body: [UInt8] = []
            while true {
                let line = String(decoding: try wire.read(through: [13, 10], "a chunk size"), as: UTF8.self)
                guard let size = Int(line.split(separator: ";").first ?? "", radix: 16) else {
                    throw HarnessFault("not a chunk size: \(line)")
                }
                body += try wire.read(size, "a chunk")
                _ = try wire.read(through: [13, 10], "the end of a chunk")
                if size == 0 { return body }
            }
        }
        guard let length = answer["Content-Length"] else { return try wire.readAll() }
        guard let count = Int(length) else { throw HarnessFault("not a length: \(length)") }
        return try wire.read(count, "a body of \(count) bytes")
    }
}

extension HTTPClient {
    /// Creates a client that is logged in.
    static func loggedIn(_ email: String, port: UInt16, password: String = "station-demo") throws -> HTTPClient {
        let client = HTTPClient(port: port)
        let answer = try client.request(
            "POST", "/api/v1/auth/login", ["email": .string(email), "password": .string(password)])
        guard answer.status == 200, let token = answer.json["access_token"]?.stringValue else {
            throw HarnessFault("the login of \(email) was answered \(answer.status): \(answer.excerpt)")
        }
        client.token = token
        return client
    }
}
