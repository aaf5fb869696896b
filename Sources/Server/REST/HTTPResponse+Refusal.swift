import Domain
import Gateway
import HTTP
import JSON

extension HTTPResponse {
    /// An answer of JSON, which `write` writes.
    static func json(_ status: HTTPStatus = .ok, _ write: (inout JSONWriter) -> Void) -> HTTPResponse {
        // Most tickets with their user and station are smaller than that.
        var writer = JSONWriter(capacity: 1024)
        write(&writer)
        return .json(status, writer.bytes)
    }

    /// A refusal in the shape that clients know.
    init(_ refusal: Refusal) {
        let status = HTTPStatus(rawValue: refusal.statusCode)
        if case .invalid(let sentences) = refusal {
            self = ErrorBody.response(status, sentences)
        } else {
            self = ErrorBody.response(status, refusal.sentences.first ?? refusal.error)
        }
        if case .tooMany(_, let seconds) = refusal { fields.set("Retry-After", String(seconds)) }
        if case .overQuota(let quota) = refusal { fields.set("Retry-After", String(quota.retryAfterSeconds)) }
        if case .insufficientStorage = refusal { fields.set("Retry-After", "30") }
        if case .unauthorized(let sentence) = refusal {
            // Clients know the word; the reason goes where RFC 6750, section 3, puts it.
            let parts = sentence.split(separator: ":", maxSplits: 1)
            var challenge = "Bearer"
            if parts.count == 2, parts[0] == "Unauthorized" {
                self = ErrorBody.response(status, "Unauthorized")
                challenge += " error=\"invalid_token\", error_description=\"\(parts[1].dropFirst())\""
            }
            fields.set("WWW-Authenticate", challenge)
        }
    }

    /// An error that says when to try again.
    static func tryLater(_ status: HTTPStatus, _ message: String, seconds: Int) -> HTTPResponse {
        var response = ErrorBody.response(status, message)
        response.fields.set("Retry-After", String(seconds))
        return response
    }
}
