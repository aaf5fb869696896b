/// What a central server knows of its stations: a part of the desk's state like any other.
struct Fleet: Sendable {
    var stations = OrderedTable<FleetMember>()
    var commands = OrderedTable<FleetCommands>()
    /// By station.
    private(set) var tickets: [Identifier: FleetTicketTable] = [:]

    mutating func apply(_ event: Event, ticket id: Identifier, of station: Identifier) {
        tickets[station, default: FleetTicketTable()].apply(event, id: id)
    }

    /// Adds a ticket of a checkpoint. Throws if it is not of `station`.
    mutating func put(_ ticket: FleetTicket, of station: Identifier) throws(DocumentFault) {
        guard ticket.station == station else {
            throw DocumentFault(
                member: "fleet_station_id", expectation: "must be the number in the directory's name")
        }
        tickets[station, default: FleetTicketTable()].put(ticket)
    }

    /// Visits every ticket by rising station, then by rising number.
    func forEachTicket(_ visit: (FleetTicket) -> Void) {
        for (_, table) in tickets.sorted(by: { $0.key < $1.key }) { table.rows.forEach(visit) }
    }
}
