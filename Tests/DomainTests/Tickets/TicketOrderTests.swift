import Bytes
import JSON
import Testing

@testable import Domain

/// Lists in another order than the newest first, counts, and files for spreadsheets.
@Suite struct TicketOrderTests {
    private func scene() throws -> Scene {
        var scene = try Scene.furnished()
        for number in 0..<40 {
            let id = try scene.file("Text \(number)", user: number % 3 == 0 ? 5 : 1, station: 1, by: .operator)
            let words = TicketPriority.allCases.map(\.rawValue)
            _ = try scene.patch(id, by: .operator, ["priority": .string(words[(number * 7) % 4])])
            if number % 5 == 0 { _ = try scene.patch(id, by: .operator, ["status": "closed", "assignee_id": 3]) }
            scene.wait(milliseconds: 1_000)
        }
        return scene
    }

    private func filter(_ query: [(String, String)]) throws -> TicketFilter {
        try TicketFilter(query: query.map { (name: $0.0, value: $0.1) })
    }

    @Test(arguments: TicketOrder.allCases, [1, 3, 7, 40, 1_000])
    func `pages in any order make up the whole list`(order: TicketOrder, limit: Int) throws {
        let scene = try scene()
        for caller in [Scene.admin, Scene.driver] {
            let all = try scene.desk.tickets(filter([]), for: caller).tickets
            let expected = all.sorted { order.key(of: $0) < order.key(of: $1) }.map(\.id)
            var (ids, cursor): ([Identifier], String?) = ([], nil)
            repeat {
                var query = [("sort", order.rawValue), ("limit", "\(limit)")]
                if let cursor { query.append(("cursor", cursor)) }
                var listing = try scene.desk.listing(filter(query), for: caller)
                var page: TicketPage?
                while page == nil { page = try listing.advance(in: scene.desk, stepsMax: 200) }
                #expect(page?.totalCount == all.count)
                ids += page?.tickets.map(\.id) ?? []
                cursor = page?.next
            } while cursor != nil
            #expect(ids == expected, "\(order)")
        }
    }

    @Test func `urgent tickets come first, and of those the oldest`() throws {
        let tickets = try scene().desk.tickets(filter([("sort", "urgent_first")]), for: .operator).tickets
        let urgent = tickets.prefix { $0.priority == .urgent }
        #expect(urgent.count == 10 && tickets.last?.priority == .low)
        #expect(urgent.map(\.id) == urgent.map(\.id).sorted())
    }

    @Test(arguments: TicketOrder.allCases) func `a cursor belongs to its order`(order: TicketOrder) throws {
        let cursor = order.cursor(after: TicketKey(rank: order == .newest ? UInt64(Identifier.max - 7) : 3, id: 7))
        for other in TicketOrder.allCases { #expect((other.key(ofCursor: cursor)?.id == 7) == (other == order)) }
        for text in ["", "t", "dA", "dS4x", "dTE", "dTEu", "b18uNw", "dTk5OTk5OTk5OTk5OTk5OTk5OTk5OS4x"] {
            if let key = order.key(ofCursor: text) { #expect(order.cursor(after: key) == text) }
        }
    }

    @Test func `counts follow the filter`() throws {
        let scene = try scene()
        func count(_ query: [(String, String)]) throws -> JSONValue {
            var listing = try scene.desk.counting(filter(query), for: .operator)
            var counts: TicketCounts?
            while counts == nil { counts = try listing.advance(in: scene.desk, stepsMax: 300)?.counts }
            var writer = JSONWriter()
            counts?.write(into: &writer)
            return try JSONParser.parse(writer.bytes)
        }
        let all = try count([("limit", "1"), ("sort", "oldest")])
        #expect(all["total"] == 40 && all["unassigned"] == 32 && all["byStatus"]?["closed"] == 8)
        #expect(all["byPriority"] == ["low": 10, "medium": 10, "high": 10, "urgent": 10])
        #expect(try count([("assignee_id", "none")])["total"] == 32)
        #expect(try count([("assignee_id", "none,3")])["total"] == 40)
        #expect(try count([("assignee_id", "3"), ("status", "open")])["total"] == 0)
    }

    @Test func `the age of tickets bounds a list`() throws {
        let scene = try scene()
        let tickets = try scene.desk.tickets(filter([]), for: .operator).tickets
        let middle = try #require(tickets.first { $0.id == 20 }).createdAt.iso8601
        #expect(try scene.desk.tickets(filter([("created_after", middle)]), for: .operator).totalCount == 21)
        #expect(try scene.desk.tickets(filter([("created_before", middle)]), for: .operator).totalCount == 19)
    }

    @Test func `a file for spreadsheets has a line for each ticket and runs no formula`() throws {
        var scene = try Scene.furnished()
        for text in ["=1+1", "-2", "@x", "a,b", "say \"x\"", "two\nlines", "＝1", "đổi pin", "plain"] {
            try scene.file(text)
        }
        var listing = try scene.desk.exporting(filter([("sort", "oldest")]), for: .operator)
        var page: TicketPage?
        while page == nil { page = try listing.advance(in: scene.desk, stepsMax: 100) }
        let text = String(decoding: try #require(page).csv, as: UTF8.self)
        for field in [
            "\"'=1+1\"", "\"'-2\"", "\"'@x\"", "\"a,b\"", "\"say \"\"x\"\"\"", "\"two\nlines\"", "\"'＝1\"",
            ",đổi pin,", ",plain,",
        ] { #expect(text.contains(field), "\(field)") }
        #expect(page?.csv.starts(with: [0xEF, 0xBB, 0xBF]) == true && page?.tickets.isEmpty == true)
    }
}
