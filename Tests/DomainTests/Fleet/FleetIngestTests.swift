import Bytes
import JSON
import Testing

@testable import Domain

@Suite struct FleetIngestTests {
    private func station() throws -> ReportingStation {
        var station = ReportingStation(scene: try Scene.furnished(), number: 7)
        try station.scene.file("one")
        try station.scene.file("two", station: nil)
        _ = try station.scene.patch(1, by: Scene.admin, ["status": "closed", "response": "done"])
        try station.scene.event(.addComment(ticket: 1, CommentDraft(body: "hm", isInternal: true)), by: Scene.staff)
        return station
    }

    @Test func `tickets are the same here as at their station`() throws {
        var station = try station()
        var central = try Scene.central(7)
        try central.ingest(try station.events(), of: 7)
        try central.expectTickets(of: station)
        let row = try central.desk.fleetTicket(1, of: 7)
        #expect(row.user.username == "john_driver" && row.snapshot.station?.name == "Alpha")
        try station.scene.event(.deleteTicket(1))
        try central.ingest(try station.events(behind: 11), of: 7)
        try central.expectTickets(of: station)
        #expect(refusal { () throws(Refusal) in try central.desk.fleetTicket(1, of: 7) }?.statusCode == 404)
        #expect(try central.desk.fleetStatistics(of: 7).total == 1)
    }

    @Test func `an event that comes twice changes nothing`() throws {
        let station = try station()
        var central = try Scene.central(7)
        let events = try station.events()
        try central.ingest(Array(events[..<5]), of: 7)
        let again = try central.ingest(events, of: 7)
        #expect(again.duplicateCount == 5 && again.events.count == events.count - 5)
        let before = central.desk.dump()
        #expect(try central.ingest(events, of: 7).events.isEmpty)
        #expect(central.desk.dump() == before)
        try central.expectTickets(of: station)
    }

    @Test func `a gap is refused, and the fault names the first missing event`() throws {
        let station = try station()
        var central = try Scene.central(7)
        let events = try station.events()
        #expect(central.fault(of: Array(events[1...]), of: 7) == .gap(expected: 1))
        try central.ingest(Array(events[..<3]), of: 7)
        #expect(central.fault(of: Array(events[4...]), of: 7) == .gap(expected: 4))
        #expect(central.fault(of: [events[3], events[5]], of: 7) == .gap(expected: 5))
        var other = station
        other.epoch = "second"
        #expect(central.fault(of: Array(try other.events()[1...]), of: 7) == .gap(expected: 1))
    }

    @Test func `records that are not shipped leave no gaps`() throws {
        var station = try station()
        try station.scene.event(.markRead(.through(.max)), by: Scene.driver)
        try station.scene.event(.noteDelivered([1: 9]), by: .station)
        try station.scene.file("three")
        var central = try Scene.central(7)
        try central.ingest(try station.events(), of: 7)
        #expect(central.desk.fleetMember(7)?.acceptedThrough == station.scene.desk.lastSequence)
        try central.expectTickets(of: station)
    }

    static let envelopes: [(String, JSONValue?, String)] = [
        ("specversion", "0.3", "specversion must be \"1.0\""),
        ("id", "first-2", "id must be the epoch, \"-\" and the number in sequence"),
        ("id", "-1", "id must be the epoch, \"-\" and the number in sequence"),
        ("id", "no good-1", "id must be the epoch, \"-\" and the number in sequence"),
        ("source", "/stations/8", "source must be \"/stations/7\""),
        ("type", "", "type must be 1 to 255 bytes"),
        ("time", "yesterday", "time must be a time"),
        ("sequence", 1, "sequence must be a string"),
        ("sequence", "1", "sequence must be 20 digits"),
        ("sequence", "99999999999999999999", "sequence must be 20 digits"),
        ("previous", nil, "previous must be a string"),
        ("previous", "00000000000000000001", "sequence must be above previous"),
    ]

    @Test(arguments: envelopes) func `a fault of the envelope names the index and the member`(
        _ name: String, _ value: JSONValue?, _ message: String
    ) throws {
        let central = try Scene.central(7)
        var event = try #require(try station().events().first?.objectValue)
        event[name] = value
        #expect(central.fault(of: [.object(event)], of: 7) == .malformed("events[0]: \(message)"))
        let events = try station().events()
        #expect(central.fault(of: [events[0], "x"], of: 7) == .malformed("events[1]: must be an object"))
        #expect(
            central.fault(of: [events[1], events[0]], of: 7)
                == .gap(expected: 1))
        #expect(
            central.fault(of: [events[0], events[0]], of: 7)
                == .malformed("events[1]: sequence must be above those before"))
    }

    @Test func `an event that is not understood is kept and stops nothing`() throws {
        var station = try station()
        var central = try Scene.central(7)
        try central.ingest(try station.events(), of: 7)
        let last = station.scene.desk.lastSequence
        let strange = [
            station.event("ticket.merged", ["into": 3], behind: last),
            station.event("ticket.updated", ["by": 2, "ticket": ["support_id": 1]], behind: last + 1),
            station.event("ticket.deleted", ["by": "nobody"], behind: last + 2),
        ]
        let before = central.desk.fleet.tickets[7]?.tally
        try central.ingest(strange, of: 7)
        #expect(central.desk.fleet.tickets[7]?.tally == before)
        let row = try #require(central.desk.fleetMember(7))
        #expect(row.acceptedThrough == last + 3)
        // The first is of a later version, which is not a fault.
        #expect(row.notUnderstoodJSON["count"] == 2)
        #expect(row.notUnderstoodJSON["last"]?["id"] == .string("first-\(last + 3)"))
        #expect(row.notUnderstoodJSON["last"]?["problem"]?.stringValue?.hasPrefix("data.ticket must be") == true)
        // The record has the whole event.
        let record = try JSONParser.parse(central.records[central.records.count - 1])
        #expect(record["event"] == strange[2] && record["type"] == "fleet.event" && record["station"] == 7)
        // The next event that is understood has the whole ticket, which makes up for what was missed.
        station.scene.desk.pass(through: last + 3)
        _ = try station.scene.patch(1, by: Scene.admin, ["priority": "low"])
        var healed = try #require(try station.events(behind: last).first?.objectValue)
        healed["previous"] = .string(PaddedSequence.text(last + 3))
        try central.ingest([.object(healed)], of: 7)
        try central.expectTickets(of: station)
    }

    // MARK: Epochs and snapshots

    @Test func `a new epoch with its whole history has only its own tickets`() throws {
        let old = try station()
        var central = try Scene.central(7, 8)
        try central.ingest(try old.events(), of: 7)
        var anew = ReportingStation(scene: try Scene.furnished(), number: 7, epoch: "second")
        try anew.scene.file("of another life")
        try central.ingest(try anew.events(), of: 7)
        #expect(central.desk.fleetMember(7)?.epoch == "second")
        try central.expectTickets(of: anew)
    }

    @Test func `a pass replaces missing history`() throws {
        var station = try station()
        var central = try Scene.central(7)
        try central.ingest(try station.events(), of: 7)
        let cursor = station.scene.desk.lastSequence
        try station.scene.event(.deleteTicket(2))
        for text in ["three", "four", "five"] { try station.scene.file(text) }
        let through = station.scene.desk.lastSequence - 1
        let pass = try station.pass(behind: cursor, through: through)
        // An interrupted pass begins again.
        try central.ingest(Array(pass[..<2]), of: 7)
        #expect(central.desk.fleetMember(7)?.acceptedThrough == cursor)
        #expect(central.desk.fleet.tickets[7]?[2] != nil)
        // Meanwhile the station continues.
        _ = try station.scene.patch(3, by: Scene.admin, ["priority": "low"])
        try central.ingest(try station.pass(behind: cursor, through: through), of: 7)
        try central.expectTickets(of: station)
        let row = try #require(central.desk.fleetMember(7))
        #expect(row.acceptedThrough == through)
        #expect(row.missingJSON.arrayValue?.first?["from"] == JSONValue(cursor + 1))
        #expect(row.missingJSON.arrayValue?.first?["through"] == JSONValue(through))
        // Then come the events from before the pass: they change nothing.
        try central.ingest(try station.events(behind: through), of: 7)
        try central.expectTickets(of: station)
        // The answer to the pass was lost, so it comes again.
        #expect(try central.ingest(pass, of: 7).events.isEmpty)
        try central.expectTickets(of: station)
    }

    @Test func `a pass of a new epoch keeps old tickets until its end`() throws {
        var station = try station()
        var central = try Scene.central(7)
        try central.ingest(try station.events(), of: 7)
        // The station was restored from a backup: the epoch is new, and numbers continue.
        station.epoch = "restored"
        try station.scene.event(.deleteTicket(2))
        let pass = try station.pass(behind: 0, through: station.scene.desk.lastSequence)
        try central.ingest(Array(pass.dropLast()), of: 7)
        #expect(central.desk.fleet.tickets[7]?[2] != nil)
        #expect(central.desk.fleetMember(7)?.epoch == "restored")
        #expect(central.desk.fleetMember(7)?.acceptedThrough == 0)
        try central.ingest([pass[pass.count - 1]], of: 7)
        #expect(central.desk.fleet.tickets[7]?[2] == nil)
        try central.expectTickets(of: station)
        try station.scene.file("six")
        try central.ingest(try station.events(behind: station.scene.desk.lastSequence - 1), of: 7)
        try central.expectTickets(of: station)
    }

    @Test func `a pass leaves newer tickets and is not overwritten by older events`() throws {
        var station = try station()
        var central = try Scene.central(7)
        // An earlier, interrupted pass, and a later one in an epoch with lower numbers.
        let old = try station.pass(behind: 0, through: 3)
        _ = try station.scene.patch(1, by: Scene.admin, ["priority": "low"])
        try central.ingest(try station.events(), of: 7)
        let stale = station.event(
            "history.missing", station.scene.desk.lastSequence + 1, station.scene.desk.lastSequence,
            .string(station.scene.now.iso8601), ["from": 1, "through": 2, "snapshot": 3, "tickets": 0])
        try central.ingest([stale], of: 7)
        try central.expectTickets(of: station)
        // A snapshot older than the ticket marks it and changes nothing.
        var snapshot = try #require(old.first?.objectValue)
        let last = station.scene.desk.lastSequence + 1
        snapshot["sequence"] = .string(PaddedSequence.text(last + 1))
        snapshot["previous"] = .string(PaddedSequence.text(last))
        snapshot["id"] = .string("first-\(last + 1).1")
        try central.ingest([.object(snapshot)], of: 7)
        try central.expectTickets(of: station)
        // All tickets of another epoch go, however great their numbers.
        var young = ReportingStation(scene: Scene(), number: 7, epoch: "young")
        try young.scene.addUser("a", "a@example.com", .admin)
        try young.scene.file("first", user: 1, station: nil)
        try young.scene.file("second", user: 1, station: nil)
        try young.scene.event(.deleteTicket(2))
        try central.ingest(try young.pass(behind: 0, through: young.scene.desk.lastSequence), of: 7)
        try central.expectTickets(of: young)
    }

    @Test func `comments beyond the limit of a ticket are ignored`() throws {
        let station = try station()
        var central = try Scene.central(7)
        try central.ingest(try station.events(), of: 7)
        let held = try central.desk.fleetTicket(2, of: 7).comments.count
        #expect(held == 0)
        var previous = station.scene.desk.lastSequence
        for number in 0..<(DeskLimits.commentsPerTicketMax + 3) {
            let comment: JSONObject = [
                "comment_id": .integer(Int64(number + 1)), "user_id": 1, "username": "x", "body": "x",
                "internal": false,
                "created_at": .string(station.scene.now.iso8601),
            ]
            let data: JSONObject = ["by": 1, "support_id": 2, "user_id": 1, "comment": .object(comment)]
            try central.ingest([station.event("ticket.commented", data, behind: previous)], of: 7)
            previous += 1
        }
        #expect(try central.desk.fleetTicket(2, of: 7).comments.count == DeskLimits.commentsPerTicketMax)
    }

    @Test func `the pages of the whole fleet have every ticket exactly once`() throws {
        var central = try Scene.central(7, 8, 9)
        for number in [7, 8, 9] as [Identifier] {
            var station = ReportingStation(scene: try Scene.furnished(), number: number)
            for index in 0..<12 {
                // Some tickets of the same moment, and a clock that is set back.
                station.scene.wait(milliseconds: index % 4 == 3 ? -5_000 : Int64(index % 3) * 1_000)
                try station.scene.file("\(index)")
            }
            try central.ingest(try station.events(), of: number)
        }
        for limit in [1, 5, 7, 36, 40] {
            var filter = TicketFilter()
            filter.limit = limit
            var cursor: FleetCursor?
            var seen: [FleetTicket] = []
            repeat {
                let page = central.desk.fleetTickets(filter, behind: cursor)
                #expect(page.totalCount == 36 && page.tickets.count <= limit)
                #expect(page.tickets.count == limit || page.next == nil)
                seen += page.tickets
                cursor = try page.next.map { text throws(Refusal) in try FleetCursor(text) }
            } while cursor != nil && seen.count < 100
            #expect(Set(seen.map { "\($0.station)-\($0.id)" }).count == 36 && seen.count == 36)
            let times = seen.map(\.ticket.createdAt)
            #expect(times == times.sorted(by: >))
        }
        for text in ["", "x", "MQ", "MS4yLjM0LjU"] {
            #expect(refusal { () throws(Refusal) in try FleetCursor(text) }?.statusCode == 400, "\(text)")
        }
        var filter = TicketFilter()
        filter.search = "11"
        filter.limit = 2
        let page = try central.desk.fleetTickets(of: 7, filter)
        // The ticket 11 has another text.
        #expect(page.tickets.map(\.ticket.description) == ["11", "10"] && page.next == nil)
    }

    @Test func `stations do not affect each other`() throws {
        let first = try station()
        var second = ReportingStation(scene: try Scene.furnished(), number: 4_294_967_295)
        try second.scene.file("far away")
        var central = try Scene.central(7, 4_294_967_295)
        try central.ingest(try first.events(), of: 7)
        try central.ingest(try second.events(), of: 4_294_967_295)
        try central.expectTickets(of: first)
        try central.expectTickets(of: second)
        let page = central.desk.fleetTickets(TicketFilter(), behind: nil)
        #expect(page.totalCount == 3 && page.tickets.map(\.station) == [7, 7, 4_294_967_295])
        #expect(central.desk.ticketCount == 0)
    }
}
