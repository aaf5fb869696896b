import Bytes
import JSON

/// A command of the central server to a member of its fleet, from its queueing to its outcome.
public struct FleetCommand: Hashable, Sendable {
    /// What the station is asked to do, spelt as the command's `type`.
    public enum Kind: String, CaseIterable, Sendable {
        case ticketUpdate = "ticket.update"
        case ticketComment = "ticket.comment"
        case ticketClose = "ticket.close"
        case ticketDelete = "ticket.delete"
        case userUpsert = "user.upsert"
        case userDisable = "user.disable"
        case stationUpsert = "station.upsert"
        case stationDisable = "station.disable"
    }

    /// `<epoch of the central server>-<number>`, as it was when the command was queued. A station handles no id twice.
    public let id: String

    /// The sequence of its record in the central server's journal.
    public let number: UInt64

    /// The member of the fleet that it is for.
    public let station: Identifier

    /// What the station is asked to do.
    public let kind: Kind

    /// The details, as `kind` demands them.
    public let data: JSONObject

    /// Who gave the command.
    public let by: Caller

    /// When it was queued.
    public let at: Timestamp

    /// The outcome; nil while the command waits.
    public internal(set) var outcome: FleetOutcome?

    /// When its outcome became known; nil while the command waits.
    public internal(set) var finishedAt: Timestamp?

    init(id: String, number: UInt64, station: Identifier, kind: Kind, data: JSONObject, by: Caller, at: Timestamp) {
        self.id = id
        self.number = number
        self.station = station
        self.kind = kind
        self.data = data
        self.by = by
        self.at = at
    }

    /// Reads the member `command` of a record.
    init(
        _ reader: MemberReader, station: Identifier, number: UInt64, by: Caller, at: Timestamp
    ) throws(DocumentFault) {
        self.init(
            id: try reader.string("id"), number: number, station: station, kind: try reader.word("type"),
            data: try reader.reader("data").object, by: by, at: at)
    }

    /// The member `command` of its record.
    var recordJSON: JSONObject { ["id": .string(id), "type": .string(kind.rawValue), "data": .object(data)] }

    /// Writes the answer to the request for it.
    func writeReceipt(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("command_id", id)
        writer.member("number", number)
        writer.member("status", "waiting")
        writer.endObject()
    }

    /// The size of its data for the limits, in bytes by a quick estimate.
    var dataBytes: Int { Self.bytes(of: .object(data)) }

    /// The size of its data and its outcome.
    var bytes: Int { dataBytes + (outcome?.textBytes ?? 0) }

    private static func bytes(of value: JSONValue) -> Int {
        switch value {
        case .string(let text): text.utf8.count + 2
        case .array(let elements): elements.reduce(2) { $0 + bytes(of: $1) }
        case .object(let object): object.members.reduce(2) { $0 + $1.key.utf8.count + 4 + bytes(of: $1.value) }
        default: 8
        }
    }

    // MARK: As others see it

    /// Writes the command as people may see it, without secrets.
    public func write(into writer: inout JSONWriter) {
        var shown = document
        var data = data
        data.removeValue(forKey: "password_hash")
        shown["data"] = .object(data)
        shown["by"] = by.json
        if shown["status"] == nil { shown["status"] = "waiting" }
        writer.object(shown)
    }

    // MARK: In the document

    var document: JSONObject {
        var object = JSONObject()
        object["command_id"] = .string(id)
        object["number"] = JSONValue(number)
        object["station_id"] = .integer(Int64(station))
        object["type"] = .string(kind.rawValue)
        object["data"] = .object(data)
        object["by"] = by.json
        object.member("at", at)
        outcome?.writeMembers(into: &object)
        if let finishedAt { object.member("finished_at", finishedAt) }
        return object
    }

    init(document reader: MemberReader, station: Identifier) throws(DocumentFault) {
        self.init(
            id: try reader.string("command_id"), number: try reader.sequence("number"), station: station,
            kind: try reader.word("type"), data: try reader.reader("data").object, by: try reader.caller("by"),
            at: try reader.timestamp("at"))
        if reader.value("status") != nil {
            outcome = try FleetOutcome(reader, id: id)
            finishedAt = try reader.timestamp("finished_at")
        }
    }
}
