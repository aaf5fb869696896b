import Bytes
import Domain
import Generators
import JSON
import Testing
import Uplink

/// Which parts of a record are shipped, and how.
struct CloudEventEncoderTests {
    private let encoder = CloudEventEncoder(stationID: 7, epoch: "ep")
    private static let now = Timestamp(milliseconds: 1_700_000_000_123)

    /// A desk that has seen one event of each kind, with the records of all.
    private static func history() throws -> (desk: Desk, records: [(sequence: UInt64, json: [UInt8])]) {
        let desk = Desk()
        var records: [(sequence: UInt64, json: [UInt8])] = []
        func note(_ event: Event) {
            records.append((event.sequence, event.record()))
            desk.apply(event)
        }
        func execute(_ command: Command, by caller: Caller = .operator) throws {
            guard case .event(let event) = try desk.decide(command, by: caller, now: now) else { return }
            note(event)
        }
        try execute(.createStation(SwapStationDraft(name: "Alpha", address: "1 Main St")))
        let driver = UserDraft(username: "d\"river", email: "d@example.com", phone: "+1", password: "secret-word")
        try execute(.createUser(driver, passwordHash: "$y$hash"))
        let key = try IdempotencyKey(key: "k", digest: "digest")
        try execute(
            .createTicket(TicketDraft(userID: 1, description: "stuck", stationID: .set(1)), key: key), by: .user(1))
        var patch = TicketPatch()
        patch.response = .set("coming")
        try execute(.updateTicket(1, patch))
        try execute(.addComment(ticket: 1, CommentDraft(body: "note", isInternal: true)))
        try execute(.noteDelivered([1: 4]), by: .station)
        try execute(.noteShipped(through: 3), by: .station)
        let wrong = CentralCommand(
            json: Array(#"{"id":"c-9","type":"ticket.delete","data":{}}"#.utf8), number: 9, epoch: "c")
        if let event = desk.decide(wrong, now: now) { note(event) }
        var name = StationPatch()
        name.status = .set(.maintenance)
        try execute(.updateStation(1, name))
        try execute(.deleteTicket(1))
        try execute(.deleteUser(1))
        return (desk, records)
    }

    private func events() throws -> [UplinkEvent] {
        var previous: UInt64 = 0
        var events: [UplinkEvent] = []
        for record in try Self.history().records {
            let ordinal = UInt64(events.count + 1)
            guard
                let event = encoder.event(
                    of: record.json, sequence: record.sequence, previous: previous, ordinal: ordinal)
            else { continue }
            previous = event.sequence
            events.append(event)
        }
        return events
    }

    @Test func `every record but the station's own becomes a CloudEvent`() throws {
        let events = try events()
        #expect(
            events.map(\.type) == [
                "support.station.created", "support.user.created", "support.ticket.created", "support.ticket.updated",
                "support.ticket.commented", "support.command.refused", "support.station.updated",
                "support.ticket.deleted", "support.user.deleted",
            ])
        #expect(events.map(\.sequence) == [1, 2, 3, 4, 5, 8, 9, 10, 11])
        #expect(events.map(\.previous) == [0, 1, 2, 3, 4, 5, 8, 9, 10])
        for event in events {
            let value = try JSONParser.parse(event.json)
            #expect(value["specversion"] == "1.0")
            #expect(value["id"]?.stringValue == "ep-\(event.sequence)")
            #expect(value["id"]?.stringValue == event.id)
            #expect(value["source"] == "/stations/7")
            #expect(value["type"]?.stringValue == event.type)
            #expect(value["time"] == "2023-11-14T22:13:20.123Z")
            #expect(value["datacontenttype"] == "application/json")
            #expect(value["sequence"]?.stringValue.flatMap { UInt64($0) } == event.sequence)
            #expect(value["previous"]?.stringValue.flatMap { UInt64($0) } == event.previous)
            #expect(value["sequence"]?.stringValue?.utf8.count == 20)
            #expect(value["data"]?["seq"] == nil)
        }
    }

    @Test func `the subject names what an event is about`() throws {
        let subjects = try events().map { try JSONParser.parse($0.json)["subject"]?.stringValue }
        #expect(
            subjects == [
                "stations/1", "users/1", "tickets/1", "tickets/1", "tickets/1", "commands", "stations/1", "tickets/1",
                "users/1",
            ])
    }

    @Test func `data is the record without secrets`() throws {
        let history = try Self.history()
        for event in try events() {
            let data = try #require(try JSONParser.parse(event.json)["data"]?.objectValue)
            let record = try #require(history.records.first { $0.sequence == event.sequence })
            var expected = try #require(try JSONParser.parse(record.json).objectValue)
            for name in ["seq", "at", "type", "idempotency", "running"] { expected.removeValue(forKey: name) }
            if event.type == "support.user.created" {
                var user = try #require(expected["user"]?.objectValue)
                for name in [
                    "password_hash", "tokens_ended_at", "token_generation", "created_sequence", "appointed_sequence",
                    "appointed_count",
                ] {
                    #expect(user.removeValue(forKey: name) != nil)
                }
                expected["user"] = .object(user)
            }
            #expect(data == expected)
            let text = String(decoding: event.json, as: UTF8.self)
            #expect(!text.contains("$y$hash"))
            #expect(!text.contains("digest"))
        }
    }

    @Test func `the outcome of a command names it`() throws {
        let refused = try #require(try events().first { $0.type == "support.command.refused" })
        let data = try #require(try JSONParser.parse(refused.json)["data"])
        #expect(data["command"]?["id"] == "c-9")
        #expect(data["name"] == "ticket.delete")
        #expect(data["statusCode"] == 400)
        #expect(data["by"] == "central")
    }

    @Test func `a snapshot has the whole ticket and no place among the sequences`() throws {
        let document = Array(#"{"support_id":4}"#.utf8)
        let event = encoder.snapshot(
            ofTicket: 4, document: document, at: Self.now, snapshot: 90, previous: 12, ordinal: 5)
        #expect(event.isSnapshot)
        #expect(event.id == "ep-90.4")
        let value = try JSONParser.parse(event.json)
        #expect(value["id"] == "ep-90.4")
        #expect(value["sequence"] == "00000000000000000090")
        #expect(value["previous"] == "00000000000000000012")
        #expect(value["type"] == "support.ticket.snapshot")
        #expect(value["subject"] == "tickets/4")
        #expect(value["data"] == ["snapshot": 90, "ticket": ["support_id": 4]])
        let missing = encoder.missing(
            through: 80, tickets: 1, command: nil, at: Self.now, snapshot: 90, previous: 12, ordinal: 6)
        #expect(missing.sequence == 80)
        let end = try JSONParser.parse(missing.json)
        #expect(end["id"] == "ep-80.missing")
        #expect(end["data"] == ["from": 13, "through": 80, "snapshot": 90, "tickets": 1])
        let commanded = encoder.missing(
            through: 80, tickets: 1, command: (7, "c"), at: Self.now, snapshot: 90, previous: 12, ordinal: 6)
        #expect(try JSONParser.parse(commanded.json)["data"]?["command"] == ["number": 7, "epoch": "c"])
    }

    @Test func `damaged records do not trap`() {
        var generator = RepeatableGenerator(seed: 4)
        let record = Array(
            #"{"seq":3,"at":"2023-11-14T22:13:20.123Z","by":1,"type":"ticket.created","ticket":{"support_id":1}}"#.utf8)
        var tried = 0
        for _ in 0..<3_000 {
            var bytes = record
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                guard bytes.count > 1 else { break }
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0x20...0x7E, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes = Array(bytes[..<max(1, place)])
                }
            }
            _ = encoder.event(of: bytes, sequence: 3, previous: 2, ordinal: 1)
            tried += 1
        }
        #expect(tried == 3_000)
        #expect(encoder.event(of: Array("{}".utf8), sequence: 1, previous: 0, ordinal: 1) == nil)
        #expect(encoder.event(of: [], sequence: 1, previous: 0, ordinal: 1) == nil)
    }
}
