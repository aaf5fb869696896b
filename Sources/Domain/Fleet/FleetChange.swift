import Bytes
import JSON

// The records of a central server, beside those of every desk:
//
//     fleet.station.added    station, name, token_sha256 (hex)
//     fleet.station.renewed  station, token_sha256
//     fleet.station.removed  station
//     fleet.station.purged   station
//     fleet.clock            station, offset_seconds, wrong
//     fleet.command          station, command {id, type, data}
//     fleet.command.cancelled  station, number
//     fleet.tickets.removed  station, ids [support ids]
//     fleet.event            station, event {the CloudEvent as it came}
//
// `station` is the number of a member of the fleet.

/// A change of the fleet of a central server.
public enum FleetChange: Hashable, Sendable {
    /// A member was added that is new, or that was removed before.
    case stationAdded(Identifier, name: String?, tokenDigest: String)
    /// A member got a new token; the digest is its SHA-256, in hexadecimal.
    case tokenRenewed(Identifier, tokenDigest: String)
    /// A member was removed, and the commands that waited for it were cancelled.
    case stationRemoved(Identifier)
    /// The history of a removed member is forgotten, so it begins anew if the member comes back.
    case stationPurged(Identifier)
    /// A member's clock was found wrong, or right again; it is this many seconds ahead.
    case clockMarked(Identifier, offsetSeconds: Int64, isWrong: Bool)
    /// A command was queued for a member.
    case commandQueued(FleetCommand)
    /// A waiting command was cancelled, by its number.
    case commandCancelled(Identifier, UInt64)
    /// Tickets were removed that the member no longer has.
    case ticketsRemoved(Identifier, [Identifier])
    /// A member reported an event.
    indirect case reported(FleetEvent)

    /// The number of the member that it is about.
    public var station: Identifier {
        switch self {
        case .stationAdded(let station, _, _), .tokenRenewed(let station, _), .stationRemoved(let station),
            .stationPurged(let station), .clockMarked(let station, _, _), .commandCancelled(let station, _),
            .ticketsRemoved(let station, _):
            station
        case .commandQueued(let command): command.station
        case .reported(let event): event.station
        }
    }

    /// The record's `type`.
    var type: String {
        switch self {
        case .stationAdded: "fleet.station.added"
        case .tokenRenewed: "fleet.station.renewed"
        case .stationRemoved: "fleet.station.removed"
        case .stationPurged: "fleet.station.purged"
        case .clockMarked: "fleet.clock"
        case .commandQueued: "fleet.command"
        case .commandCancelled: "fleet.command.cancelled"
        case .ticketsRemoved: "fleet.tickets.removed"
        case .reported: "fleet.event"
        }
    }

    // MARK: The record

    func writeMembers(into writer: inout JSONWriter) {
        writer.member("station", Int64(station))
        switch self {
        case .stationAdded(_, let name, let digest):
            writer.member("name", name)
            writer.member("token_sha256", digest)
        case .tokenRenewed(_, let digest): writer.member("token_sha256", digest)
        case .stationRemoved, .stationPurged: break
        case .clockMarked(_, let offset, let isWrong):
            writer.member("offset_seconds", offset)
            writer.member("wrong", isWrong)
        case .commandQueued(let command): writer.member("command", command.recordJSON)
        case .commandCancelled(_, let number): writer.member("number", number)
        case .ticketsRemoved(_, let ids):
            writer.key("ids")
            writer.beginArray()
            for id in ids { writer.integer(Int64(id)) }
            writer.endArray()
        case .reported(let event): writer.member("event", event.cloudEvent)
        }
    }

    /// Reads the change that a record tells of; nil if its type is unknown here.
    init?(
        _ reader: MemberReader, type: String, by: @autoclosure () throws(DocumentFault) -> Caller, sequence: UInt64,
        at: @autoclosure () throws(DocumentFault) -> Timestamp
    ) throws(DocumentFault) {
        switch type {
        case "fleet.station.added":
            self = .stationAdded(
                try reader.fleetMember("station"), name: try reader.optionalString("name"),
                tokenDigest: try reader.string("token_sha256"))
        case "fleet.station.renewed":
            self = .tokenRenewed(try reader.fleetMember("station"), tokenDigest: try reader.string("token_sha256"))
        case "fleet.station.removed": self = .stationRemoved(try reader.fleetMember("station"))
        case "fleet.station.purged": self = .stationPurged(try reader.fleetMember("station"))
        case "fleet.clock":
            self = .clockMarked(
                try reader.fleetMember("station"), offsetSeconds: try reader.integer("offset_seconds"),
                isWrong: try reader.bool("wrong"))
        case "fleet.command":
            self = .commandQueued(
                try FleetCommand(
                    try reader.reader("command"), station: try reader.fleetMember("station"), number: sequence,
                    by: try by(), at: try at()))
        case "fleet.command.cancelled":
            self = .commandCancelled(try reader.fleetMember("station"), try reader.sequence("number"))
        case "fleet.tickets.removed":
            self = .ticketsRemoved(
                try reader.fleetMember("station"), try reader.sequences("ids").map { Identifier(clamping: $0) })
        case "fleet.event":
            let station = try reader.fleetMember("station")
            self = .reported(try FleetEvent(reader.value("event") ?? .null, station: station))
        default: return nil
        }
    }
}

extension MemberReader {
    /// The number of a member of the fleet.
    func fleetMember(_ name: String) throws(DocumentFault) -> Identifier {
        guard let id = Identifier(exactly: try integer(name)), id > 0 else {
            throw fault(name, "must be a number from 1 to \(FleetLimits.stationIDMax)")
        }
        return id
    }
}
