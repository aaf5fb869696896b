import Bytes

/// A response that an application sends or a client receives.
public struct HTTPResponse: Sendable {
    /// The status code.
    public var status: HTTPStatus
    /// The field lines. The server machine writes Date, Content-Length, Transfer-Encoding and Connection itself and
    /// leaves out lines with these names.
    public var fields: HTTPFields
    /// The content; empty if there is none.
    public var body: [UInt8]
    /// Whether the connection ends with this response.
    public var close: Bool
    /// What caches may do with it.
    public var caching = Caching.unsaid
    /// Field lines that are the same in most responses, each with its CRLF. They are written as they are, which costs a
    /// fraction of the same in `fields`.
    public var constantLines: StaticString = ""

    /// What caches may do with a response (RFC 9111, section 5.2.2). If it says so, it also says that its content is to
    /// be read as its type alone (`X-Content-Type-Options: nosniff`).
    public enum Caching: Sendable {
        /// The fields say so themselves, or nothing does.
        case unsaid
        /// Anybody's cache may keep it, and asks each time whether it is current (`no-cache`).
        case shared
        /// No cache keeps it (`no-store`).
        case forbidden
        /// The user's own cache may keep it, and asks each time whether it is current (`private, no-cache`).
        case revalidated
    }

    /// Creates a response from its parts.
    public init(status: HTTPStatus, fields: HTTPFields = HTTPFields(), body: [UInt8] = [], close: Bool = false) {
        self.status = status
        self.fields = fields
        self.body = body
        self.close = close
    }

    /// Creates a response with content of a media type.
    public init(status: HTTPStatus = .ok, contentType: String, body: [UInt8]) {
        self.init(status: status, fields: ["Content-Type": contentType], body: body)
    }

    /// Lets no cache keep the response, unless it says what they may do. What an answer forgets to say is safe.
    public mutating func forbidCachingUnlessSaid() {
        if caching == .unsaid { caching = .forbidden }
    }

    /// A response with plain text in UTF-8.
    public static func text(_ text: String, status: HTTPStatus = .ok) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    /// A response with JSON that is already encoded.
    public static func json(_ body: [UInt8], status: HTTPStatus = .ok) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "application/json; charset=utf-8", body: body)
    }
}
