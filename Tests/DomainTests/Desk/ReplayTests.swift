import Bytes
import Generators
import JSON
import Testing

@testable import Domain

@Suite struct ReplayTests {
    private func scene(_ generator: RepeatableGenerator, _ count: Int) throws -> Scene {
        var scene = try Scene.furnished()
        var commands = RandomCommands(generator: generator)
        commands.run(count, on: &scene)
        return scene
    }

    @Test func `replaying the journal gives the same state, byte for byte`() throws {
        var generator = RepeatableGenerator.announced("ReplayTests")
        for _ in 0..<5 {
            let scene = try scene(RepeatableGenerator(seed: generator.next()), 600)
            let replayed = try scene.replayed()
            #expect(replayed.dump() == scene.desk.dump())
            #expect(replayed.fingerprint() == scene.desk.fingerprint())
            #expect(scene.records.count > 100, "most commands are refused")
            try check(scene.desk)
        }
    }

    /// A checkpointer was killed at a random point, so some documents are ahead of its cursor. The documents in any
    /// order and the records after the cursor give the state of the whole journal.
    @Test func `documents and the journal's tail give the same state as the whole journal`() throws {
        var generator = RepeatableGenerator.announced("ReplayTests checkpoint")
        for round in 0..<8 {
            let scene = try scene(RepeatableGenerator(seed: generator.next()), 300)
            let events = try scene.records.map { try Event(record: try JSONParser.parse($0)) }
            for _ in 0..<5 {
                let cursor = Int.random(in: 0...events.count, using: &generator)
                let documents = try killedCheckpoint(events, cursor, &generator)
                let desk = Desk()
                for (path, document) in documents.shuffled(using: &generator) {
                    // The store writes them and reads them again.
                    let bytes = document.encoded(.pretty)
                    try desk.restore(path, try #require(try JSONParser.parse(bytes).objectValue))
                }
                desk.pass(through: UInt64(cursor))
                for event in events[cursor...] { desk.apply(event) }
                #expect(desk.dump() == scene.desk.dump(), "round \(round), cursor \(cursor)")
                try check(desk)
            }
        }
    }

    @Test func `folding again changes nothing`() throws {
        var generator = RepeatableGenerator.announced("ReplayTests fold")
        let scene = try scene(RepeatableGenerator(seed: generator.next()), 400)
        let events = try scene.records.map { try Event(record: try JSONParser.parse($0)) }
        var documents: [DocumentPath: JSONObject] = [:]
        for event in events { try fold(event, &documents) }
        var whole: [DocumentPath: JSONObject] = [:]
        scene.desk.documents { whole[$0] = $1 }
        #expect(documents.mapValues(\.description) == whole.mapValues(\.description))
        for document in documents.values { #expect(document.members.last?.key == "sequence") }
        for event in events { try fold(event, &documents) }
        #expect(documents == whole)
    }

    @Test func `unknown members stay`() throws {
        var scene = try Scene.furnished()
        try scene.file()
        var documents: [DocumentPath: JSONObject] = [:]
        scene.desk.documents { documents[$0] = $1 }
        let path = DocumentPath(.tickets, 1)
        documents[path]?["later"] = ["a": 1]
        try fold(try scene.event(.updateTicket(1, try TicketPatch(["priority": "low"]))), &documents)
        #expect(documents[path]?["later"] == ["a": 1] && documents[path]?["priority"] == "low")
        #expect(documents[path]?.members.last?.key == "sequence")
    }

    @Test func `records of a later version change nothing`() throws {
        let scene = try Scene.furnished()
        let before = scene.desk.copy()
        let record = try JSONParser.parse(
            Array(#"{"seq":8,"at":"2025-01-12T10:30:01.800Z","by":{"x":1},"type":"ticket.merged","into":7}"#.utf8))
        let event = try Event(record: record)
        #expect(event.change == .unknown(type: "ticket.merged") && event.documents.isEmpty)
        scene.desk.apply(event)
        #expect(scene.desk.nextSequence == 9)
        scene.desk.lastSequence = before.lastSequence
        #expect(scene.desk.dump() == before.dump())
    }

    /// The documents after a run up to `cursor`, of which some are from a later run, each at a point of its own.
    private func killedCheckpoint(
        _ events: [Event], _ cursor: Int, _ generator: inout RepeatableGenerator
    ) throws -> [(DocumentPath, JSONObject)] {
        var documents: [DocumentPath: JSONObject] = [:]
        for event in events[..<cursor] { try fold(event, &documents) }
        let end = Int.random(in: cursor...events.count, using: &generator)
        for path in Set(events[cursor..<end].flatMap(\.documents)).sorted(by: { $0.text < $1.text }) {
            let ownEnd = Bool.random(using: &generator) ? end : Int.random(in: cursor...end, using: &generator)
            for event in events[cursor..<ownEnd] {
                documents[path] = try Projection.updated(path, documents[path], by: event)
            }
        }
        return documents.sorted { $0.key.text < $1.key.text }.map { ($0.key, $0.value) }
    }

    private func fold(_ event: Event, _ documents: inout [DocumentPath: JSONObject]) throws {
        for path in event.documents { documents[path] = try Projection.updated(path, documents[path], by: event) }
    }

    /// Checks that indexes and tallies agree with the tickets.
    private func check(_ desk: Desk) throws {
        var all: [Ticket] = []
        desk.tickets.rows.forEach {
            all.append($0)
        }
        let statistics = try desk.statistics(for: .operator)
        #expect(statistics.open == all.count { $0.status == .open })
        #expect(statistics.inProgress == all.count { $0.status == .inProgress })
        #expect(statistics.closed == all.count { $0.status == .closed })
        let ratings = all.compactMap(\.rating).map(Double.init)
        #expect(statistics.averageRating == (ratings.isEmpty ? nil : ratings.reduce(0, +) / Double(ratings.count)))
        for user in try desk.users(for: .operator) where user.isActive {
            let expected = all.filter { ticket in
                switch user.role {
                case .admin: true
                case .driver: ticket.userID == user.id
                case .stationStaff: ticket.userID == user.id || ticket.stationID == user.stationID
                }
            }
            let page = try desk.tickets(TicketFilter(), for: .user(user.id))
            #expect(page.tickets.map(\.id) == expected.map(\.id).reversed())
            #expect(try desk.statistics(for: .user(user.id)).total == expected.count)
        }
        for ticket in all {
            #expect((ticket.status == .closed) == (ticket.closedAt != nil))
            #expect(ticket.rating == nil || ticket.status == .closed)
            #expect(ticket.updatedAt >= ticket.createdAt)
        }
    }
}
