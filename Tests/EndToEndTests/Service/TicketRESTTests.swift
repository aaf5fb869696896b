import Foundation
import JSON
import Testing

extension EndToEnd {
    /// Tickets over REST, beyond what the ticket flow covers.
    @Suite struct TicketREST {
        private func file(_ client: HTTPClient, _ description: String, _ more: [String: JSONValue] = [:]) throws
            -> JSONValue
        {
            let body: JSONValue = ["user_id": 1, "description": .string(description)]
            let answer = try client.request("POST", "/api/v1/support", body.with(more))
            guard answer.status == 201 else {
                throw HarnessFault("filing a ticket was answered \(answer.status): \(answer.excerpt)")
            }
            return answer.json
        }

        private func number(_ ticket: JSONValue) -> Int64 { ticket["support_id"]?.integerValue ?? 0 }

        @Test func `an answer names every fault of a body`() throws {
            try StationProcess.running { station in
                let (driver, admin, _) = try station.demoClients()
                let bad: JSONValue = [
                    "user_id": "one", "description": "", "type": "fire", "priority": 7, "foo": 1, "bar": nil,
                ]
                expectInvalid(
                    try driver.request("POST", "/api/v1/support", bad),
                    [
                        "user_id", "description", "type", "priority", "property foo should not exist",
                        "property bar should not exist",
                    ])
                expectInvalid(try driver.request("POST", "/api/v1/support", [:]), ["user_id", "description"])
                let id = number(try file(driver, "Valid"))
                expectInvalid(
                    try admin.request(
                        "PATCH", "/api/v1/support/\(id)",
                        ["status": "gone", "assignee_id": "two", "created_at": "now"]),
                    ["status", "assignee_id", "property created_at should not exist"])
                expectInvalid(try admin.request("PATCH", "/api/v1/support/\(id)/rating", ["rating": 6]), ["rating"])
                expectError(try admin.request("PATCH", "/api/v1/support/\(id)/rating", ["rating": 5]), 400)
                expectInvalid(
                    try admin.request("PATCH", "/api/v1/support/\(id)/status", ["state": "open"]),
                    ["status", "property state should not exist"])
                for raw in [
                    "", "{", "[]", "\"text\"", "{\"user_id\":1,\"user_id\":1,\"description\":\"x\"}", "nul",
                    "{\"a\":\"\u{FFFD}",
                ] {
                    let answer = try driver.request("POST", "/api/v1/support", raw: raw, type: "application/json")
                    expectError(answer, 400)
                }
                expectError(try driver.request("POST", "/api/v1/support", ["user_id": 99, "description": "x"]), 403)
                expectError(
                    try admin.request("POST", "/api/v1/support", ["user_id": 99, "description": "x"]), 404,
                    "User not found")
                expectError(
                    try admin.request("POST", "/api/v1/support", ["user_id": 1, "description": "x", "station_id": 99]),
                    404,
                    "Station not found")
                expectError(try admin.get("/api/v1/support/999999"), 404)
                for wrong in ["abc", "0", "-1", "1.5", "99999999999999999999"] {
                    let answer = try admin.get("/api/v1/support/\(wrong)")
                    #expect(answer.status == 400 || answer.status == 404, "\(wrong): \(answer.status)")
                }
                #expect(try admin.get("/api/v1/support").json.arrayValue?.count == 1)
            }
        }

        @Test func `a driver who takes up too much is told so, and counted`() throws {
            var options = StationProcess.Options()
            options.limits = [
                ("driver_open_tickets_max", 2), ("ticket_bytes_per_user_max", 4_000), ("ticket_bytes_max", 6_000),
            ]
            try StationProcess.running(options) { station in
                let (driver, admin, _) = try station.demoClients()
                let id = number(try file(driver, "One"))
                _ = try file(driver, "Two")
                let body: JSONValue = ["user_id": 1, "description": "Three"]
                let refused = try driver.request("POST", "/api/v1/support", body)
                expectError(
                    refused, 429,
                    "You have too many open tickets: wait until one is closed (limits.driver_open_tickets_max)")
                #expect(refused["Retry-After"] == "60")
                let long = JSONValue.string(String(repeating: "x", count: 3_500))
                let share = try driver.request("POST", "/api/v1/support/\(id)/comments", ["body": long])
                #expect(share.status == 429 && share["Retry-After"] == "3600")
                let comments = "/api/v1/support/\(id)/comments"
                #expect(try admin.request("POST", comments, ["body": long]).status == 201)
                let whole = try admin.request("POST", comments, ["body": long])
                #expect(whole.status == 507 && whole["Retry-After"] == "30")
                let metrics = try admin.get("/metrics").text
                for name in ["open_tickets", "ticket_bytes_per_user", "ticket_bytes"] {
                    #expect(metrics.contains("\nstationd_refused_\(name)_total 1\n"), "\(name)")
                }
                #expect(try admin.get("/api/v1/status").json["counts"]?["ticket_bytes"]?.integerValue ?? 0 > 3_500)
                #expect(try admin.request("DELETE", "/api/v1/support/\(id)").status == 200)
                _ = try file(driver, "Four")
            }
        }

        @Test func `entity tags guard against lost updates`() throws {
            try StationProcess.running { station in
                let (driver, admin, _) = try station.demoClients()
                let path = "/api/v1/support/\(number(try file(driver, "Tagged")))"
                let first = try admin.get(path)
                let tag = try #require(first["ETag"])
                #expect(tag.hasPrefix("\"") && tag.hasSuffix("\"") && tag.utf8.count > 2)
                let unchanged = try admin.get(path, fields: [("If-None-Match", tag)])
                #expect(unchanged.status == 304)
                #expect(unchanged.body.isEmpty && unchanged["ETag"] == tag)
                let patched = try admin.request("PATCH", path, ["response": "One"], fields: [("If-Match", tag)])
                #expect(patched.status == 200)
                #expect(patched["ETag"] != tag)
                expectError(try admin.request("PATCH", path, ["response": "Two"], fields: [("If-Match", tag)]), 412)
                expectError(try admin.request("DELETE", path, fields: [("If-Match", tag)]), 412)
                #expect(try admin.get(path, fields: [("If-None-Match", tag)]).json["response"] == "One")
                let current = try #require(try admin.get(path)["ETag"])
                #expect(current == patched["ETag"])
                try station.restart()
                let again = HTTPClient(port: station.port, token: admin.token)
                #expect(try again.get(path)["ETag"] == current)
                #expect(
                    try again.request("PATCH", path, ["response": "Any"], fields: [("If-Match", "*")]).status == 200)
                expectError(try again.request("DELETE", path, fields: [("If-Match", "\"other\", \(current)")]), 412)
                let last = try #require(try again.get(path)["ETag"])
                #expect(try again.request("DELETE", path, fields: [("If-Match", "\"other\", \(last)")]).status == 200)
            }
        }

        @Test func `an idempotency key makes one ticket, even across a restart`() throws {
            try StationProcess.running { station in
                let (driver, admin, _) = try station.demoClients()
                let body: JSONValue = ["user_id": 1, "description": "Once"]
                let key = [("Idempotency-Key", "6f1c-once")]
                let first = try driver.request("POST", "/api/v1/support", body, fields: key)
                #expect(first.status == 201)
                let path = "/api/v1/support/\(number(first.json))"
                #expect(try admin.request("PATCH", path, ["response": "Changed since"]).status == 200)
                let second = try driver.request("POST", "/api/v1/support", body, fields: key)
                #expect(second.status == 201 && second.json == first.json)
                expectError(
                    try driver.request("POST", "/api/v1/support", body.with(["description": "Other"]), fields: key), 422
                )
                for hard in [false, true] {
                    if !hard { #expect(station.stop() == .code(0)) }
                    try station.restart()
                    let later = HTTPClient(port: station.port, token: driver.token)
                    let third = try later.request("POST", "/api/v1/support", body, fields: key)
                    #expect(third.status == 201 && third.json == first.json)
                    expectError(
                        try later.request("POST", "/api/v1/support", body.with(["description": "Other"]), fields: key),
                        422)
                    #expect(try later.get("/api/v1/support").json.arrayValue?.count == 1)
                }
                // A key belongs to one user.
                let other = HTTPClient(port: station.port, token: admin.token)
                let elsewhere = try other.request("POST", "/api/v1/support", body, fields: key)
                #expect(elsewhere.status == 201 && elsewhere.json["support_id"] != first.json["support_id"])
                expectError(try other.request("POST", "/api/v1/support", body, fields: [("Idempotency-Key", "")]), 400)
            }
        }

        @Test func `lists come newest first, in pages with Link and X-Total-Count`() throws {
            try StationProcess.running { station in
                let (driver, admin, _) = try station.demoClients()
                for index in 1...25 {
                    _ = try file(
                        index.isMultiple(of: 2) ? driver : admin, "Ticket \(index)",
                        [
                            "type": index.isMultiple(of: 5) ? "battery_issue" : "other",
                            "priority": index.isMultiple(of: 3) ? "urgent" : "low",
                            "station_id": index.isMultiple(of: 2) ? 1 : nil,
                        ])
                }
                var pages: [[Int64]] = []
                var next: String? = "/api/v1/support?limit=10"
                while let target = next {
                    let page = try admin.get(target)
                    #expect(page.status == 200)
                    #expect(page["X-Total-Count"] == "25")
                    pages.append(page.json.arrayValue?.map(number) ?? [])
                    next = page["Link"].flatMap(Self.next)
                    if pages.count > 4 { break }
                    // A ticket filed meanwhile neither shifts nor repeats what the cursor has yet to show.
                    if pages.count == 1 { _ = try file(driver, "Meanwhile", ["type": "station_issue"]) }
                    if pages.count == 1 { try admin.request("DELETE", "/api/v1/support/\(26)") }
                }
                #expect(pages.map(\.count) == [10, 10, 5])
                #expect(pages.flatMap { $0 } == (1...25).reversed().map { Int64($0) })

                func count(_ query: String) throws -> Int? {
                    let answer = try admin.get("/api/v1/support?\(query)")
                    #expect(answer["X-Total-Count"] == answer.json.arrayValue.map { String($0.count) }, "\(query)")
                    return answer.json.arrayValue?.count
                }
                #expect(try count("type=battery_issue") == 5)
                #expect(try count("priority=urgent&type=other") == 7)
                #expect(try count("station_id=1") == 12)
                #expect(try count("user_id=1&status=open") == 25)
                #expect(try count("user_id=2") == 0)
                #expect(try count("status=closed") == 0)
                #expect(try count("assignee_id=2") == 0)
                // Ticket 1, those with a 1 in the text, and those at swap station 1.
                #expect(try count("q=TICKET%201") == 19)
                #expect(try count("q=%237") == 1)
                #expect(try count("q=no-such%20ticket") == 0)
                #expect(try count("q=ticket+25") == 1)
                #expect(try count("q=nowhere") == 0)
                for query in [
                    "limit=0", "limit=1001", "limit=x", "status=gone", "type=fire", "user_id=x", "cursor=%FF",
                    "cursor=!",
                ] {
                    let answer = try admin.get("/api/v1/support?\(query)")
                    #expect(answer.status == 400, "\(query): \(answer.status)")
                }
                #expect(try admin.get("/api/v1/support/user/1").json.arrayValue?.count == 25)
                #expect(try admin.get("/api/v1/support/station/1").json.arrayValue?.count == 12)
                #expect(try admin.get("/api/v1/support/status/open").json.arrayValue?.count == 25)
                expectError(try admin.get("/api/v1/support/status/gone"), 400)
                #expect(
                    try admin.get("/api/v1/support/statistics").json["byStatus"] == [
                        "open": 25, "in_progress": 0, "closed": 0,
                    ])
            }
        }

        /// The target of a Link field's `rel="next"`.
        private static func next(_ link: String) -> String? {
            guard link.contains("rel=\"next\""), let start = link.firstIndex(of: "<"),
                let end = link.firstIndex(of: ">")
            else { return nil }
            let url = String(link[link.index(after: start)..<end])
            guard let path = url.range(of: "/api/v1") else { return nil }
            return String(url[path.lowerBound...])
        }

        @Test func `comments and history tell who did what`() throws {
            try StationProcess.running { station in
                let (driver, admin, staff) = try station.demoClients()
                let id = number(try file(driver, "Talked about", ["station_id": 1]))
                let path = "/api/v1/support/\(id)"
                let open = try driver.request("POST", "\(path)/comments", ["body": "Please hurry"])
                #expect(open.status == 201)
                #expect(open.json["body"] == "Please hurry")
                #expect(
                    try staff.request("POST", "\(path)/comments", ["body": "Again him", "internal": true]).status == 201
                )
                expectInvalid(try driver.request("POST", "\(path)/comments", ["body": ""]), ["body"])
                let forDriver = try driver.get("\(path)/comments").json.arrayValue?.compactMap {
                    $0["body"]?.stringValue
                }
                #expect(forDriver == ["Please hurry"])
                let forStaff = try staff.get("\(path)/comments").json.arrayValue?.compactMap { $0["body"]?.stringValue }
                #expect(forStaff == ["Please hurry", "Again him"])
                try admin.request("PATCH", path, ["status": "closed", "response": "Done"])
                try driver.request("PATCH", "\(path)/rating", ["rating": 4])
                let statistics = try admin.get("/api/v1/support/statistics").json
                #expect(statistics["averageRating"]?.doubleValue == 4)
                #expect(statistics["byStatus"] == ["open": 0, "in_progress": 0, "closed": 1])
                let history = try admin.get("\(path)/history").json.arrayValue ?? []
                let status = history.first { $0["field"] == "status" && $0["to"] == "closed" }
                #expect(status?["from"] == "open")
                let rating = history.first { $0["field"] == "rating" }
                #expect(rating?["from"] == .null && rating?["to"] == 4)
                try station.restart()
                let later = HTTPClient(port: station.port, token: admin.token)
                #expect(try later.get("\(path)/history").json == .array(history))
                #expect(try later.get("\(path)/comments").json.arrayValue?.count == 2)
            }
        }

        @Test func `every kind of request is answered as HTTP specifies`() throws {
            try StationProcess.running { station in
                let (driver, admin, _) = try station.demoClients()
                let id = number(try file(driver, "Asked"))
                let preflight = try station.client().request(
                    "OPTIONS", "/api/v1/support/\(id)",
                    fields: [
                        ("Origin", "https://console.example"), ("Access-Control-Request-Method", "PATCH"),
                        ("Access-Control-Request-Headers", "authorization,content-type,if-match"),
                    ])
                #expect(preflight.status == 204 || preflight.status == 200)
                #expect(preflight["Access-Control-Allow-Origin"] == "*")
                #expect(preflight["Access-Control-Allow-Methods"]?.contains("PATCH") == true)
                #expect(preflight["Access-Control-Allow-Headers"]?.lowercased().contains("authorization") == true)
                #expect(preflight["Access-Control-Allow-Credentials"] == nil)
                let plain = try admin.get("/api/v1/support/\(id)", fields: [("Origin", "https://console.example")])
                #expect(plain["Access-Control-Allow-Origin"] == "*")
                #expect(plain["Content-Type"]?.hasPrefix("application/json") == true)

                let head = try admin.request("HEAD", "/api/v1/support/\(id)")
                #expect(head.status == 200 && head["Content-Length"] == String(plain.body.count))
                #expect(head["ETag"] == plain["ETag"])

                for (method, path, allowed) in [
                    ("DELETE", "/api/v1/support", ["GET", "POST"]),
                    ("POST", "/api/v1/support/\(id)", ["GET", "PATCH", "DELETE"]),
                    ("GET", "/api/v1/auth/login", ["POST"]), ("POST", "/healthz", ["GET"]),
                ] {
                    let answer = try admin.request(method, path)
                    expectError(answer, 405)
                    let methods = Set((answer["Allow"] ?? "").components(separatedBy: ", "))
                    #expect(methods.isSuperset(of: allowed), "\(path): \(answer["Allow"] ?? "no Allow")")
                    #expect(!methods.contains(method))
                }
                expectError(try admin.get("/api/v1/nowhere"), 404)
                expectError(try admin.get("/nowhere"), 404)
                #expect(try station.client().get("/healthz").status == 200)
                #expect(try station.client().get("/readyz").status == 200)
                expectError(try station.client().get("/api/v1/support"), 401)
                expectError(try HTTPClient(port: station.port, token: "x").get("/api/v1/support"), 401)
                #expect(try admin.get("/api/v1/status").status == 200)
                // Everything above used one connection per client, except after an answer that closes it.
                for _ in 0..<50 { #expect(try admin.get("/api/v1/support/\(id)").json == plain.json) }
            }
        }

        @Test func `only listed origins may read answers`() throws {
            let options = StationProcess.Options(settings: [("cors", ["origins": ["https://desk.example"]])])
            try StationProcess.running(options) { station in
                let client = station.client()
                let listed = try client.get("/healthz", fields: [("Origin", "https://desk.example")])
                #expect(listed["Access-Control-Allow-Origin"] == "https://desk.example")
                #expect(listed["Vary"]?.contains("Origin") == true)
                let other = try client.get("/healthz", fields: [("Origin", "https://evil.example")])
                #expect(other["Access-Control-Allow-Origin"] == nil)
            }
        }
    }
}
