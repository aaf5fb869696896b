import Generators
import JSON
import Testing

@testable import Domain

/// Lists that are made bit by bit, while the desk changes or not.
@Suite struct TicketListingTests {
    private static let queries: [[(String, String)]] = [
        [], [("status", "closed")], [("q", "lock")], [("q", "jane loose")], [("q", "alpha")], [("user_id", "1")],
        [("user_id", "1"), ("q", "5")], [("station_id", "2"), ("q", "dark cable")], [("limit", "3")],
        [("limit", "3"), ("q", "lock")], [("support_id_min", "4"), ("support_id_max", "17")],
        [("limit", "4"), ("cursor", TicketFilter.cursor(behind: 12)), ("priority", "low")],
        [("limit", "4"), ("cursor", TicketFilter.cursor(behind: 12))], [("user_id", "1,5")], [("user_id", "3,99")],
        [("station_id", "1,2")], [("user_id", "1"), ("station_id", "1,2")], [("user_id", "1,3"), ("station_id", "2")],
        [("status", "open,closed"), ("priority", "low,high"), ("limit", "3")],
        [("assignee_id", "none"), ("created_after", "2000-01-01T00:00:00.000Z")],
    ]

    private func filter(_ query: [(String, String)]) throws -> TicketFilter {
        try TicketFilter(query: query.map { (name: $0.0, value: $0.1) })
    }

    private func scene() throws -> Scene {
        var scene = try Scene.furnished()
        for number in 0..<30 {
            let user: Identifier = number % 3 == 0 ? 5 : number % 7 == 0 ? 3 : 1
            let station: Identifier? = number % 4 == 3 ? nil : number % 4 == 0 ? 1 : 2
            let id = try scene.file(
                number % 2 == 0 ? "Does not LOCK" : "Screen is dark", user: user, station: station, by: .operator)
            if number % 5 == 0 { _ = try scene.patch(id, by: .operator, ["status": "closed", "priority": "low"]) }
            if number % 6 == 0 {
                for text in ["Cable", "and plug", "was loose"] {
                    try scene.event(.addComment(ticket: id, CommentDraft(body: text)), by: .operator)
                }
            }
        }
        return scene
    }

    @Test(arguments: [0, 1, 50, 333, 5_000, TicketListing.stepsMax])
    func `a list made bit by bit is the list made in one go`(_ stepsMax: Int) throws {
        let scene = try scene()
        for query in Self.queries {
            for caller in [Scene.admin, Scene.driver, Scene.staff, Scene.otherStaff, Scene.otherDriver] {
                let whole = try scene.desk.tickets(filter(query), for: caller)
                var listing = try scene.desk.listing(filter(query), for: caller)
                var (page, calls): (TicketPage?, Int) = (nil, 0)
                while page == nil && calls < 1_000 {
                    page = try listing.advance(in: scene.desk, stepsMax: max(stepsMax, 1))
                    calls += 1
                }
                #expect(page?.json == whole.json && page?.totalCount == whole.totalCount, "\(query)")
                #expect(page?.next == whole.next && page?.tickets == whole.tickets, "\(query)")
                #expect(try JSONParser.parse(whole.json).arrayValue?.count == whole.tickets.count)
            }
        }
    }

    @Test func `several values list what each of them lists`() throws {
        let scene = try scene()
        for (name, values) in [
            ("user_id", ["1", "5", "99"]), ("station_id", ["1", "2"]), ("status", ["closed", "in_progress"]),
            ("type", ["other", "station_issue"]), ("priority", ["low", "high"]), ("assignee_id", ["3"]),
        ] {
            for caller in [Scene.admin, Scene.driver, Scene.staff] {
                func list(_ value: String) throws -> TicketPage {
                    try scene.desk.tickets(filter([(name, value)]), for: caller)
                }
                let each = try values.flatMap { try list($0).tickets.map(\.id) }
                let all = try list(values.joined(separator: ","))
                #expect(all.tickets.map(\.id) == each.sorted(by: >), "\(name)")
                #expect(all.totalCount == each.count, "\(name)")
            }
        }
    }

    @Test func `a call looks at a bounded part of the desk`() throws {
        var scene = try Scene.furnished()
        let text = String(repeating: "a", count: TextLimits.descriptionMax)
        for _ in 0..<40 { try scene.file(text) }
        for _ in 0..<40 { try scene.event(.addComment(ticket: 7, CommentDraft(body: text)), by: .operator) }
        var listing = try scene.desk.listing(filter([("q", String(repeating: "a", count: 199) + "b")]), for: .operator)
        var calls = 0
        while try listing.advance(in: scene.desk, stepsMax: 10_000) == nil { calls += 1 }
        // 80 texts of 5,000 letters, two or three in each call; the comments of one ticket take several calls.
        #expect((26...50).contains(calls))
    }

    @Test func `what was there and did not change is listed once, whatever happens meanwhile`() throws {
        var generator = RepeatableGenerator.announced("TicketListingTests")
        for query in Self.queries {
            for caller in [Scene.admin, Scene.driver, Scene.staff] {
                var scene = try scene()
                let before = try scene.desk.tickets(filter(query), for: caller)
                let unlimited = try scene.desk.tickets(filter(query.filter { $0.0 != "limit" }), for: caller)
                var listing = try scene.desk.listing(filter(query), for: caller)
                var touched: Set<Identifier> = []
                var page: TicketPage?
                while page == nil {
                    page = try listing.advance(in: scene.desk, stepsMax: Int.random(in: 1...400, using: &generator))
                    let id = Identifier.random(in: 1...30, using: &generator)
                    switch Int.random(in: 0...3, using: &generator) {
                    case 0: try scene.file("New: does not lock", user: 1, station: 1)
                    case 1:
                        guard scene.desk.tickets[id] != nil else { continue }
                        touched.insert(id)
                        try scene.event(.deleteTicket(id))
                    case 2:
                        guard scene.desk.tickets[id] != nil else { continue }
                        touched.insert(id)
                        _ = try scene.patch(id, by: .operator, ["status": "closed", "station_id": 2])
                    default: break
                    }
                }
                let found = try #require(page)
                let ids = found.tickets.map(\.id)
                #expect(ids == ids.sorted(by: >) && Set(ids).count == ids.count)
                #expect(ids.allSatisfy { $0 <= 30 } && (ids.count <= 4 || !query.contains { $0.0 == "limit" }))
                // Nothing is passed over down to the end of the page, and nothing is there that should not be.
                let end = try found.next.map { try filter([("cursor", $0)]).below ?? 0 } ?? 0
                for ticket in before.tickets where !touched.contains(ticket.id) && ticket.id >= end {
                    #expect(ids.contains(ticket.id))
                }
                let all = Set(unlimited.tickets.map(\.id))
                for id in ids where !touched.contains(id) { #expect(all.contains(id)) }
            }
        }
    }

    @Test func `a caller who is no longer active gets nothing, and another role another list`() throws {
        var scene = try scene()
        var (ofDriver, ofStaff) = try (
            scene.desk.listing(filter([("q", "lock")]), for: Scene.driver),
            scene.desk.listing(filter([("q", "lock")]), for: Scene.staff)
        )
        for _ in 0..<3 {
            #expect(try ofDriver.advance(in: scene.desk, stepsMax: 200) == nil)
            #expect(try ofStaff.advance(in: scene.desk, stepsMax: 200) == nil)
        }
        try scene.event(.updateUser(1, try UserPatch(["active": false]), passwordHash: nil))
        #expect(
            refusal { () throws(Refusal) in _ = try ofDriver.advance(in: scene.desk) } == .unauthorized("Unauthorized"))
        try scene.event(.updateUser(3, try UserPatch(["station_id": 2]), passwordHash: nil))
        let last = try ofStaff.advance(in: scene.desk)
        let page = try #require(last)
        let anew = try scene.desk.tickets(filter([("q", "lock")]), for: Scene.staff)
        #expect(page.json == anew.json)
        #expect(page.tickets.contains { $0.stationID == 2 })
        #expect(page.tickets.allSatisfy { $0.stationID != 1 || $0.userID == 3 })
    }

    @Test func `a changed name is found by the new one`() throws {
        var scene = try scene()
        var listing = try scene.desk.listing(filter([("q", "janet")]), for: .operator)
        #expect(try listing.advance(in: scene.desk, stepsMax: 1_000) == nil)
        try scene.event(.updateUser(5, try UserPatch(["username": "Janet"]), passwordHash: nil))
        let last = try listing.advance(in: scene.desk)
        let page = try #require(last)
        #expect(page.totalCount > 0 && page.tickets.allSatisfy { $0.userID == 5 })
    }

    @Test func `a page ends at its bytes, and the next one goes on from there`() throws {
        var scene = try Scene.furnished()
        // Each is six bytes in JSON.
        let text = String(repeating: "\u{1}", count: TextLimits.descriptionMax)
        for _ in 0..<100 {
            let id = try scene.file(text)
            _ = try scene.patch(id, by: .operator, ["response": .string(text)])
        }
        for base: [(String, String)] in [[], [("status", "open")], [("limit", "70")]] {
            var (seen, next, pages): ([Identifier], String?, Int) = ([], nil, 0)
            repeat {
                let page = try scene.desk.tickets(
                    filter(base + (next.map { [("cursor", $0)] } ?? [])), for: Scene.admin)
                #expect(page.json.count < DeskLimits.pageBytesMax + 64_000 && page.totalCount == 100)
                #expect(page.json.count >= DeskLimits.pageBytesMax || page.next == nil)
                #expect(try JSONParser.parse(page.json).arrayValue?.count == page.tickets.count)
                seen += page.tickets.map(\.id)
                next = page.next
                pages += 1
            } while next != nil && pages < 20
            #expect(seen == (1...100).reversed() && pages == 6)
        }
    }

    @Test func `statistics are counted bit by bit`() throws {
        let scene = try scene()
        for caller in [Scene.admin, Scene.driver, Scene.staff, Scene.otherStaff] {
            var counting = try scene.desk.statisticsListing(for: caller)
            var (statistics, calls): (Statistics?, Int) = (nil, 0)
            while statistics == nil {
                statistics = try counting.advance(in: scene.desk, stepsMax: 1)
                calls += 1
            }
            let listed = try scene.desk.tickets(TicketFilter(), for: caller)
            let whole = try scene.desk.statistics(for: caller)
            #expect(statistics?.total == listed.totalCount && statistics == whole)
            #expect((calls > 2) == (caller == Scene.staff))
        }
    }
}
