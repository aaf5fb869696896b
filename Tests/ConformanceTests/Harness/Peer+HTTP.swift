/// An HTTP response as received.
struct Reply {
    let status: Int
    /// Names in lower case.
    let fields: [(name: String, value: String)]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}

extension Peer {
    /// The bytes of a request.
    static func request(
        _ method: String, _ target: String, body: [UInt8]? = nil, fields: [String] = []
    ) -> [UInt8] {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: conformance"] + fields
        if let body { lines.append("Content-Length: \(body.count)") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + (body ?? [])
    }

    /// Sends a request and reads its response.
    func ask(
        _ method: String, _ target: String, body: String? = nil, fields: [String] = []
    ) throws -> Reply {
        try send(Self.request(method, target, body: body.map { Array($0.utf8) }, fields: fields))
        return try reply(hasBody: method != "HEAD")
    }

    /// Reads a response. The server always sends a Content-Length.
    func reply(hasBody: Bool = true) throws -> Reply {
        let start = try readLine().split(separator: " ", maxSplits: 2)
        guard start.count == 3, start[0] == "HTTP/1.1", let status = Int(start[1]) else {
            throw WireFault("not a status line: \(start)")
        }
        var fields: [(name: String, value: String)] = []
        while case let line = try readLine(), line != "\r\n" {
            guard line.hasSuffix("\r\n"), let colon = line.firstIndex(of: ":") else {
                throw WireFault("not a field line: \(line)")
            }
            let value = line[line.index(after: colon)...].trimmingPrefix(" ").dropLast(1)
            fields.append((line[..<colon].lowercased(), String(value)))
        }
        let length = fields.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0
        let bodyLength = hasBody && status >= 200 && status != 204 && status != 304 ? length : 0
        return Reply(status: status, fields: fields, body: try read(bodyLength))
    }
}
