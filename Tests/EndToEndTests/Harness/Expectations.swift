import Bytes
import JSON
import Testing

/// Expects an error answer with the body that every error has, and this message if one is given.
func expectError(
    _ answer: HTTPAnswer, _ status: Int, _ message: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(answer.status == status, "\(answer.excerpt)", sourceLocation: sourceLocation)
    #expect(answer["Content-Type"]?.hasPrefix("application/json") == true, sourceLocation: sourceLocation)
    let body = answer.json
    #expect(body["statusCode"] == .integer(Int64(status)), "\(answer.excerpt)", sourceLocation: sourceLocation)
    #expect(body["error"]?.stringValue == reasonPhrases[status], "\(answer.excerpt)", sourceLocation: sourceLocation)
    #expect(body.objectValue?.count == 3, "\(answer.excerpt)", sourceLocation: sourceLocation)
    if let message {
        #expect(body["message"] == .string(message), "\(answer.excerpt)", sourceLocation: sourceLocation)
    } else {
        let isText = body["message"]?.stringValue?.isEmpty == false
        let isList = body["message"]?.arrayValue?.isEmpty == false
        #expect(isText || isList, "\(answer.excerpt)", sourceLocation: sourceLocation)
    }
}

/// Expects the answer to malformed input: one sentence per fault, and each of `parts` in one of them.
func expectInvalid(_ answer: HTTPAnswer, _ parts: [String], sourceLocation: SourceLocation = #_sourceLocation) {
    expectError(answer, 400, sourceLocation: sourceLocation)
    let sentences = answer.json["message"]?.arrayValue?.compactMap(\.stringValue) ?? []
    #expect(sentences.count >= parts.count, "\(answer.excerpt)", sourceLocation: sourceLocation)
    for part in parts {
        #expect(sentences.contains { $0.contains(part) }, "\(part): \(answer.excerpt)", sourceLocation: sourceLocation)
    }
}

private let reasonPhrases = [
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    409: "Conflict", 410: "Gone", 412: "Precondition Failed", 415: "Unsupported Media Type",
    422: "Unprocessable Entity",
    429: "Too Many Requests", 503: "Service Unavailable", 507: "Insufficient Storage",
]

/// Whether a value is a time in the contract's form: UTC with milliseconds and `Z`.
func isTime(_ value: JSONValue?) -> Bool {
    guard let text = value?.stringValue, text.utf8.count == 24, text.hasSuffix("Z") else { return false }
    return Timestamp(iso8601: text) != nil
}

extension JSONValue {
    /// The object with some members replaced.
    func with(_ changes: [String: JSONValue]) -> JSONValue {
        guard case .object(var object) = self else { return self }
        for (key, value) in changes { object[key] = value }
        return .object(object)
    }

    /// The sorted names of the members.
    var names: [String] { (objectValue?.members.map(\.key) ?? []).sorted() }
}

/// The members of a ticket in every answer.
let ticketNames = [
    "assignee_id", "closed_at", "created_at", "description", "priority", "rating", "response", "station", "station_id",
    "status", "support_id", "type", "updated_at", "user", "user_id",
]
