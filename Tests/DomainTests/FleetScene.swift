import Bytes
import JSON
import Testing

@testable import Domain

/// A station as its central server sees it: a desk that reports its records as CloudEvents.
struct ReportingStation {
    var scene: Scene
    let number: Identifier
    var epoch = "first"

    /// The events after `cursor` whose records are shipped.
    func events(behind cursor: UInt64 = 0) throws -> [JSONValue] {
        var events: [JSONValue] = []
        var previous = cursor
        for record in scene.records {
            guard var data = try JSONParser.parse(record).objectValue, let type = data["type"]?.stringValue,
                let sequence = data["seq"]?.integerValue.map(UInt64.init), let at = data["at"]
            else { throw Unexpected(text: "no record") }
            guard !type.hasPrefix("notifications.") else { continue }
            for name in ["seq", "at", "type"] { data.removeValue(forKey: name) }
            guard sequence > cursor else { continue }
            events.append(event(type, sequence, previous, at, data))
            previous = sequence
        }
        return events
    }

    /// The tickets as they are, as a pass that began at the last event and covers the events after `cursor` up to
    /// `through`.
    func pass(behind cursor: UInt64, through: UInt64) throws -> [JSONValue] {
        let mark = scene.desk.lastSequence
        let at = JSONValue.string(scene.now.iso8601)
        var events: [JSONValue] = []
        scene.desk.tickets.rows.forEach { ticket in
            var document = ticket.json()
            let snapshot = scene.desk.snapshot(of: ticket).json
            document["user"] = snapshot["user"]
            document["station"] = snapshot["station"]
            let data: JSONObject = ["snapshot": JSONValue(mark), "ticket": .object(document)]
            events.append(event("ticket.snapshot", mark, cursor, at, data, suffix: ".\(ticket.id)"))
        }
        let data: JSONObject = [
            "from": JSONValue(cursor + 1), "through": JSONValue(through), "snapshot": JSONValue(mark),
            "tickets": .integer(Int64(events.count)),
        ]
        return events + [event("history.missing", through, cursor, at, data, suffix: ".missing")]
    }

    func event(
        _ type: String, _ sequence: UInt64, _ previous: UInt64, _ at: JSONValue, _ data: JSONObject,
        suffix: String = ""
    ) -> JSONValue {
        [
            "specversion": "1.0", "id": .string("\(epoch)-\(sequence)\(suffix)"),
            "source": .string("/stations/\(number)"), "type": .string("support.\(type)"), "time": at,
            "subject": "tickets/1", "sequence": .string(PaddedSequence.text(sequence)),
            "previous": .string(PaddedSequence.text(previous)), "datacontenttype": "application/json",
            "data": .object(data),
        ]
    }

    /// An event of any type and data after the event `previous`.
    func event(_ type: String, _ data: JSONObject, behind previous: UInt64) -> JSONValue {
        event(type, previous + 1, previous, .string(scene.now.iso8601), data)
    }
}

/// The scene as a central server.
extension Scene {
    static let centralEpoch = "central"

    @discardableResult
    mutating func run(fleet command: FleetAdministration, by caller: Caller = .operator) throws(Refusal) -> Decision {
        let decision = try desk.decide(command, by: caller, epoch: Self.centralEpoch, now: now)
        if case .event(let event) = decision { apply(event) }
        return decision
    }

    /// A desk whose fleet has these members.
    static func central(_ stations: Identifier...) throws -> Scene {
        var scene = try furnished()
        for id in stations { try scene.run(fleet: .addStation(id, name: "Station \(id)", tokenDigest: "d\(id)")) }
        return scene
    }

    /// Ingests a batch; each record passes through its text.
    @discardableResult
    mutating func ingest(_ elements: [JSONValue], of id: Identifier) throws -> FleetBatch {
        let batch = try desk.batch(elements, of: try #require(desk.fleetMember(id)))
        for (index, event) in batch.events {
            for change in desk.fleetChanges(for: event) {
                let event = desk.fleetEvent(change, now: now)
                #expect(event.record() == event.record(embedding: elements[index].encoded()[...]))
                apply(event)
            }
        }
        return batch
    }

    func fault(of elements: [JSONValue], of id: Identifier) -> FleetBatchFault? {
        guard let station = desk.fleetMember(id) else { return nil }
        do {
            _ = try desk.batch(elements, of: station)
            return nil
        } catch {
            return error
        }
    }

    /// Queues a command and returns it.
    mutating func queue(_ body: JSONValue, for id: Identifier, by caller: Caller = Scene.admin) throws -> FleetCommand {
        guard case .event(let event) = try run(fleet: .queue(id, try FleetCommandDraft(body)), by: caller),
            case .fleet(.commandQueued(let command)) = event.change
        else { throw Unexpected(text: "nothing was queued") }
        return command
    }

    /// Expects the tickets of a station to be the same here: fields, comments, history and authors.
    func expectTickets(
        of station: ReportingStation, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var mine: [String] = []
        desk.fleet.tickets[station.number]?.rows.forEach {
            var document = $0.ticket.json()
            document["user"] = nil
            mine.append(JSONValue.object(document).text)
        }
        var theirs: [String] = []
        station.scene.desk.tickets.rows.forEach {
            theirs.append(JSONValue.object($0.json()).text)
        }
        #expect(mine == theirs, sourceLocation: sourceLocation)
    }
}
