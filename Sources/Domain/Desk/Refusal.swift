import JSON

/// Why a command or a query is refused: the status code of the answer, and its message.
public enum Refusal: Error, Hashable, Sendable {
    /// The input is malformed; one sentence for each fault (400).
    case invalid([String])
    /// The request makes no sense in this state (400).
    case badRequest(String)
    /// The caller is not a user who may log in (401).
    case unauthorized(String)
    /// The caller may not do this (403).
    case forbidden(String)
    /// There is nothing with this number that the caller may read (404).
    case notFound(String)
    /// The state does not allow it (409).
    case conflict(String)
    /// An If-Match did not match (412).
    case preconditionFailed(String)
    /// The body is of a media type that is not read (415).
    case unsupportedMediaType(String)
    /// The input is well-formed and contradicts an earlier request (422).
    case unprocessable(String)
    /// A limit is reached that will have room again (429).
    case tooMany(String, retryAfterSeconds: Int)
    /// There is no room for more (507).
    case insufficientStorage(String)
    /// A quota of the settings is used up (429 or 507).
    case overQuota(Quota)

    /// The status code (RFC 9110, RFC 4918, RFC 6585).
    public var statusCode: Int {
        switch self {
        case .invalid, .badRequest: 400
        case .unauthorized: 401
        case .forbidden: 403
        case .notFound: 404
        case .conflict: 409
        case .preconditionFailed: 412
        case .unsupportedMediaType: 415
        case .unprocessable: 422
        case .tooMany: 429
        case .insufficientStorage: 507
        case .overQuota(let quota): quota == .ticketBytes ? 507 : 429
        }
    }

    /// The reason phrase of the status code, the `error` of NestJS's answers.
    public var error: String {
        switch self {
        case .invalid, .badRequest: "Bad Request"
        case .unauthorized: "Unauthorized"
        case .forbidden: "Forbidden"
        case .notFound: "Not Found"
        case .conflict: "Conflict"
        case .preconditionFailed: "Precondition Failed"
        case .unsupportedMediaType: "Unsupported Media Type"
        case .unprocessable: "Unprocessable Entity"
        case .overQuota(let quota): quota == .ticketBytes ? "Insufficient Storage" : "Too Many Requests"
        case .tooMany: "Too Many Requests"
        case .insufficientStorage: "Insufficient Storage"
        }
    }

    /// The message: one sentence, or one for each fault of the input.
    public var sentences: [String] {
        switch self {
        case .invalid(let sentences): sentences
        case .badRequest(let sentence), .unauthorized(let sentence), .forbidden(let sentence), .notFound(let sentence),
            .conflict(let sentence), .preconditionFailed(let sentence), .unprocessable(let sentence),
            .tooMany(let sentence, _), .insufficientStorage(let sentence), .unsupportedMediaType(let sentence):
            [sentence]
        case .overQuota(let quota): [quota.sentence]
        }
    }

    /// Writes `{"statusCode":404,"message":"User not found","error":"Not Found"}`. The message of invalid input is an
    /// array.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(into: &writer)
        writer.endObject()
    }

    /// Writes the same members into an object that the caller has begun.
    public func writeMembers(into writer: inout JSONWriter) {
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
    }
}

/// A bound on what one driver, or all together, may take up. The settings say how much; 0 means no bound.
public enum Quota: CaseIterable, Sendable {
    /// Tickets of one driver that are not closed.
    case openTickets
    /// The memory for the tickets of one driver.
    case userTicketBytes
    /// The memory for all tickets.
    case ticketBytes

    /// When it is worth trying again, in seconds.
    public var retryAfterSeconds: Int {
        switch self {
        case .openTickets: 60
        case .userTicketBytes: 3600
        case .ticketBytes: 30
        }
    }

    var sentence: String {
        switch self {
        case .openTickets: "You have too many open tickets: wait until one is closed (limits.driver_open_tickets_max)"
        case .userTicketBytes:
            "Your tickets take up too much memory: ask an admin to delete old ones (limits.ticket_bytes_per_user_max)"
        case .ticketBytes:
            "All tickets together take up too much memory: an admin must delete old ones (limits.ticket_bytes_max)"
        }
    }
}
