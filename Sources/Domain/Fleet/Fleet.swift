/// What a central server knows of its stations: a part of the desk's state like any other.
struct Fleet: Sendable {
    var stations = OrderedTable<FleetMember>()
    var commands = OrderedTable<FleetCommands>()
    /// By station.
    private(set) var tickets: [Identifier: FleetTicketTable] = [:]

    mutating func apply(_ event: Event, to path: DocumentPath) {
        switch path.kind {
        case .fleet: stations.apply(event, id: path.id)
        case .fleetCommands: commands.apply(event, id: path.id)
        default: tickets[path.station, default: FleetTicketTable()].apply(event, id: path.id)
        }
    }

    /// Takes in a document of a checkpoint.
    mutating func restore(_ path: DocumentPath, _ reader: MemberReader) throws(DocumentFault) -> any Document {
        switch path.kind {
        case .fleet:
            let station = try FleetMember(reader, id: path.id)
            stations.insert(station)
            return station
        case .fleetCommands:
            let own = try FleetCommands(reader, id: path.id)
            commands.insert(own)
            return own
        default:
            let ticket = try FleetTicket(reader, id: path.id)
            guard ticket.station == path.station else {
                throw reader.fault("fleet_station_id", "must be the number in the directory's name")
            }
            tickets[path.station, default: FleetTicketTable()].put(ticket)
            return ticket
        }
    }
}
