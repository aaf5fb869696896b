import Foundation
import JSON
import Testing

extension EndToEnd {
    /// What technicians need besides: sorting, counting, receipts, who is looking, changes in bulk.
    @Suite struct DeskWork {
        private func file(_ driver: HTTPClient, _ priorities: [String]) throws {
            for priority in priorities {
                let body: JSONValue = [
                    "user_id": 1, "station_id": 1, "description": "No power", "priority": .string(priority),
                ]
                #expect(try driver.request("POST", "/api/v1/support", body).status == 201)
            }
        }

        @Test func `lists are sorted by urgency page by page, and counts follow the filter`() throws {
            try StationProcess.running { station in
                let (driver, admin, staff) = try station.demoClients()
                try file(driver, ["low", "urgent", "high", "urgent", "medium", "high"])
                _ = try staff.request("PATCH", "/api/v1/support/4", ["assignee_id": 3])
                func ids(_ query: String) throws -> [Int64] {
                    var path: String? = "/api/v1/support?\(query)"
                    var ids: [Int64] = []
                    while let next = path {
                        let answer = try admin.get(next)
                        #expect(answer.status == 200, "\(answer.text)")
                        ids += (answer.json.arrayValue ?? []).compactMap { $0["support_id"]?.integerValue }
                        path = answer["Link"].flatMap { $0.split(separator: ">").first }.map { String($0.dropFirst()) }
                    }
                    return ids
                }
                #expect(try ids("sort=urgent_first") == [2, 4, 3, 6, 5, 1])
                #expect(try ids("sort=urgent_first&limit=2") == [2, 4, 3, 6, 5, 1])
                #expect(try ids("sort=oldest&limit=4") == [1, 2, 3, 4, 5, 6])
                #expect(try ids("sort=changed&limit=1").first == 4)
                #expect(try ids("sort=urgent_first&assignee_id=none&priority=urgent&priority=low") == [2, 1])
                #expect(try ids("assignee_id=3,none&limit=5").count == 6 && ids("assignee_id=3") == [4])
                #expect(try ids("created_after=2999-01-01T00:00:00.000Z") == [])
                #expect(try ids("created_before=2999-01-01T00:00:00.000Z").count == 6)
                let cursor = try #require(try admin.get("/api/v1/support?sort=oldest&limit=2")["Link"])
                let text = try #require(cursor.split(separator: "cursor=").last?.prefix { $0 != ">" && $0 != "&" })
                expectError(try admin.get("/api/v1/support?sort=urgent_first&cursor=\(text)"), 400)
                expectError(try admin.get("/api/v1/support?sort=price"), 400)
                expectError(try admin.get("/api/v1/support?created_after=yesterday"), 400)

                let counts = try admin.get("/api/v1/support/counts?priority=urgent,high").json
                #expect(counts["total"] == 4 && counts["unassigned"] == 3 && counts["byStatus"]?["open"] == 4)
                #expect(counts["byPriority"] == ["low": 0, "medium": 0, "high": 2, "urgent": 2])
                #expect(try driver.get("/api/v1/support/counts?user_id=2").json["total"] == 0)
            }
        }

        @Test func `receipts tell what was sent, received and read, also after a restart`() throws {
            try StationProcess.running(.delivery()) { station in
                var (driver, admin, staff) = try station.demoClients()
                try file(driver, ["high"])
                _ = try staff.request("PATCH", "/api/v1/support/1", ["status": "in_progress"])
                func receipts(_ client: HTTPClient) throws -> [JSONValue] {
                    try client.get("/api/v1/support/1/receipts").json.arrayValue ?? []
                }
                let away = try #require(try receipts(staff).first)
                #expect(away["event"] == "support:ticket:updated" && away["sent"] == false && away["received"] == false)

                let phone = try station.listen(driver)
                let heard = try phone.nextEvent()
                try phone.prove()
                _ = try staff.request("POST", "/api/v1/support/1/comments", ["body": "Between us", "internal": true])
                _ = try admin.request("PATCH", "/api/v1/support/1", ["status": "closed"])
                let resolved = try phone.nextEvent()
                try phone.prove()
                let deadline = Deadline(seconds: 10)
                while try receipts(staff).contains(where: { $0["received_at"]?.stringValue == nil }), !deadline.isOver {
                    usleep(20_000)
                }
                var all = try receipts(admin)
                #expect(all.map { $0["id"] } == [heard.payload["id"], resolved.payload["id"]])
                #expect(all.allSatisfy { $0["sent"] == true && $0["sent_at"]?.stringValue != nil })
                #expect(all.allSatisfy { $0["read"] == false && $0["read_at"] == .null })
                _ = try phone.call("notifications:read", ["ids": [heard.payload["id"] ?? .null]])
                all = try receipts(admin)
                #expect(all.map { $0["read"] } == [true, false] && all[0]["read_at"]?.stringValue != nil)

                // It listens on another port.
                try station.restart()
                (driver, admin, staff) = try station.demoClients()
                let kept = try receipts(admin)
                #expect(kept.map { $0["received_at"] } == all.map { $0["received_at"] })
                #expect(kept.map { $0["read_at"] } == all.map { $0["read_at"] })
                expectError(try driver.get("/api/v1/support/1/receipts"), 403)
                expectError(try staff.get("/api/v1/support/9/receipts"), 404)
            }
        }

        @Test(arguments: NotificationSocket.Way.allCases)
        func `those who look at one ticket know of each other`(way: NotificationSocket.Way) throws {
            try StationProcess.running { station in
                let (driver, admin, staff) = try station.demoClients()
                try file(driver, ["high", "low"])
                func listen(_ client: HTTPClient) throws -> NotificationSocket {
                    let socket = try station.listen(client, way)
                    _ = try socket.events(2)
                    return socket
                }
                let (first, second) = (try listen(admin), try listen(staff))
                let alone: JSONValue = ["support_id": 1, "viewers": [["user_id": 2, "username": "admin"]]]
                let both: JSONValue = [
                    "support_id": 1,
                    "viewers": [["user_id": 2, "username": "admin"], ["user_id": 3, "username": "staff"]],
                ]
                #expect(try first.call("ticket:view", ["support_id": 1]) == alone)
                #expect(try second.call("ticket:view", ["support_id": 1]) == both)
                let joined = try first.nextEvent()
                #expect(joined.name == "ticket:viewers" && joined.payload == both)
                #expect(try second.call("ticket:view", ["support_id": 2])["viewers"]?.arrayValue?.count == 1)
                #expect(try first.nextEvent().payload == alone)
                _ = try second.call("ticket:view", ["support_id": 1])
                #expect(try first.nextEvent().payload == both)
                #expect(try second.call("ticket:leave", [:]) == [:])
                #expect(try first.nextEvent().payload == alone)
                _ = try second.call("ticket:view", ["support_id": 1])
                #expect(try first.nextEvent().payload == both)
                #expect(try admin.request("POST", "/api/v1/users/3/logout").status == 204)
                #expect(try first.nextEvent().payload == alone)
                #expect(try first.call("ticket:view", ["support_id": 99])["error"]?["statusCode"] == 404)
                #expect(try first.call("ticket:view", ["id": 1])["error"]?["statusCode"] == 400)
                let own = try station.listen(driver, way)
                #expect(try own.call("ticket:view", ["support_id": 1])["error"]?["statusCode"] == 403)
            }
        }

        @Test func `many tickets are changed in one request, each with its own outcome`() throws {
            try StationProcess.running { station in
                var (driver, admin, staff) = try station.demoClients()
                try file(driver, Array(repeating: "high", count: 40))
                _ = try admin.request("POST", "/api/v1/support", ["user_id": 1, "description": "Elsewhere"])
                let ids = JSONValue.array((1...42).map { .integer(Int64($0)) })
                let request: JSONValue = [
                    "support_ids": ids, "changes": ["status": "closed", "assignee_id": 3, "response": "Power is back"],
                ]
                let answer = try staff.request("POST", "/api/v1/support/bulk", request)
                let results = answer.json["results"]?.arrayValue ?? []
                #expect(answer.status == 200 && results.count == 42)
                #expect(results.prefix(40).allSatisfy { $0["statusCode"] == 200 && $0["changed"] == true })
                // The other two are no tickets of this swap station.
                #expect(results.suffix(2).allSatisfy { $0["statusCode"] == 404 && $0["message"]?.stringValue != nil })
                let one = try staff.get("/api/v1/support/7")
                #expect(one.json["status"] == "closed" && one.json["assignee_id"] == 3)
                #expect(results[6]["etag"]?.stringValue == one["ETag"])
                let again = try staff.request("POST", "/api/v1/support/bulk", request).json["results"]?.arrayValue ?? []
                #expect(again.prefix(40).allSatisfy { $0["statusCode"] == 200 && $0["changed"] == false })
                // It listens on another port.
                try station.restart()
                (driver, admin, staff) = try station.demoClients()
                #expect(try admin.get("/api/v1/support?status=closed")["X-Total-Count"] == "40")

                let many = JSONValue.array((1...101).map { .integer(Int64($0)) })
                for body: JSONValue in [
                    ["support_ids": many, "changes": [:]], ["support_ids": ["x"], "changes": [:]],
                    ["support_ids": [1]], ["support_ids": [1], "changes": ["status": "lost"]], [:],
                ] { expectError(try staff.request("POST", "/api/v1/support/bulk", body), 400) }
            }
        }
    }
}
