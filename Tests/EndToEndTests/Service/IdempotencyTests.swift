import Foundation
import JSON
import Testing

extension EndToEnd {
    /// Idempotency-Key, wherever something is created.
    @Suite struct Idempotency {
        private static func post(
            _ client: HTTPClient, _ path: String, raw body: String, key: String
        ) throws -> HTTPAnswer {
            let fields = [
                ("Idempotency-Key", key), ("Content-Type", "application/json"),
                ("Content-Length", String(body.utf8.count)),
            ]
            try client.send(raw: client.encoded("POST", path, fields: fields) + Array(body.utf8))
            return try client.answer(to: "POST")
        }

        @Test func `bodies of the same meaning are the same request`() throws {
            try StationProcess.running { station in
                let driver = try station.logIn("driver@example.com")
                let path = "/api/v1/support"
                let first = try Self.post(
                    driver, path, raw: #"{"user_id":1,"description":"Caf\u00e9 \ud83d\ude00"}"#, key: "k")
                #expect(first.status == 201)
                for body in [
                    "{ \"description\" : \"Café \u{1F600}\",\n\"user_id\" : 1 }",
                    "\u{FEFF}{\"user_id\":1.0,\"description\":\"Caf\\u00E9 \\uD83D\\uDE00\"}",
                    "{\"user_id\":1e0,\"description\":\"Café \u{1F600}\"}",
                ] {
                    let again = try Self.post(driver, path, raw: body, key: "k")
                    #expect(again.status == 201 && again.json == first.json, "\(body): \(again.text)")
                    #expect(again["Location"] == first["Location"])
                }
                for body in [
                    "{\"user_id\":1,\"description\":\"Cafe\u{301} \u{1F600}\"}",
                    "{\"user_id\":1,\"description\":\"Café \u{1F600}\",\"priority\":\"low\"}",
                ] {
                    expectError(try Self.post(driver, path, raw: body, key: "k"), 422)
                }
                #expect(try driver.get(path).json.arrayValue?.count == 1)
            }
        }

        @Test func `everything that is created is created once`() throws {
            try StationProcess.running { station in
                let (driver, admin, _) = try station.demoClients()
                _ = try driver.request("POST", "/api/v1/support", ["user_id": 1, "description": "x"])
                let user: JSONValue = [
                    "username": "new", "email": "new@example.com", "password": "station-demo", "role": "driver",
                ]
                let cases: [(HTTPClient, String, JSONValue, String)] = [
                    (driver, "/api/v1/support/1/comments", ["body": "once"], "comment_id"),
                    (admin, "/api/v1/users", user, "user_id"),
                    (admin, "/api/v1/stations", ["name": "Gamma"], "station_id"),
                ]
                var firsts: [JSONValue] = []
                for (client, path, body, id) in cases {
                    let fields = [("Idempotency-Key", "the same for all")]
                    let first = try client.request("POST", path, body, fields: fields)
                    let again = try client.request("POST", path, body, fields: fields)
                    #expect(first.status == 201 && again.status == 201, "\(path): \(first.text) \(again.text)")
                    #expect(again.json == first.json && first.json[id] != nil, "\(path)")
                    let name = id == "comment_id" ? "body" : id == "user_id" ? "username" : "name"
                    expectError(
                        try client.request("POST", path, body.with([name: "other"]), fields: fields), 422)
                    expectError(try client.request("POST", path, body, fields: [("Idempotency-Key", "")]), 400)
                    firsts.append(first.json)
                }
                for hard in [false, true] {
                    if !hard { #expect(station.stop() == .code(0)) }
                    try station.restart()
                    for (index, (client, path, body, _)) in cases.enumerated() {
                        let fields = [("Idempotency-Key", "the same for all")]
                        let again = try HTTPClient(port: station.port, token: client.token).request(
                            "POST", path, body, fields: fields)
                        #expect(again.status == 201 && again.json == firsts[index], "\(path): \(again.text)")
                    }
                }
                let reader = HTTPClient(port: station.port, token: admin.token)
                #expect(try reader.get("/api/v1/support/1/comments").json.arrayValue?.count == 1)
                #expect(try reader.get("/api/v1/users").json.arrayValue?.count == 4)
                // A digest of a password would help to guess it.
                let stored = try reader.request(
                    "POST", "/api/v1/users", user.with(["password": "another one"]),
                    fields: [("Idempotency-Key", "the same for all")])
                #expect(stored.status == 201 && stored.json == firsts[1])
            }
        }

        /// Both passwords are being hashed when neither user is there yet.
        @Test func `two requests with one key at once create one user`() throws {
            try StationProcess.running { station in
                let admin = try station.logIn("admin@example.com")
                let user: JSONValue = [
                    "username": "new", "email": "new@example.com", "password": "station-demo", "role": "driver",
                ]
                let clients = (0..<2).map { _ in HTTPClient(port: station.port, token: admin.token) }
                for client in clients {
                    try client.send("POST", "/api/v1/users", user, fields: [("Idempotency-Key", "k")])
                }
                let answers = try clients.map { try $0.answer(to: "POST") }
                #expect(answers.map(\.status) == [201, 201] && answers[0].json == answers[1].json)
                #expect(try admin.get("/api/v1/users").json.arrayValue?.count == 4)
            }
        }

        @Test func `a command to a member is queued once`() throws {
            try StationProcess.running(.central) { server in
                let admin = try server.logIn("admin@example.com")
                let station = try server.reporter(7)
                _ = try station.post([station.created(1)])
                let member = "/api/v1/stations/7"
                let upsert: JSONValue = [
                    "type": "user.upsert",
                    "data": ["email": "n@example.com", "username": "n", "role": "driver", "password": "station-demo"],
                ]
                let cases: [(String, String, JSONValue?)] = [
                    ("POST", "\(member)/support/1/comments", ["body": "x"]),
                    ("POST", "\(member)/commands", ["type": "ticket.delete", "data": ["support_id": 9]]),
                    ("PATCH", "\(member)/support/1", ["status": "closed"]), ("DELETE", "\(member)/support/1", nil),
                    ("POST", "\(member)/commands", upsert),
                ]
                for (index, (method, path, body)) in cases.enumerated() {
                    let fields = [("Idempotency-Key", "key \(index / 4)")]
                    let first = try admin.request(method, path, body, fields: fields)
                    let again = try admin.request(method, path, body, fields: fields)
                    #expect(first.status == 202 && again.status == 202, "\(path): \(first.text) \(again.text)")
                    #expect(again.json == first.json && again["Location"] == first["Location"])
                }
                #expect(try station.commands()["commands"]?.arrayValue?.count == cases.count)
            }
        }
    }
}
