import HTTP
import JSON

/// The body of every error, in the shape that clients of a NestJS backend know:
/// `{"statusCode":404,"message":"User not found","error":"Not Found"}`.
public enum ErrorBody {
    /// An error with one sentence.
    public static func response(_ status: HTTPStatus, _ message: String) -> HTTPResponse {
        response(status, message: .string(message))
    }

    /// An error with one sentence for each fault of the input.
    public static func response(_ status: HTTPStatus, _ messages: [String]) -> HTTPResponse {
        response(status, message: .array(messages.map { .string($0) }))
    }

    /// The answer to content that is compressed or otherwise encoded (RFC 9110, section 12.5.3). Nothing here decodes
    /// it: a few bytes may stand for gigabytes.
    static func unsupportedCoding() -> HTTPResponse {
        var response = response(
            .unsupportedMediaType, "Content-Encoding must be identity: send the body uncompressed")
        response.fields.append("Accept-Encoding", "identity")
        return response
    }

    /// The status in NestJS's words; for two statuses they are those of an older HTTP.
    private static func name(of status: HTTPStatus) -> String {
        switch status {
        case .contentTooLarge: "Payload Too Large"
        case .unprocessableContent: "Unprocessable Entity"
        default: status.reasonPhrase
        }
    }

    private static func response(_ status: HTTPStatus, message: JSONValue) -> HTTPResponse {
        var writer = JSONWriter(style: .compact)
        writer.beginObject()
        writer.key("statusCode")
        writer.integer(Int64(status.rawValue))
        writer.key("message")
        writer.value(message)
        writer.key("error")
        writer.string(name(of: status))
        writer.endObject()
        return .json(status, writer.bytes)
    }
}

extension HTTPResponse {
    /// A response whose body is JSON text.
    public static func json(_ status: HTTPStatus, _ body: [UInt8]) -> HTTPResponse {
        var response = HTTPResponse(status: status, body: body)
        response.fields.append("Content-Type", "application/json; charset=utf-8")
        response.caching = .forbidden
        return response
    }
}
