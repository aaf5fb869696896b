import JSON
import Testing

@testable import Domain

/// Lists of the fleet's tickets that are made bit by bit, and what is found in them.
@Suite struct FleetListingTests {
    private func central() throws -> Scene {
        var central = try Scene.central(7, 8, 9)
        for number in [7, 8, 9] as [Identifier] {
            var station = ReportingStation(scene: try Scene.furnished(), number: number)
            for index in 0..<12 {
                station.scene.wait(milliseconds: index % 4 == 3 ? -5_000 : Int64(index % 3) * 1_000)
                let id = try station.scene.file(index % 2 == 0 ? "Không khoá" : "Dark", user: index % 5 == 0 ? 5 : 1)
                guard index % 3 == 0 else { continue }
                let draft = CommentDraft(body: "Vandals \(number)", isInternal: true)
                try station.scene.event(.addComment(ticket: id, draft), by: .operator)
            }
            try central.ingest(try station.events(), of: number)
        }
        return central
    }

    private static let queries: [[(String, String)]] = [
        [], [("q", "khoa")], [("q", "vandals 8")], [("q", "jane dark")], [("q", "#4")], [("limit", "5")],
        [("limit", "2"), ("q", "KHOÁ alpha")], [("support_id_min", "4"), ("limit", "30")],
    ]

    @Test(arguments: [1, 60, 1_000, TicketListing.stepsMax])
    func `a list made bit by bit is the list made in one go`(_ stepsMax: Int) throws {
        let central = try central()
        for query in Self.queries {
            let filter = try TicketFilter(query: query.map { (name: $0.0, value: $0.1) })
            var listings = [
                (central.desk.fleetTickets(filter, behind: nil), central.desk.fleetListing(filter, behind: nil))
            ]
            listings.append(
                (try central.desk.fleetTickets(of: 8, filter), try central.desk.fleetListing(of: 8, filter)))
            for (whole, listing) in listings {
                var listing = listing
                var (page, calls): (FleetTicketPage?, Int) = (nil, 0)
                while page == nil && calls < 1_000 {
                    page = listing.advance(in: central.desk, stepsMax: stepsMax)
                    calls += 1
                }
                #expect(page?.json == whole.json && page?.totalCount == whole.totalCount && page?.next == whole.next)
                #expect(try JSONParser.parse(whole.json).arrayValue?.count == whole.tickets.count, "\(query)")
                #expect(stepsMax > 1 || calls > 12)
            }
        }
    }

    @Test func `a query finds texts, comments, users, swap stations and numbers`() throws {
        let central = try central()
        func found(_ query: String) throws -> [String] {
            let filter = try TicketFilter(query: [(name: "q", value: query)])
            return central.desk.fleetTickets(filter, behind: nil).tickets.map { "\($0.station)-\($0.id)" }.sorted()
        }
        #expect(try found("khoa").count == 18 && found("vandals").count == 12)
        #expect(try found("vandals 8") == ["8-1", "8-10", "8-4", "8-7"] && found("#4") == ["7-4", "8-4", "9-4"])
        #expect(try found("jane@example khoa") == ["7-1", "7-11", "8-1", "8-11", "9-1", "9-11"])
        #expect(try found("alpha").count == 36 && found("alpha jane").count == 9 && found("beta").isEmpty)
    }

    @Test func `tickets that come and go meanwhile repeat and hide nothing`() throws {
        var central = try central()
        var filter = TicketFilter()
        filter.search = "khoa"
        let matching = central.desk.fleetTickets(filter, behind: nil).tickets.map { "\($0.station)-\($0.id)" }
        #expect(matching.count == 18)
        var listing = central.desk.fleetListing(filter, behind: nil)
        for _ in 0..<4 { #expect(listing.advance(in: central.desk, stepsMax: 400) == nil) }
        // Station 8 leaves with all its tickets.
        try central.run(fleet: .removeStation(8))
        for change in central.desk.fleetPurge(of: 8) {
            central.apply(central.desk.fleetEvent(change, now: central.now))
        }
        let last = listing.advance(in: central.desk)
        let page = try #require(last)
        let seen = page.tickets.map { "\($0.station)-\($0.id)" }
        #expect(seen == matching.filter { !$0.hasPrefix("8-") } && page.next == nil)
    }
}
