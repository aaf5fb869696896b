/// All tickets by number, with indexes by user and by swap station, and with tallies.
struct TicketTable: Sendable {
    /// The fields that indexes and tallies depend on.
    struct Keys: Hashable {
        let user: Identifier
        let station: Identifier?
        let status: TicketStatus
        let rating: UInt8?

        init(_ ticket: Ticket) {
            user = ticket.userID
            station = ticket.stationID
            status = ticket.status
            rating = ticket.rating
        }
    }

    /// Tickets that have a user or a swap station in common.
    struct Group: Sendable {
        var ids = OrderedTable<Identifier>()
        var tally = Tally()

        /// The memory that they use, in bytes as estimated; only counted by user.
        var bytes = 0
    }

    private(set) var rows = OrderedTable<Ticket>()
    private(set) var byUser: [Identifier: Group] = [:]
    private(set) var byStation: [Identifier: Group] = [:]
    private(set) var tally = Tally()

    /// The memory that all tickets use, in bytes as estimated by `Ticket.footprint`.
    private(set) var bytes = 0

    var count: Int { rows.count }

    subscript(id: Identifier) -> Ticket? { rows[id] }

    /// Adds a ticket, or replaces the ticket with the same number.
    mutating func put(_ ticket: Ticket) {
        if let old = rows[ticket.id] { unlink(ticket.id, Keys(old), old.footprint) }
        rows.insert(ticket)
        link(ticket.id, Keys(ticket), ticket.footprint)
    }

    /// Folds an event into the ticket `id`, makes it or ends it.
    mutating func apply(_ event: Event, id: Identifier) {
        guard let place = rows.place(of: id) else {
            if let ticket = Ticket(madeBy: event, id: id) { put(ticket) }
            return
        }
        let (before, bytesBefore) = (Keys(rows[place]), rows[place].footprint)
        guard rows[place].apply(event) else {
            unlink(id, before, bytesBefore)
            rows.remove(id)
            return
        }
        let (after, bytesAfter) = (Keys(rows[place]), rows[place].footprint)
        if after != before {
            unlink(id, before, bytesBefore)
            link(id, after, bytesAfter)
        } else if bytesAfter != bytesBefore {
            count(bytesAfter - bytesBefore, of: after.user)
        }
    }

    private mutating func count(_ bytes: Int, of user: Identifier) {
        self.bytes += bytes
        byUser[user]?.bytes += bytes
    }

    private mutating func link(_ id: Identifier, _ keys: Keys, _ bytes: Int) {
        byUser[keys.user, default: Group()].add(id, keys)
        count(bytes, of: keys.user)
        if let station = keys.station { byStation[station, default: Group()].add(id, keys) }
        tally.add(keys)
    }

    private mutating func unlink(_ id: Identifier, _ keys: Keys, _ bytes: Int) {
        count(-bytes, of: keys.user)
        byUser[keys.user]?.remove(id, keys)
        if byUser[keys.user]?.ids.isEmpty == true { byUser[keys.user] = nil }
        if let station = keys.station {
            byStation[station]?.remove(id, keys)
            if byStation[station]?.ids.isEmpty == true { byStation[station] = nil }
        }
        tally.remove(keys)
    }
}

extension TicketTable.Group {
    fileprivate mutating func add(_ id: Identifier, _ keys: TicketTable.Keys) {
        ids.insert(id)
        tally.add(keys)
    }

    fileprivate mutating func remove(_ id: Identifier, _ keys: TicketTable.Keys) {
        ids.remove(id)
        tally.remove(keys)
    }
}
