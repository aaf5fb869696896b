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

    /// Writes every change of a ticket, oldest first, as a JSON array of
    /// `{user_id, username, at, field, from, to}`. It starts with the creation, whose field is `created`.
    ///
    /// An author who is not a user has no `user_id`, and one who is no longer a user has no `username`. Throws
    /// `notFound` if there is no ticket that the caller may read.
    public func writeHistory(
        of id: Identifier, for caller: Caller, into writer: inout JSONWriter
    ) throws(Refusal) {
        let ticket = try readable(id, try Standing(of: caller, at: self))
        ticket.writeHistory(into: &writer, name: name(of:))
    }
}

extension Ticket {
    /// Writes the array that `Desk.writeHistory` describes; `name` returns the username of an author, if known.
    func writeHistory(into writer: inout JSONWriter, name: (Caller) -> String?) {
        func writeAuthor(_ caller: Caller) {
            writer.member("user_id", id: caller.userID)
            writer.member("username", name(caller))
        }
        writer.beginArray()
        writer.beginObject()
        writeAuthor(filedBy ?? .user(userID))
        writer.member("at", createdAt)
        writer.member("field", "created")
        writer.key("from")
        writer.null()
        writer.member("to", TicketStatus.open.rawValue)
        writer.endObject()
        for entry in historyStored ?? [] {
            writer.beginObject()
            writeAuthor(entry.by)
            writer.member("at", entry.at)
            entry.change.writeMembers(into: &writer)
            writer.endObject()
        }
        writer.endArray()
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
