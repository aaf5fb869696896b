/// The tickets of all members of a fleet.
struct FleetTickets: Sendable {
    /// By member; a member without tickets may be missing.
    private(set) var tables: [Identifier: FleetTicketTable] = [:]

    subscript(member: Identifier) -> FleetTicketTable? { tables[member] }

    /// The first member with tickets after `member`, by number. O(n) in the members.
    func member(after member: Identifier) -> Identifier? { tables.keys.lazy.filter { $0 > member }.min() }

    /// Folds an event into the ticket `id` of `member`, makes it or ends it.
    mutating func apply(_ event: Event, id: Identifier, of member: Identifier) {
        tables[member, default: FleetTicketTable()].apply(event, id: id)
    }

    /// Adds a ticket of a checkpoint. Throws if it is not a ticket of `member`.
    mutating func put(_ ticket: FleetTicket, of member: Identifier) throws(DocumentFault) {
        guard ticket.station == member else {
            throw DocumentFault(
                member: "fleet_station_id", expectation: "must be the number in the directory's name")
        }
        tables[member, default: FleetTicketTable()].put(ticket)
    }

    /// Visits every ticket by rising member, then by rising number.
    func forEach(_ visit: (FleetTicket) -> Void) {
        for (_, table) in tables.sorted(by: { $0.key < $1.key }) { table.rows.forEach(visit) }
    }

    // MARK: Room

    /// Whether the tickets of a member use as much memory as they may.
    func isFull(for member: Identifier, bytesMax: Int) -> Bool { tables[member].map { $0.bytes > bytesMax } ?? false }

    /// Throws `full` if a new event adds to tickets that use as much memory as they may.
    ///
    /// What frees memory always has room. Changes of tickets that are here have it for a while longer than new tickets
    /// and comments, so that what is open can be closed.
    ///
    /// - Parameter record: the central server's event that `reported` becomes.
    func mustHaveRoom(
        for reported: FleetEvent, recordedAs record: @autoclosure () -> Event, bytesMax: Int
    ) throws(FleetBatchFault) {
        guard let id = reported.ticket, let table = tables[reported.station], table.bytes > bytesMax else { return }
        let growth = table.growth(by: record(), at: id)
        guard growth > 0 else { return }
        let isChange = table[id] != nil && !reported.isComment
        guard isChange, table.bytes + growth <= bytesMax + bytesMax / FleetLimits.ticketBytesForChangesDivisor else {
            throw .full(
                "The tickets of station \(reported.station) use \(bytesMax >> 20) MiB here, the most allowed, and "
                    + "nothing that adds to them is accepted: delete some at the station, run stationd new-epoch "
                    + "there, and stationd central remove-station \(reported.station) --purge and add-station here")
        }
    }

    // MARK: Changes

    /// The changes that a new event leads to, in this order, the event itself last.
    func changes(for event: FleetEvent) -> [FleetChange] {
        let member = event.station
        guard let table = tables[member] else { return [.reported(event)] }
        var gone: [Identifier] = []
        switch event.content {
        case .missing(let span):
            table.rows.forEach { if $0.isGone(after: span.mark, of: event.epoch) { gone.append($0.id) } }
        default:
            // A history that begins with nothing before it is whole: what another epoch had is not in it.
            guard event.previous == 0, !event.isSnapshot else { break }
            table.rows.forEach { if $0.epoch != event.epoch { gone.append($0.id) } }
        }
        return Self.removals(of: gone, of: member) + [.reported(event)]
    }

    /// The changes, in this order, after which nothing is here of what a removed member has reported.
    func purge(of member: Identifier) -> [FleetChange] {
        var all: [Identifier] = []
        tables[member]?.rows.forEach { all.append($0.id) }
        return Self.removals(of: all, of: member) + [.stationPurged(member)]
    }

    /// The removals of these tickets, as many in each as one record may name.
    private static func removals(of tickets: [Identifier], of member: Identifier) -> [FleetChange] {
        stride(from: 0, to: tickets.count, by: FleetLimits.removedPerRecordMax).map { start in
            let end = min(start + FleetLimits.removedPerRecordMax, tickets.count)
            return .ticketsRemoved(member, Array(tickets[start..<end]))
        }
    }

    /// Whether an event, until it is applied, changes something that people are told of. All do, except what a member
    /// tells of a ticket that is newer here already, or of the end of a ticket that is not here.
    func isNews(_ event: Event) -> Bool {
        guard case .fleet(.reported(let reported)) = event.change, case .ticket = reported.content,
            let id = reported.ticket
        else { return true }
        guard let ticket = tables[reported.station]?[id] else { return FleetTicket(madeBy: event, id: id) != nil }
        return ticket.isOlder(than: reported)
    }
}

/// The tickets of one member of the fleet by number, with counts that are kept as they change.
struct FleetTicketTable: Sendable {
    private(set) var rows = OrderedTable<FleetTicket>()
    private(set) var tally = Tally()

    /// The memory that they use, in bytes, by an estimate.
    private(set) var bytes = 0

    subscript(id: Identifier) -> FleetTicket? { rows[id] }

    /// Adds a ticket, or replaces the ticket with the same number.
    mutating func put(_ ticket: FleetTicket) {
        if let old = rows[ticket.id] { uncount(old) }
        rows.insert(ticket)
        count(ticket)
    }

    /// Folds an event into the ticket `id`, makes it or ends it.
    mutating func apply(_ event: Event, id: Identifier) {
        guard let place = rows.place(of: id) else {
            if let ticket = FleetTicket(madeBy: event, id: id) { put(ticket) }
            return
        }
        uncount(rows[place])
        if rows[place].apply(event) { count(rows[place]) } else { rows.remove(id) }
    }

    /// The bytes that an event would add to the ticket `id`; negative if it would free memory.
    func growth(by event: Event, at id: Identifier) -> Int {
        guard var ticket = rows[id] else { return FleetTicket(madeBy: event, id: id)?.footprint ?? 0 }
        let bytes = ticket.footprint
        return (ticket.apply(event) ? ticket.footprint : 0) - bytes
    }

    private mutating func count(_ ticket: FleetTicket) {
        tally.add(TicketTable.Keys(ticket.ticket))
        bytes += ticket.footprint
    }

    private mutating func uncount(_ ticket: FleetTicket) {
        tally.remove(TicketTable.Keys(ticket.ticket))
        bytes -= ticket.footprint
    }
}
