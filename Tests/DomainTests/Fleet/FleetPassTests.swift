import Bytes
import JSON
import Testing

@testable import Domain

/// What passes of snapshots do to a central server and its tickets.
@Suite struct FleetPassTests {
    private func station(_ ticketCount: Int = 2) throws -> ReportingStation {
        var station = ReportingStation(scene: try Scene.furnished(), number: 7)
        for number in 0..<ticketCount { try station.scene.file("ticket \(number)") }
        return station
    }

    @Test func `a batch ends at most one pass`() throws {
        let station = try station()
        var central = try Scene.central(7)
        let cursor = station.scene.desk.lastSequence
        try central.ingest(try station.events(), of: 7)
        func end(_ sequence: UInt64) -> JSONValue {
            station.event(
                "history.missing", ["from": 1, "through": 1, "snapshot": 1, "tickets": 0], behind: sequence - 1)
        }
        let fault = central.fault(of: [end(cursor + 1), end(cursor + 2)], of: 7)
        #expect(fault == .malformed("events[1]: a batch may have one support.history.missing"))
        try central.ingest([end(cursor + 1)], of: 7)
        try central.ingest([end(cursor + 2)], of: 7)
        #expect(central.desk.fleetMember(7)?.acceptedThrough == cursor + 2)
    }

    /// A pass with a snapshot of a form that this version does not know.
    @Test(arguments: ["first", "second"])
    func `a snapshot that is not understood keeps its ticket`(_ epoch: String) throws {
        var station = try station(3)
        var central = try Scene.central(7)
        try central.ingest(try station.events(), of: 7)
        let isNew = epoch != station.epoch
        let cursor = isNew ? 0 : station.scene.desk.lastSequence
        station.epoch = epoch
        try station.scene.event(.deleteTicket(3))
        var pass = try station.pass(behind: cursor, through: station.scene.desk.lastSequence)
        pass[0] = pass[0].with("data", ["snapshot": 1, "ticket": ["support_id": "one"]])
        // If the identity names no ticket, the subject does.
        let id = "\(epoch)-\(station.scene.desk.lastSequence)."
        pass[1] = pass[1].with("id", .string(id + "x")).with("subject", "tickets/2").with("data", nil)
        try central.ingest(pass, of: 7)
        #expect(try central.desk.fleetTickets(of: 7, TicketFilter()).tickets.map(\.id) == [2, 1])
        #expect(central.desk.fleetMember(7)?.notUnderstoodJSON["count"] == 2)
        #expect(try central.replayed().dump() == central.desk.dump())
        // Later events about them count.
        _ = try station.scene.patch(1, by: Scene.admin, ["priority": "low"])
        let last = station.scene.desk.lastSequence
        try central.ingest(try station.events(behind: last - 1), of: 7)
        #expect(try central.desk.fleetTicket(1, of: 7).ticket.priority == .low)
    }

    @Test func `numbers of an earlier epoch do not hide events after a strange snapshot`() throws {
        var station = try station(3)
        var central = try Scene.central(7)
        try central.ingest(try station.events(), of: 7)
        let ticket = try #require(try station.events().last?["data"]?["ticket"])
        station.epoch = "second"
        let at: JSONValue = "2025-01-12T10:30:01.800Z"
        let strange = station.event("ticket.snapshot", 1, 0, at, ["snapshot": 1, "ticket": "?"], suffix: ".3")
        let end: JSONObject = ["from": 1, "through": 1, "snapshot": 1, "tickets": 1]
        let changed: JSONObject = ["by": 1, "ticket": ticket.with("priority", "urgent"), "changes": []]
        try central.ingest(
            [
                strange, station.event("history.missing", 1, 0, at, end, suffix: ".missing"),
                station.event("ticket.updated", 2, 1, at, changed),
            ], of: 7)
        #expect(try central.desk.fleetTickets(of: 7, TicketFilter()).tickets.map(\.id) == [3])
        #expect(try central.desk.fleetTicket(3, of: 7).ticket.priority == .urgent)
    }

    @Test func `only changes of tickets are news`() throws {
        var station = try station(1)
        var central = try Scene.central(7)
        let cursor = station.scene.desk.lastSequence
        try station.scene.event(.deleteTicket(1))
        try station.scene.file("another")
        _ = try station.scene.patch(2, by: Scene.admin, ["priority": "low"])
        func news(_ element: JSONValue) throws -> Bool {
            central.desk.isNews(
                central.desk.fleetEvent(.reported(try FleetEvent(element, station: 7)), now: central.now))
        }
        // A pass has the second ticket as it is; the history that it replaces arrives all the same.
        let history = try station.events()
        let count = history.count - 3
        try central.ingest(Array(history[..<count]), of: 7)
        var pass = try station.pass(behind: cursor, through: cursor + 1)
        pass.removeLast()
        try central.ingest(pass, of: 7)
        let events = try station.events(behind: cursor)
        // The deletion of the first one is still news.
        #expect(try events.map(news) == [true, false, false])
        _ = try station.scene.patch(2, by: Scene.admin, ["priority": "high"])
        #expect(try station.events(behind: cursor).map(news) == [true, false, false, true])
        // To a central server without tickets, everything is news except the deletion of an unknown ticket.
        central = try Scene.central(7)
        #expect(try station.events(behind: cursor).map(news) == [false, true, true, true])
    }

    @Test func `a snapshot that names no ticket keeps none`() throws {
        let station = try station()
        var central = try Scene.central(7)
        for (suffix, subject) in [(".9", "tickets/9"), (".x", "x"), ("", "tickets/0"), (".99999999999", "tickets/-1")] {
            let last = station.scene.desk.lastSequence
            let snapshot = station.event("ticket.snapshot", last, 0, "2025-01-12T10:30:01.800Z", [:], suffix: suffix)
            try central.ingest([snapshot.with("subject", .string(subject))], of: 7)
        }
        #expect(try central.desk.fleetStatistics(of: 7).total == 0)
    }
}

extension JSONValue {
    /// The object with another value of a member, or without the member.
    fileprivate func with(_ name: String, _ value: JSONValue?) -> JSONValue {
        var object = objectValue ?? JSONObject()
        object[name] = value
        return .object(object)
    }
}
