import JSON
import Testing

@testable import Domain

@Suite struct TicketPageTests {
    private func filter(_ query: (String, String)...) throws -> TicketFilter {
        try TicketFilter(query: query.map { (name: $0.0, value: $0.1) })
    }

    @Test func `filters narrow the answer`() throws {
        var scene = try Scene.furnished()
        try scene.file("Battery does not LOCK")
        try scene.file("Screen is dark", user: 5, station: 2)
        try scene.file("Lamp", station: 2)
        _ = try scene.patch(2, by: Scene.admin, ["status": "closed", "response": "New lock", "assignee_id": 3])
        _ = try scene.patch(3, by: Scene.admin, ["priority": "low", "type": "battery_issue", "status": "in_progress"])
        func ids(_ filter: TicketFilter, by caller: Caller = Scene.admin) throws -> [Identifier] {
            let page = try scene.desk.tickets(filter, for: caller)
            #expect(page.totalCount == page.tickets.count && page.next == nil)
            return page.tickets.map(\.id)
        }
        #expect(try ids(filter()) == [3, 2, 1])
        #expect(try ids(filter(("status", "closed"))) == [2])
        #expect(try ids(filter(("user_id", "1"))) == [3, 1])
        #expect(try ids(filter(("user_id", "1"), ("station_id", "2"))) == [3])
        #expect(try ids(filter(("station_id", "2"))) == [3, 2])
        #expect(try ids(filter(("type", "battery_issue"))) == [3] && ids(filter(("priority", "low"))) == [3])
        #expect(try ids(filter(("assignee_id", "3"))) == [2])
        #expect(try ids(filter(("q", "lock"))) == [2, 1] && ids(filter(("q", "JANE"))) == [2])
        #expect(try ids(filter(("q", ""))) == [3, 2, 1])
        #expect(try ids(filter(("user_id", "5")), by: Scene.driver) == [])
        #expect(try ids(filter(("station_id", "2")), by: Scene.driver) == [3])
        #expect(try ids(filter(("station_id", "2")), by: Scene.staff) == [])
        #expect(try ids(filter(("user_id", "1")), by: Scene.staff) == [1])
        #expect(try ids(filter(), by: Scene.otherStaff) == [3, 2])
    }

    @Test func `pages stay stable while tickets come and go`() throws {
        var scene = try Scene.furnished()
        for _ in 0..<10 { try scene.file() }
        for query in [[], [("status", "open")], [("user_id", "1")]] as [[(String, String)]] {
            var seen: [Identifier] = []
            var next: String?
            repeat {
                let cursor = next.map { [("cursor", $0)] } ?? []
                let pairs = (query + [("limit", "3")] + cursor).map { (name: $0.0, value: $0.1) }
                let page = try scene.desk.tickets(TicketFilter(query: pairs), for: Scene.admin)
                #expect(page.totalCount == scene.desk.ticketCount)
                seen += page.tickets.map(\.id)
                next = page.next
                try scene.file()
                if seen.count == 3, let last = seen.last { try scene.event(.deleteTicket(last)) }
            } while next != nil
            #expect(seen == seen.sorted(by: >) && Set(seen).count == seen.count)
            #expect(seen.count >= 9)
        }
    }

    @Test func `the last full page has no next`() throws {
        var scene = try Scene.furnished()
        for _ in 0..<4 { try scene.file() }
        #expect(try scene.desk.tickets(filter(("limit", "4")), for: Scene.admin).next == nil)
        #expect(try scene.desk.tickets(filter(("limit", "3")), for: Scene.admin).next != nil)
        #expect(try scene.desk.tickets(filter(("limit", "3")), for: Scene.driver).next != nil)
        #expect(try scene.desk.tickets(filter(("limit", "1"), ("status", "closed")), for: Scene.admin).next == nil)
    }

    @Test func `tickets are listed by user and by swap station`() throws {
        var scene = try Scene.furnished()
        try scene.file()
        try scene.file(user: 5, station: 2)
        let all = TicketFilter()
        #expect(try scene.desk.tickets(ofUser: 1, all, for: Scene.driver).tickets.map(\.id) == [1])
        #expect(try scene.desk.tickets(ofUser: 5, all, for: Scene.admin).tickets.map(\.id) == [2])
        #expect(try scene.desk.tickets(ofUser: 5, all, for: Scene.staff).tickets.isEmpty)
        #expect(
            refusal { () throws(Refusal) in try scene.desk.tickets(ofUser: 5, all, for: Scene.driver) }?.statusCode
                == 403)
        #expect(
            refusal { () throws(Refusal) in try scene.desk.tickets(ofUser: 99, all, for: Scene.driver) }?.statusCode
                == 403)
        #expect(
            refusal { () throws(Refusal) in try scene.desk.tickets(ofUser: 99, all, for: Scene.admin) }
                == .notFound("User not found"))
        #expect(try scene.desk.tickets(atStation: 2, all, for: Scene.otherDriver).tickets.map(\.id) == [2])
        #expect(try scene.desk.tickets(atStation: 2, all, for: Scene.driver).tickets.isEmpty)
        #expect(
            refusal { () throws(Refusal) in try scene.desk.tickets(atStation: 9, all, for: Scene.driver) }
                == .notFound("Station not found"))
    }

    @Test func `statistics count only readable tickets`() throws {
        var scene = try Scene.furnished()
        for number in 0..<3 {
            let id = try scene.file()
            _ = try scene.patch(id, by: .operator, ["status": "closed", "rating": .integer(Int64(number) + 3)])
        }
        try scene.file(user: 3, station: 2, by: .operator)
        try scene.file(user: 5, station: nil)
        func figures(_ caller: Caller) throws -> String {
            let statistics = try scene.desk.statistics(for: caller)
            return text { statistics.write(into: &$0) }
        }
        #expect(
            try figures(Scene.admin)
                == #"{"total":5,"byStatus":{"open":2,"in_progress":0,"closed":3},"averageRating":4.0}"#)
        #expect(
            try figures(Scene.staff)
                == #"{"total":4,"byStatus":{"open":1,"in_progress":0,"closed":3},"averageRating":4.0}"#)
        #expect(
            try figures(Scene.otherStaff)
                == #"{"total":1,"byStatus":{"open":1,"in_progress":0,"closed":0},"averageRating":null}"#)
        #expect(
            try figures(Scene.otherDriver)
                == #"{"total":1,"byStatus":{"open":1,"in_progress":0,"closed":0},"averageRating":null}"#)
    }

    @Test func `refusals read as NestJS writes them`() {
        #expect(
            text { Refusal.notFound("User not found").write(into: &$0) }
                == #"{"statusCode":404,"message":"User not found","error":"Not Found"}"#)
        #expect(
            text { Refusal.invalid(["a", "b"]).write(into: &$0) }
                == #"{"statusCode":400,"message":["a","b"],"error":"Bad Request"}"#)
    }
}
