import JSON

/// Requests as bytes.
enum RequestText {
    /// A whole request.
    static func bytes(
        _ method: String, _ target: String, token: String? = nil, content: [UInt8]? = nil,
        type: String = "application/json"
    ) -> [UInt8] {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        if let content { head += "Content-Type: \(type)\r\nContent-Length: \(content.count)\r\n" }
        return Array((head + "\r\n").utf8) + (content ?? [])
    }

    /// A request with JSON, and where its run number begins: at the first `#` of its content, if it has one.
    static func stamped(
        _ method: String, _ target: String, token: String, _ body: JSONValue
    ) -> (bytes: [UInt8], stampPlace: Int?) {
        let content = body.encoded()
        let bytes = bytes(method, target, token: token, content: content)
        let place = content.firstIndex(of: 0x23).map { bytes.count - content.count + $0 + 1 }
        return (bytes, place)
    }
}
