import Domain
import HTTP

/// The paths that only a central server has.
enum FleetRoute: Hashable {
    // For the stations themselves.
    case sync(String), syncEvents(String), syncCommands(String)
    // For admins. The first text is always the station's number.
    case stations, station(String), allTickets
    case tickets(String), statistics(String)
    case ticket(String, String), ticketStatus(String, String), comments(String, String), history(String, String)
    case commands(String), command(String, String)

    /// The route of the segments behind `/api/v1`; nil where it is none of these.
    init?(_ segments: [String]) {
        switch (segments.count, segments[0]) {
        case (1, "fleet"): self = .stations
        case (2, "fleet"): self = segments[1] == "support" ? .allTickets : .station(segments[1])
        case (3..., "stations"): self.init(ofStation: segments[1], segments[2...])
        case (3..., "sync") where segments[1] == "stations": self.init(sync: segments[2], segments[3...])
        default: return nil
        }
    }

    private init?(ofStation station: String, _ rest: ArraySlice<String>) {
        let words = Array(rest)
        switch (words.count, words[0]) {
        case (1, "support"): self = .tickets(station)
        case (2, "support"):
            self = words[1] == "statistics" ? .statistics(station) : .ticket(station, words[1])
        case (3, "support"):
            switch words[2] {
            case "status": self = .ticketStatus(station, words[1])
            case "comments": self = .comments(station, words[1])
            case "history": self = .history(station, words[1])
            default: return nil
            }
        case (1, "commands"): self = .commands(station)
        case (2, "commands"): self = .command(station, words[1])
        default: return nil
        }
    }

    private init?(sync station: String, _ rest: ArraySlice<String>) {
        switch Array(rest) {
        case []: self = .sync(station)
        case ["events"]: self = .syncEvents(station)
        case ["commands"]: self = .syncCommands(station)
        default: return nil
        }
    }

    var methods: [HTTPMethod] {
        switch self {
        case .syncEvents: [.post]
        case .comments, .commands: [.get, .post]
        case .ticket: [.get, .patch, .delete]
        case .command: [.get, .delete]
        case .ticketStatus: [.patch]
        case .sync, .syncCommands, .stations, .station, .allTickets, .tickets, .statistics, .history: [.get]
        }
    }

    /// Whether stations ask here, each with a token of its own.
    var isForStations: Bool {
        switch self {
        case .sync, .syncEvents, .syncCommands: true
        default: false
        }
    }

    /// The number of a station that a segment spells; 0, which names none, where it cannot be one's. Throws
    /// `badRequest` where it is no number.
    static func stationID(_ segment: String) throws(Refusal) -> Identifier {
        _ = try PathParameter.identifier(segment)
        return Identifier(segment) ?? 0
    }
}
