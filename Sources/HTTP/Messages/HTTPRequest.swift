import Bytes

/// A whole request, its head checked and its content read.
public struct HTTPRequest: Sendable {
    /// The method.
    public var method: HTTPMethod
    /// The y of HTTP/1.y: 0, or 1 for 1.1 and any later minor version.
    public var minorVersion: Int
    /// The field lines. If the target is in absolute form, Host is the target's authority (RFC 9112, section 3.2.2).
    public var fields: HTTPFields
    /// The decoded content; empty if there is none.
    public var body: [UInt8]
    /// Whether the client allows the connection to persist after the response (RFC 9112, section 9.3).
    public var keepAlive: Bool
    /// The segments of the path after its leading `/`, percent-decoded: `/a%20b/c` is `["a b", "c"]`, `/a/` is `["a",
    /// ""]`, `/` and `*` are `[]`. A segment may contain any character except NUL, including an encoded `/`. No segment
    /// is `..`.
    public var segments: [String]
    /// The pairs of the query, decoded.
    public var query: HTTPQuery
    /// The protocols that the client asks to switch to, in its order of preference. Empty unless the request is in
    /// HTTP/1.1 and has `upgrade` among the Connection options, as RFC 9110, section 7.8 requires.
    public var upgradeProtocols: [String]
    /// Whether the content is encoded (RFC 9110, section 8.4): `body` has it as received, not decoded.
    public let hasContentCoding: Bool
    /// Whether Content-Type is `application/json`, in lower case and without parameters.
    public let isPlainJSON: Bool

    private let head: [UInt8]
    private let targetRange: Range<Int>
    private let pathRange: Range<Int>
    private let isAsterisk: Bool

    /// The request target as received.
    public var target: String { String(decoding: head[targetRange], as: UTF8.self) }

    /// The path as received, still encoded: `*` for a request to the server as a whole, otherwise at least `/`.
    public var path: String {
        if isAsterisk { return "*" }
        return pathRange.isEmpty ? "/" : String(decoding: head[pathRange], as: UTF8.self)
    }

    /// Whether the path as received is this one, or this one without its last byte. Usually the length tells.
    public func isAt(_ path: String) -> Bool {
        let count = pathRange.count
        guard count == path.utf8.count || count == path.utf8.count - 1 else { return false }
        return path.hasPrefix(self.path)
    }

    /// The first protocol that the client asks to switch to, nil if there is none.
    public var upgradeProtocol: String? { upgradeProtocols.first }

    /// Creates a request as if it had been received, for tests and for requests made within the process.
    ///
    /// - Throws: the response to an invalid target or framing field.
    public init(
        method: HTTPMethod, target: String, fields: HTTPFields = HTTPFields(), body: [UInt8] = [], minorVersion: Int = 1
    ) throws(HTTPFault) {
        let head = Array(target.utf8)
        guard RequestTarget.end(in: head.span, from: 0, to: head.count) == head.count else {
            throw .badRequest("the request target contains an invalid character")
        }
        let parsed = try RequestTarget(parsing: head.span, 0..<head.count, method: method)
        self.init(
            line: RequestLine(method: method, minorVersion: minorVersion, target: parsed), head: head, fields: fields,
            framing: try MessageFraming(fields))
        self.body = body
    }

    init(line: RequestLine, head: [UInt8], fields: HTTPFields, framing: MessageFraming) {
        method = line.method
        minorVersion = line.minorVersion
        self.fields = fields
        body = []
        keepAlive = framing.keepsAlive(minorVersion: line.minorVersion)
        segments = line.target.segments
        query = line.target.query
        isPlainJSON = framing.isPlainJSON
        hasContentCoding = framing.hasContentCoding
        upgradeProtocols = line.minorVersion >= 1 && framing.hasUpgradeOption ? fields.elements("Upgrade") : []
        self.head = head
        targetRange = line.target.range
        pathRange = line.target.path
        isAsterisk = line.target.isAsterisk
        if let authority = line.target.authority {
            self.fields.set("Host", String(decoding: head[authority], as: UTF8.self))
        }
    }
}
