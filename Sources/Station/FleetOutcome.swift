import JSON

/// What a station says came of a command: the event that it led to, or one that says why there is none.
public struct FleetOutcome: Hashable, Sendable {
    public enum Status: String, CaseIterable, Sendable {
        case applied, unchanged, refused
    }

    /// The command's identity.
    public let id: String
    public let status: Status

    /// Of a refusal: the answer that a client would have got.
    public let statusCode: Int64?
    /// A sentence, or an array of sentences.
    public let message: JSONValue?

    /// Nil where the event comes of no command.
    init?(_ data: MemberReader, type: String) throws(DocumentFault) {
        guard data.value("command") != nil else { return nil }
        id = try data.reader("command").string("id")
        guard id.utf8.count <= FleetLimits.nameBytesMax else { throw data.fault("command.id", "is too long") }
        switch type {
        case "support.command.refused":
            // A reason that is not as it should be is no reason to wait for another outcome.
            status = .refused
            statusCode = data.value("statusCode")?.integerValue
            message = data.value("message")
        case "support.command.unchanged": (status, statusCode, message) = (.unchanged, nil, nil)
        default: (status, statusCode, message) = (.applied, nil, nil)
        }
    }

    /// Reads the members of a command that is finished.
    init(_ command: MemberReader, id: String) throws(DocumentFault) {
        self.id = id
        status = try command.word("status")
        statusCode = command.value("statusCode") == nil ? nil : try command.integer("statusCode")
        message = command.value("message")
    }

    /// Writes `status`, and of a refusal `statusCode` and `message`.
    public func writeMembers(into object: inout JSONObject) {
        object["status"] = .string(status.rawValue)
        if let statusCode { object["statusCode"] = .integer(statusCode) }
        if let message { object["message"] = message }
    }
}
