/// The tickets of one station of the fleet by number, with what is counted as they change.
struct FleetTicketTable: Sendable {
    private(set) var rows = OrderedTable<FleetTicket>()
    private(set) var tally = Tally()

    /// The memory that they take, estimated.
    private(set) var bytes = 0

    subscript(id: Identifier) -> FleetTicket? { rows[id] }

    mutating func put(_ ticket: FleetTicket) {
        if let old = rows[ticket.id] { uncount(old) }
        rows.insert(ticket)
        count(ticket)
    }

    /// Lets the ticket at `id` take in an event, or makes one of it.
    mutating func apply(_ event: Event, id: Identifier) {
        guard let place = rows.place(of: id) else {
            if let ticket = FleetTicket(madeBy: event, id: id) { put(ticket) }
            return
        }
        uncount(rows[place])
        if rows[place].apply(event) { count(rows[place]) } else { rows.remove(id) }
    }

    /// The bytes that an event would add to the ticket at `id`, or take from it.
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
