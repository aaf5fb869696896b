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
        // RFC 9110, section 15.5.16. Accept-Encoding would mean that the coding was at fault (section 12.5.3).
        if case .unsupportedMediaType = refusal { fields.set("Accept", "application/json") }
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

    /// The answer to a client that has this state already.
    static func notModified(_ tag: EntityTag) -> HTTPResponse {
        var response = HTTPResponse(status: .notModified)
        response.set(tag)
        return response
    }

    /// Names the state that the answer shows. The client's own cache may then ask whether it is current.
    mutating func set(_ tag: EntityTag) {
        fields.append("ETag", tag.text)
        caching = .revalidated
    }

    /// An error that says when to try again.
    static func tryLater(_ status: HTTPStatus, _ message: String, seconds: Int) -> HTTPResponse {
        var response = ErrorBody.response(status, message)
        response.fields.set("Retry-After", String(seconds))
        return response
    }
}
