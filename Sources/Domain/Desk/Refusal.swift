import JSON

/// Why a command or a query is not granted: the status code of the answer and what it says.
public enum Refusal: Error, Hashable, Sendable {
    /// The input is malformed: every fault as one sentence.
    case invalid([String])
    case badRequest(String)
    case unauthorized(String)
    case forbidden(String)
    case notFound(String)
    case conflict(String)
    case preconditionFailed(String)
    case unprocessable(String)
    case tooMany(String, retryAfterSeconds: Int)
    /// There is no room for more.
    case insufficientStorage(String)

    /// The status code (RFC 9110, RFC 4918, RFC 6585).
    public var statusCode: Int {
        switch self {
        case .invalid, .badRequest: 400
        case .unauthorized: 401
        case .forbidden: 403
        case .notFound: 404
        case .conflict: 409
        case .preconditionFailed: 412
        case .unprocessable: 422
        case .tooMany: 429
        case .insufficientStorage: 507
        }
    }

    /// The status code in words.
    public var error: String {
        switch self {
        case .invalid, .badRequest: "Bad Request"
        case .unauthorized: "Unauthorized"
        case .forbidden: "Forbidden"
        case .notFound: "Not Found"
        case .conflict: "Conflict"
        case .preconditionFailed: "Precondition Failed"
        case .unprocessable: "Unprocessable Entity"
        case .tooMany: "Too Many Requests"
        case .insufficientStorage: "Insufficient Storage"
        }
    }

    /// One sentence, or one for each fault of the input.
    public var sentences: [String] {
        switch self {
        case .invalid(let sentences): sentences
        case .badRequest(let sentence), .unauthorized(let sentence), .forbidden(let sentence), .notFound(let sentence),
            .conflict(let sentence), .preconditionFailed(let sentence), .unprocessable(let sentence),
            .tooMany(let sentence, _), .insufficientStorage(let sentence):
            [sentence]
        }
    }

    /// Writes `{"statusCode":404,"message":"User not found","error":"Not Found"}`; the message of invalid input is an
    /// array.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("statusCode", statusCode)
        if case .invalid(let sentences) = self {
            writer.key("message")
            writer.beginArray()
            for sentence in sentences { writer.string(sentence) }
            writer.endArray()
        } else {
            writer.member("message", sentences.first)
        }
        writer.member("error", error)
        writer.endObject()
    }
}
