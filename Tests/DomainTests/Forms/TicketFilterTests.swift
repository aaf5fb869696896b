import Testing

@testable import Domain

@Suite struct TicketFilterTests {
    @Test func `every parameter is read`() throws {
        let filter = try TicketFilter(query: [
            ("status", "in_progress"), ("user_id", "7"), ("station_id", "8"), ("type", "other"), ("priority", "low"),
            ("assignee_id", "9"), ("q", "Lock"), ("limit", "1000"), ("cursor", TicketFilter.cursor(behind: 12)),
        ])
        #expect(filter.status == .inProgress && filter.userID == 7 && filter.stationID == 8 && filter.type == .other)
        #expect(filter.priority == .low && filter.assigneeID == 9 && filter.search == "Lock" && filter.limit == 1000)
        #expect(filter.below == 12)
        #expect(try TicketFilter(query: []).limit == 1000)
        #expect(try TicketFilter(query: [("user_id", "99999999999")]).userID == 0)
    }

    @Test(
        arguments: [
            ([("limit", "1001")], ["limit must not be greater than 1000"]),
            ([("limit", "0")], ["limit must not be less than 1"]),
            (
                [("limit", "-99999999999999999999")],
                [
                    "limit must not be greater than 1000", "limit must not be less than 1",
                    "limit must be an integer number",
                ]
            ),
            (
                [("limit", "ten")],
                [
                    "limit must not be greater than 1000", "limit must not be less than 1",
                    "limit must be an integer number",
                ]
            ),
            (
                [("user_id", "abc"), ("page", "2")],
                ["property page should not exist", "user_id must be an integer number"]
            ),
            (
                [("status", "open"), ("status", "closed")],
                [
                    "status must be one of the following values: open, in_progress, closed"
                ]
            ),
            ([("cursor", "t12")], ["cursor must come from an earlier answer"]),
            ([("cursor", "")], ["cursor must come from an earlier answer"]),
            ([("q", String(repeating: "x", count: 201))], ["q must be shorter than or equal to 200 characters"]),
        ] as [([(String, String)], [String])])
    func `every fault of a query is named`(_ query: [(String, String)], _ faults: [String]) {
        let pairs = query.map { (name: $0.0, value: $0.1) }
        #expect(refusal { () throws(Refusal) in try TicketFilter(query: pairs) } == .invalid(faults))
    }

    @Test func `numbers and words in a path are read`() throws {
        #expect(try PathParameter.identifier("17") == 17)
        #expect(try PathParameter.identifier("-3") == 0)
        #expect(try PathParameter.identifier("99999999999999999999999") == 0)
        for segment in ["", "-", "x", "1.5", "1e3", " 1", "+1", "１"] {
            #expect(
                refusal { () throws(Refusal) in try PathParameter.identifier(segment) }
                    == .badRequest("Validation failed (numeric string is expected)"), "\(segment)")
        }
        #expect(try PathParameter.status("closed") == .closed)
        #expect(
            refusal { () throws(Refusal) in try PathParameter.status("done") }
                == .badRequest("Validation failed (enum string is expected)"))
    }

    @Test func `the query of an inbox is read`() throws {
        let filter = try InboxFilter(query: [("unread", "true"), ("after", "e-3"), ("limit", "5")])
        #expect(filter.unread && filter.after == NotificationID(epoch: "e", sequence: 3) && filter.limit == 5)
        #expect(try InboxFilter(nil) == InboxFilter())
        #expect(try InboxFilter(["limit": 3]).limit == 3)
        #expect(
            refusal { () throws(Refusal) in try InboxFilter(query: [("unread", "maybe"), ("after", "3"), ("x", "")]) }
                == .invalid([
                    "property x should not exist", "unread must be a boolean value", "after must be a notification id",
                ]))
    }
}
