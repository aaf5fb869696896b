import JSON

/// The members of a ticket and of its comments and history, as answers, records and documents have them.
extension Ticket {
    func writeMembers(into sink: inout some MemberSink) {
        writeFixedMembers(into: &sink)
        // The contract's tickets do not have it.
        if let escalatedAt { sink.member("escalated_at", escalatedAt) }
    }

    /// The members that every ticket has.
    func writeFixedMembers(into sink: inout some MemberSink) {
        sink.member("support_id", id: id)
        sink.member("user_id", id: userID)
        sink.member("station_id", id: stationID)
        sink.member("type", type.rawValue)
        sink.member("description", description)
        sink.member("status", status.rawValue)
        sink.member("priority", priority.rawValue)
        sink.member("response", response)
        sink.member("rating", rating.map(Int64.init))
        sink.member("assignee_id", id: assigneeID)
        sink.member("created_at", createdAt)
        sink.member("updated_at", updatedAt)
        sink.member("closed_at", closedAt)
    }

    /// Reads the plain members.
    init(_ reader: MemberReader, sequence: UInt64) throws(DocumentFault) {
        var rating: UInt8?
        if reader.value("rating") != nil {
            guard let stars = UInt8(exactly: try reader.integer("rating")), (1...5).contains(stars) else {
                throw reader.fault("rating", "must be a number from 1 to 5")
            }
            rating = stars
        }
        self.init(
            description: try reader.string("description"), response: try reader.optionalString("response"),
            createdAt: try reader.timestamp("created_at"), updatedAt: try reader.timestamp("updated_at"),
            closedAt: try reader.optionalTimestamp("closed_at"), sequence: sequence,
            id: try reader.identifier("support_id"), userID: try reader.identifier("user_id"),
            stationID: try reader.optionalIdentifier("station_id"),
            assigneeID: try reader.optionalIdentifier("assignee_id"),
            type: try reader.word("type"), status: try reader.word("status"), priority: try reader.word("priority"),
            rating: rating)
        if let time = try reader.optionalTimestamp("escalated_at") { escalate(at: time) }
    }
}

extension Comment {
    func writeMembers(into sink: inout some MemberSink) {
        sink.member("comment_id", sequence: sequence)
        sink.member("user_id", id: by.userID)
        sink.member("username", username)
        sink.member("body", body)
        sink.member("internal", isInternal)
        sink.member("created_at", createdAt)
    }

    /// Reads a comment; `by` is its author if `user_id` is null.
    init(_ reader: MemberReader, by: Caller) throws(DocumentFault) {
        self.init(
            body: try reader.string("body"), username: try reader.string("username"),
            createdAt: try reader.timestamp("created_at"), sequence: try reader.sequence("comment_id"),
            by: try reader.optionalIdentifier("user_id").map(Caller.user) ?? by,
            isInternal: try reader.bool("internal"))
    }
}
