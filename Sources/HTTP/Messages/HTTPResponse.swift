import Bytes

/// A response: what an application answers, and what a client receives.
public struct HTTPResponse: Sendable {
    public var status: HTTPStatus
    /// Date, Content-Length, Transfer-Encoding and Connection are written by the machine; what the application has
    /// under these names is left out.
    public var fields: HTTPFields
    public var body: [UInt8]
    /// Whether the connection ends with this response.
    public var close: Bool

    public init(status: HTTPStatus, fields: HTTPFields = HTTPFields(), body: [UInt8] = [], close: Bool = false) {
        self.status = status
        self.fields = fields
        self.body = body
        self.close = close
    }

    /// A response with content of a media type.
    public init(status: HTTPStatus = .ok, contentType: String, body: [UInt8]) {
        self.init(status: status, fields: ["Content-Type": contentType], body: body)
    }

    /// Plain text in UTF-8.
    public static func text(_ text: String, status: HTTPStatus = .ok) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    /// JSON that is already encoded.
    public static func json(_ body: [UInt8], status: HTTPStatus = .ok) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "application/json; charset=utf-8", body: body)
    }
}
