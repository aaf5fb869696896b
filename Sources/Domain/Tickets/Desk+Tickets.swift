import JSON

/// Queries for tickets. Each throws `unauthorized` if the caller is a user who does not exist or is not active.
extension Desk {
    /// A ticket. Throws `notFound` if there is none that the caller may read.
    public func ticket(_ id: Identifier, for caller: Caller) throws(Refusal) -> Ticket {
        try readable(id, try Standing(of: caller, at: self))
    }

    /// The tickets that the filter asks for and the caller may read, in one go.
    ///
    /// O(n) in the tickets of the filter's user, otherwise of its swap station, otherwise of the desk, and in the bytes
    /// of their texts if these are searched. O(page) if no other field is set and the caller may read all of them.
    public func tickets(_ filter: TicketFilter, for caller: Caller) throws(Refusal) -> TicketPage {
        try page(listing(filter, for: caller))
    }

    /// GET /support/user/{id}, in one go. Throws as `listing(ofUser:_:for:)`.
    public func tickets(
        ofUser id: Identifier, _ filter: TicketFilter, for caller: Caller
    ) throws(Refusal) -> TicketPage {
        try page(listing(ofUser: id, filter, for: caller))
    }

    /// GET /support/station/{id}, in one go. Throws as `listing(atStation:_:for:)`.
    public func tickets(
        atStation id: Identifier, _ filter: TicketFilter, for caller: Caller
    ) throws(Refusal) -> TicketPage {
        try page(listing(atStation: id, filter, for: caller))
    }

    /// Begins a list of the tickets that the filter asks for and the caller may read.
    public func listing(_ filter: TicketFilter, for caller: Caller) throws(Refusal) -> TicketListing {
        TicketListing(filter, caller, try Standing(of: caller, at: self), in: self)
    }

    /// Begins to count the tickets that the filter asks for and the caller may read, by their sort. The page that it
    /// ends with has the counts and no tickets.
    public func counting(_ filter: TicketFilter, for caller: Caller) throws(Refusal) -> TicketListing {
        var whole = filter
        (whole.limit, whole.order, whole.after) = (0, .newest, nil)
        return TicketListing(whole, caller, try Standing(of: caller, at: self), counting: TicketCounts(), in: self)
    }

    /// Begins a file for spreadsheets of the tickets that the filter asks for and the caller may read.
    public func exporting(_ filter: TicketFilter, for caller: Caller) throws(Refusal) -> TicketListing {
        TicketListing(filter, caller, try Standing(of: caller, at: self), isExport: true, in: self)
    }

    /// Begins a list of a user's tickets. Throws `forbidden` if a driver asks for another user, `notFound` if there is
    /// no such user.
    public func listing(
        ofUser id: Identifier, _ filter: TicketFilter, for caller: Caller
    ) throws(Refusal) -> TicketListing {
        let standing = try Standing(of: caller, at: self)
        if standing.role == .driver && standing.userID != id {
            throw .forbidden("Drivers may read only their own tickets")
        }
        guard users.contains(id) else { throw .notFound("User not found") }
        var narrowed = filter
        narrowed.userIDs = [id]
        return TicketListing(narrowed, caller, standing, in: self)
    }

    /// Begins a list of the tickets at a swap station. Throws `notFound` if there is no such swap station.
    public func listing(
        atStation id: Identifier, _ filter: TicketFilter, for caller: Caller
    ) throws(Refusal) -> TicketListing {
        let standing = try Standing(of: caller, at: self)
        try mustExist(station: id)
        var narrowed = filter
        narrowed.stationIDs = [id]
        return TicketListing(narrowed, caller, standing, in: self)
    }

    private func page(_ listing: TicketListing) throws(Refusal) -> TicketPage {
        var listing = listing
        while true {
            if let page = try listing.advance(in: self, stepsMax: .max) { return page }
        }
    }

    /// The statistics of all tickets that the caller may read, in one go. O(1); for staff O(n) in the tickets of their
    /// own.
    public func statistics(for caller: Caller) throws(Refusal) -> Statistics {
        var counting = try statisticsListing(for: caller)
        while true {
            if let statistics = try counting.advance(in: self, stepsMax: .max) { return statistics }
        }
    }

    /// Begins to count the tickets that the caller may read.
    public func statisticsListing(for caller: Caller) throws(Refusal) -> StatisticsListing {
        StatisticsListing(caller, try Standing(of: caller, at: self))
    }

    /// The tickets that wait for somebody to take them, from the number `start` on, and where to go on; nil after the
    /// last. O(countMax).
    ///
    /// - Parameter countMax: the number of tickets that are looked at.
    public func waitingTickets(from start: Identifier, lookingAt countMax: Int) -> (found: [Ticket], next: Identifier?)
    {
        var found: [Ticket] = []
        var (count, next): (Int, Identifier?) = (0, nil)
        tickets.rows.ascending(from: start) { ticket in
            guard count < countMax else {
                next = ticket.id
                return false
            }
            count += 1
            if ticket.isWaiting { found.append(ticket) }
            return true
        }
        return (found, next)
    }

    /// The ticket, if it waits for somebody to take it.
    public func waitingTicket(_ id: Identifier) -> Ticket? { tickets[id].flatMap { $0.isWaiting ? $0 : nil } }

    /// The number of tickets.
    public var ticketCount: Int { tickets.count }

    /// The ticket's entity tag (RFC 9110, section 8.8.3), without quotation marks. It names the last events of the
    /// ticket, its user and its swap station, so it changes with any member of the answer.
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

    /// The ticket with its user and swap station as they are now.
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
