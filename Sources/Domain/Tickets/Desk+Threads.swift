import JSON

/// What was said about a ticket, and what was done to it.
extension Desk {
    /// The comments of a ticket, oldest first; those that are internal not for drivers.
    public func comments(of id: Identifier, for caller: Caller) throws(Refusal) -> [Comment] {
        let standing = try Standing(of: caller, at: self)
        let comments = try readable(id, standing).comments
        return standing.readsInternalComments ? comments : comments.filter { !$0.isInternal }
    }

    /// Writes every change of a ticket, oldest first, as a JSON array of
    /// `{user_id, username, at, field, from, to}`. It starts with the creation, whose field is `created`.
    ///
    /// Who is no user has no `user_id`; who is no longer one has no `username`.
    public func writeHistory(
        of id: Identifier, for caller: Caller, into writer: inout JSONWriter
    ) throws(Refusal) {
        let ticket = try readable(id, try Standing(of: caller, at: self))
        ticket.writeHistory(into: &writer, name: name(of:))
    }
}

extension Ticket {
    /// Writes what `Desk.writeHistory` says; `name` gives the username of who did something, where it is known.
    func writeHistory(into writer: inout JSONWriter, name: (Caller) -> String?) {
        func writeWho(_ caller: Caller) {
            writer.member("user_id", id: caller.userID)
            writer.member("username", name(caller))
        }
        writer.beginArray()
        writer.beginObject()
        writeWho(filedBy ?? .user(userID))
        writer.member("at", createdAt)
        writer.member("field", "created")
        writer.key("from")
        writer.null()
        writer.member("to", TicketStatus.open.rawValue)
        writer.endObject()
        for entry in historyStored ?? [] {
            writer.beginObject()
            writeWho(entry.by)
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
