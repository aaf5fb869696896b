import Testing

@testable import Domain

@Suite struct TicketFilterTests {
    @Test func `every parameter is read`() throws {
        let filter = try TicketFilter(query: [
            ("status", "in_progress"), ("user_id", "7"), ("station_id", "8"), ("type", "other"), ("priority", "low"),
            ("assignee_id", "9"), ("q", "Lock"), ("limit", "1000"), ("cursor", TicketFilter.cursor(behind: 12)),
        ])
        #expect(filter.statuses == [.inProgress] && filter.userIDs == [7] && filter.stationIDs == [8])
        #expect(filter.types == [.other] && filter.priorities == [.low] && filter.assigneeIDs == [9])
        #expect(filter.search == "Lock" && filter.limit == 1000)
        #expect(filter.below == 12)
        #expect(try TicketFilter(query: []).limit == 1000)
        #expect(try TicketFilter(query: [("user_id", "99999999999")]).userIDs == [0])
    }

    @Test(arguments: [
        [("status", "open"), ("status", "in_progress")], [("status", "open,in_progress")],
        [("status[]", "open"), ("status[]", "in_progress")], [("status[0]", "open"), ("status[1]", "in_progress")],
        [("status", "open, in_progress")], [("status", "open"), ("status[]", "in_progress,open"), ("status", "open")],
        [("status", ",open,,in_progress,")], [("status", ""), ("status", "open"), ("status", "in_progress")],
    ])
    func `several values are read in every form`(_ query: [(String, String)]) throws {
        let filter = try TicketFilter(query: query.map { (name: $0.0, value: $0.1) })
        #expect(filter.statuses == [.open, .inProgress])
        #expect(filter.userIDs.isEmpty && filter.limit == 1000)
    }

    @Test func `every enumeration and every id may have several values`() throws {
        let filter = try TicketFilter(query: [
            ("type", "other,battery_issue"), ("priority[]", "low"), ("priority[]", "urgent"), ("user_id", "7,8"),
            ("station_id[]", "1"), ("station_id", "2"), ("assignee_id[0]", "3"), ("assignee_id[1]", "4"),
        ])
        #expect(filter.types == [.other, .batteryIssue] && filter.priorities == [.low, .urgent])
        #expect(filter.userIDs == [7, 8] && filter.stationIDs == [1, 2] && filter.assigneeIDs == [3, 4])
        let hundred = (1...100).map(String.init).joined(separator: ",")
        #expect(try TicketFilter(query: [("user_id", hundred), ("user_id", hundred)]).userIDs.count == 100)
        #expect(
            refusal { () throws(Refusal) in try TicketFilter(query: [("user_id", hundred + ",101,102")]) }
                == .invalid(["user_id must contain no more than 100 elements"]))
    }

    @Test func `an unknown parameter is ignored, and the same value twice is one`() throws {
        let filter = try TicketFilter(query: [
            ("_", "123"), ("page", "2"), ("Status", "x"), ("status[x]", "y"), ("status[-1]", "y"), ("limit[]", "x"),
            ("q[]", "x"), ("", ""), ("limit", "5"), ("limit", "5"),
        ])
        var expected = TicketFilter()
        expected.limit = 5
        #expect(filter == expected)
        #expect(try InboxFilter(query: [("_", "1"), ("limit", "5"), ("unread[]", "x")]).limit == 5)
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
                [("user_id", "abc"), ("page", "2"), ("assignee_id", "1,x")],
                ["user_id must be an integer number", "each value in assignee_id must be an integer number or none"]
            ),
            (
                [("status", "open"), ("status[]", "done")],
                [
                    "each value in status must be one of the following values: open, in_progress, closed"
                ]
            ),
            ([("status", "")], ["status must be one of the following values: open, in_progress, closed"]),
            ([("status", "Open,")], ["status must be one of the following values: open, in_progress, closed"]),
            (
                [("limit", "1"), ("limit", "2")],
                [
                    "limit must not be greater than 1000", "limit must not be less than 1",
                    "limit must be an integer number",
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
                    "unread must be a boolean value", "after must be a notification id",
                ]))
    }
}
