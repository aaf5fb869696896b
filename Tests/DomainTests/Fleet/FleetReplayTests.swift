import Generators
import JSON
import Testing

@testable import Domain

@Suite struct FleetReplayTests {
    /// Two stations work, lose the connection, send passes and begin epochs, with commands and their outcomes. Batches
    /// are sent again now and then.
    private func history(_ generator: inout RepeatableGenerator) throws -> Scene {
        var central = try Scene.central(7, 8)
        var stations = [
            ReportingStation(scene: try Scene.furnished(), number: 7),
            ReportingStation(scene: try Scene.furnished(), number: 8),
        ]
        for round in 0..<40 {
            let index = Int.random(in: 0..<2, using: &generator)
            let id = stations[index].number
            var commands = RandomCommands(generator: RepeatableGenerator(seed: generator.next()))
            commands.run(Int.random(in: 1...25, using: &generator), on: &stations[index].scene)
            let cursor = try #require(central.desk.fleetMember(id)?.acceptedThrough)
            let last = stations[index].scene.desk.lastSequence
            switch Int.random(in: 0..<8, using: &generator) {
            case 0:
                let pass = try stations[index].pass(
                    behind: cursor, through: UInt64.random(in: cursor...last, using: &generator))
                guard last > cursor, pass.last?["sequence"]?.stringValue ?? "" > PaddedSequence.text(cursor) else {
                    break
                }
                try central.ingest(Array(pass.prefix(Int.random(in: 0...pass.count, using: &generator))), of: id)
                try central.ingest(pass, of: id)
            case 1 where round % 3 == 0:
                stations[index].epoch = "epoch\(round)"
                try central.ingest(try stations[index].pass(behind: 0, through: last), of: id)
            default:
                var events = try stations[index].events(behind: cursor)
                if !events.isEmpty {
                    events = Array(events.prefix(Int.random(in: 1...events.count, using: &generator)))
                }
                try central.ingest(events, of: id)
                try central.ingest(events, of: id)
            }
            try queueSomething(&central, stations[index], &generator)
        }
        for station in stations {
            let cursor = try #require(central.desk.fleetMember(station.number)?.acceptedThrough)
            try central.ingest(try station.events(behind: cursor), of: station.number)
            try central.expectTickets(of: station)
        }
        return central
    }

    private func queueSomething(
        _ central: inout Scene, _ station: ReportingStation, _ generator: inout RepeatableGenerator
    ) throws {
        let ticket = Int64.random(in: 1...8, using: &generator)
        let body: JSONValue = ["type": "ticket.close", "data": ["support_id": .integer(ticket), "response": "x"]]
        let draft = try FleetCommandDraft(body)
        _ = refusal { () throws(Refusal) in try central.run(fleet: .queue(station.number, draft), by: .user(2)) }
        _ = try? central.run(
            fleet: .markClock(station.number, offsetSeconds: Int64.random(in: -9...9, using: &generator)))
        if let waiting = central.desk.fleetCommands(waitingFor: station.number, after: 0).first,
            Int.random(in: 0..<4, using: &generator) == 0
        {
            try central.run(fleet: .cancel(station.number, waiting.number))
        }
        if Int.random(in: 0..<10, using: &generator) == 0 {
            try central.run(fleet: .removeStation(station.number))
            if Bool.random(using: &generator) {
                for change in central.desk.fleetPurge(of: station.number) {
                    central.apply(central.desk.fleetEvent(change, now: central.now))
                }
            }
            try central.run(fleet: .addStation(station.number, name: nil, tokenDigest: "d"))
        }
    }

    @Test func `replaying and folding give the same state`() throws {
        var generator = RepeatableGenerator.announced("FleetReplayTests")
        for _ in 0..<6 {
            let central = try history(&generator)
            #expect(try central.replayed().dump() == central.desk.dump())
            var documents: [DocumentPath: JSONObject] = [:]
            let events = try central.records.map { try Event(record: try JSONParser.parse($0)) }
            for event in events { try fold(event, &documents) }
            var whole: [DocumentPath: JSONObject] = [:]
            central.desk.documents { whole[$0] = $1 }
            #expect(documents.mapValues(\.description) == whole.mapValues(\.description))
            for event in events { try fold(event, &documents) }
            #expect(documents == whole)
            #expect(documents.keys.contains { $0.kind == .fleetTickets })
        }
    }

    /// Documents of any age and the records after the oldest give the state of the whole journal.
    @Test func `documents and the journal's tail give the same state`() throws {
        var generator = RepeatableGenerator.announced("FleetReplayTests checkpoint")
        let central = try history(&generator)
        let events = try central.records.map { try Event(record: try JSONParser.parse($0)) }
        for _ in 0..<12 {
            let cursor = Int.random(in: 0...events.count, using: &generator)
            var documents: [DocumentPath: JSONObject] = [:]
            for event in events[..<cursor] { try fold(event, &documents) }
            var ahead = documents
            for event in events[cursor...].prefix(40) { try fold(event, &ahead) }
            for (path, document) in ahead where Bool.random(using: &generator) { documents[path] = document }
            let desk = Desk()
            for (path, document) in documents.shuffled(using: &generator) {
                try desk.restore(path, try #require(try JSONParser.parse(document.encoded(.pretty)).objectValue))
            }
            desk.pass(through: UInt64(cursor))
            for event in events[cursor...] { desk.apply(event) }
            #expect(desk.dump() == central.desk.dump(), "cursor \(cursor)")
        }
    }

    @Test func `a member's directory is found by its name`() {
        let names = ["fleet-7", "fleet-07", "fleet-0", "fleet-x", "fleet-4294967296", "fleet-commands", "tickets"]
        let folders = DocumentFolder.all(among: names)
        #expect(folders.filter { $0.kind == .fleetTickets }.map(\.name) == ["fleet-7"])
        #expect(Set(folders.map(\.kind)) == Set(DocumentPath.Kind.allCases))
        #expect(folders.first { $0.kind == .fleetTickets }?.path(3).text == "fleet-7/3.json")
    }

    private func fold(_ event: Event, _ documents: inout [DocumentPath: JSONObject]) throws {
        for path in event.documents { documents[path] = try Projection.updated(path, documents[path], by: event) }
    }
}
