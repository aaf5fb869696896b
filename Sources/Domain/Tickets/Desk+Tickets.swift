import JSON

/// Asking for tickets. Each query throws `unauthorized` where the caller is a user that does not exist or is not
/// active.
extension Desk {
    /// A ticket. Throws `notFound` where there is none that the caller may read.
    public func ticket(_ id: Identifier, for caller: Caller) throws(Refusal) -> Ticket {
        try readable(id, try Standing(of: caller, at: self))
    }

    /// The tickets that the filter lets pass and the caller may read.
    ///
    /// O(n) in the tickets of the filter's user, else of its station, else of the desk; where no other field is set
    /// and all of these may be read, O(page).
    public func tickets(_ filter: TicketFilter, for caller: Caller) throws(Refusal) -> TicketPage {
        page(filter, try Standing(of: caller, at: self))
    }

    /// GET /support/user/{id}. Throws `forbidden` where a driver asks for another user, `notFound` where there is none.
    public func tickets(
        ofUser id: Identifier, _ filter: TicketFilter, for caller: Caller
    ) throws(Refusal) -> TicketPage {
        let standing = try Standing(of: caller, at: self)
        if standing.role == .driver && standing.userID != id {
            throw .forbidden("Drivers may read only their own tickets")
        }
        guard users.contains(id) else { throw .notFound("User not found") }
        var narrowed = filter
        narrowed.userID = id
        return page(narrowed, standing)
    }

    /// GET /support/station/{id}. Throws `notFound` where there is no such station.
    public func tickets(
        atStation id: Identifier, _ filter: TicketFilter, for caller: Caller
    ) throws(Refusal) -> TicketPage {
        let standing = try Standing(of: caller, at: self)
        try mustExist(station: id)
        var narrowed = filter
        narrowed.stationID = id
        return page(narrowed, standing)
    }

    private func page(_ filter: TicketFilter, _ standing: Standing) -> TicketPage {
        TicketPage(filter, standing, in: tickets, of: users)
    }

    /// The statistics of all tickets that the caller may read. O(1); for staff O(n) in its own tickets.
    public func statistics(for caller: Caller) throws(Refusal) -> Statistics {
        Statistics(of: try Standing(of: caller, at: self), in: tickets)
    }

    /// The number of tickets.
    public var ticketCount: Int { tickets.count }

    /// The ticket's entity tag (RFC 9110, section 8.8.3), without quotation marks: it names the events that made the
    /// ticket, its user and its station what they are, so it changes with any member of the answer.
    public func entityTag(of ticket: Ticket) -> String {
        var tag: [UInt8] = []
        tag.append(literal: "t")
        tag.append(decimal: ticket.sequence)
        tag.append(literal: ".u")
        tag.append(decimal: users[ticket.userID]?.sequence ?? 0)
        if let station = ticket.stationID {
            tag.append(literal: ".s")
            tag.append(decimal: stations[station]?.sequence ?? 0)
        }
        return String(decoding: tag, as: UTF8.self)
    }

    /// The ticket with its user and station as they are now.
    public func snapshot(of ticket: Ticket) -> TicketSnapshot {
        TicketSnapshot(
            ticket: ticket,
            user: contact(of: ticket),
            station: ticket.stationID.flatMap { stations[$0] })
    }

    /// Writes the ticket as a JSON object with `user` and `station` expanded.
    public func write(_ ticket: Ticket, into writer: inout JSONWriter) {
        writer.beginObject()
        TicketSnapshot.write(ticket, contact(of: ticket), ticket.stationID.flatMap { stations[$0] }, into: &writer)
        writer.endObject()
    }

    private func contact(of ticket: Ticket) -> Contact {
        users[ticket.userID]?.contact ?? Contact(id: ticket.userID, username: "", email: "", phone: nil)
    }
}
