import Bytes
import JSON

/// The comments on a ticket, and its history.
extension Desk {
    /// The comments on a ticket, oldest first; drivers do not get the internal ones. Throws `notFound` if there is no
    /// ticket that the caller may read.
    public func comments(of id: Identifier, for caller: Caller) throws(Refusal) -> [Comment] {
        let standing = try Standing(of: caller, at: self)
        let comments = try readable(id, standing).comments
        return standing.readsInternalComments ? comments : comments.filter { !$0.isInternal }
    }

    /// Every change of a ticket, oldest first. It starts with the creation.
    ///
    /// An author who is no longer a user has no username. Throws `notFound` if there is no ticket that the caller may
    /// read. O(n) in the number of changes, of which a ticket has at most 500.
    public func history(of id: Identifier, for caller: Caller) throws(Refusal) -> [HistoryRow] {
        try readable(id, try Standing(of: caller, at: self)).history(name: name(of:))
    }
}

extension Ticket {
    /// What `Desk.history` returns; `name` returns the username of an author, if known.
    func history(name: (Caller) -> String?) -> [HistoryRow] {
        let author = filedBy ?? .user(userID)
        let creation = HistoryRow(by: author, username: name(author), at: createdAt, change: nil)
        return [creation]
            + (historyStored ?? []).map { HistoryRow(by: $0.by, username: name($0.by), at: $0.at, change: $0.change) }
    }
}

/// One change of a ticket, for people to read.
public struct HistoryRow: Sendable {
    let by: Caller
    let username: String?
    let at: Timestamp
    /// Nil for the creation.
    let change: FieldChange?

    /// Writes `{user_id, username, at, field, from, to}`. The field of the creation is `created`. An author who is not
    /// a user has no `user_id`.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("user_id", id: by.userID)
        writer.member("username", username)
        writer.member("at", at)
        if let change {
            change.writeMembers(into: &writer)
        } else {
            writer.member("field", "created")
            writer.key("from")
            writer.null()
            writer.member("to", TicketStatus.open.rawValue)
        }
        writer.endObject()
    }
}

extension Comment {
    /// Writes the comment on the ticket `ticket` as a JSON object.
    public func write(ticket: Identifier, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("support_id", id: ticket)
        writeMembers(into: &writer)
        writer.endObject()
    }
}
