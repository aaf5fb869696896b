import Foundation
import JSON
import Testing

extension EndToEnd {
    /// The contract's table of roles, cell by cell.
    @Suite struct Permissions {
        /// A station with two drivers, two swap stations, staff at the first, an admin, and a ticket for each case.
        private final class Scene {
            let station: StationProcess
            let driver, admin, staff, stranger: HTTPClient
            let strangerID, secondStation: Int64
            private var count = 0

            init(_ station: StationProcess) throws {
                self.station = station
                (driver, admin, staff) = try station.demoClients()
                let made = try admin.request(
                    "POST", "/api/v1/users",
                    [
                        "username": "other_driver", "email": "other@example.com", "password": "other-password",
                        "role": "driver",
                    ])
                guard made.status == 201, let id = made.json["user_id"]?.integerValue else {
                    throw HarnessFault("POST /users answered \(made.status): \(made.text)")
                }
                strangerID = id
                let second = try admin.request(
                    "POST", "/api/v1/stations", ["name": "Second", "address": "Elsewhere 2"])
                guard second.status == 201, let place = second.json["station_id"]?.integerValue else {
                    throw HarnessFault("POST /stations answered \(second.status): \(second.text)")
                }
                secondStation = place
                stranger = try HTTPClient.loggedIn("other@example.com", port: station.port, password: "other-password")
            }

            /// Files a ticket as the admin and returns its path.
            func ticket(of user: Int64, at place: Int64? = nil, closed: Bool = false) throws -> String {
                count += 1
                let body: JSONValue = ["user_id": .integer(user), "description": "Case \(count)"]
                let answer = try admin.request(
                    "POST", "/api/v1/support", place.map { body.with(["station_id": .integer($0)]) } ?? body)
                guard answer.status == 201, let id = answer.json["support_id"] else {
                    throw HarnessFault("POST /support answered \(answer.status): \(answer.excerpt)")
                }
                if closed { try admin.request("PATCH", "/api/v1/support/\(id)/status", ["status": "closed"]) }
                return "/api/v1/support/\(id)"
            }
        }

        @Test func `a driver may do only what the table says`() throws {
            try StationProcess.running { station in
                let scene = try Scene(station)
                let driver = scene.driver
                // Create: for themselves.
                #expect(
                    try driver.request("POST", "/api/v1/support", ["user_id": 1, "description": "Own"]).status == 201)
                let foreign = JSONValue.integer(scene.strangerID)
                expectError(
                    try driver.request("POST", "/api/v1/support", ["user_id": foreign, "description": "x"]), 403)
                // Read: their own. Another driver's ticket looks as if it did not exist.
                let own = try scene.ticket(of: 1, at: 1)
                let other = try scene.ticket(of: scene.strangerID, at: 1)
                #expect(try driver.get(own).status == 200)
                let absent = try driver.get("/api/v1/support/999999")
                for path in [other, "\(other)/comments", "\(other)/history"] {
                    let answer = try driver.get(path)
                    expectError(answer, 404)
                    #expect(answer.text == absent.text)
                }
                expectError(try driver.request("PATCH", other, ["description": "Mine now"]), 404)
                expectError(try driver.request("PATCH", "\(other)/rating", ["rating": 1]), 404)
                expectError(try driver.request("POST", "\(other)/comments", ["body": "Hello"]), 404)
                let list = try driver.get("/api/v1/support").json.arrayValue ?? []
                #expect(list.count == 2 && list.allSatisfy { $0["user_id"] == 1 })
                #expect(try driver.get("/api/v1/support?user_id=\(scene.strangerID)").json.arrayValue?.isEmpty ?? true)
                // PATCH: the description while open, the rating once closed.
                #expect(try driver.request("PATCH", own, ["description": "Clearer"]).status == 200)
                let values: [(String, JSONValue)] = [
                    ("status", "closed"), ("response", "x"), ("priority", "urgent"), ("type", "other"),
                    ("station_id", 1),
                    ("assignee_id", 2),
                ]
                for (name, value) in values {
                    expectError(
                        try driver.request("PATCH", own, .object(JSONObject(dictionaryLiteral: (name, value)))), 403)
                }
                expectError(try driver.request("PATCH", "\(own)/status", ["status": "closed"]), 403)
                expectError(try driver.request("PATCH", own, ["rating": 3]), 400)
                let closed = try scene.ticket(of: 1, closed: true)
                let late = try driver.request("PATCH", closed, ["description": "Too late"])
                #expect(late.status == 403 || late.status == 400)
                #expect(try driver.request("PATCH", closed, ["rating": 3]).status == 200)
                // DELETE and management: no.
                expectError(try driver.request("DELETE", own), 403)
                try expectNoManagement(by: driver, scene)
                #expect(try driver.get(own).json["description"] == "Clearer")
            }
        }

        @Test func `station staff may do only what the table says`() throws {
            try StationProcess.running { station in
                let scene = try Scene(station)
                let staff = scene.staff
                // Create: for anyone at their swap station.
                let body: JSONValue = ["user_id": 1, "description": "At the counter", "station_id": 1]
                #expect(try staff.request("POST", "/api/v1/support", body).status == 201)
                let elsewhere = body.with(["station_id": .integer(scene.secondStation)])
                expectError(try staff.request("POST", "/api/v1/support", elsewhere), 403)
                // Read: their swap station's and their own.
                let here = try scene.ticket(of: 1, at: 1)
                let there = try scene.ticket(of: 1, at: scene.secondStation)
                let own = try scene.ticket(of: 3)
                #expect(try staff.get(here).status == 200)
                #expect(try staff.get(own).status == 200)
                let hidden = try staff.get(there)
                #expect(hidden.status == 403 || hidden.status == 404)
                let list = try staff.get("/api/v1/support").json.arrayValue ?? []
                #expect(list.count == 3 && list.allSatisfy { $0["station_id"] == 1 || $0["user_id"] == 3 })
                // PATCH: status, response, priority, assignee.
                let changes: JSONValue = [
                    "status": "in_progress", "response": "Soon", "priority": "low", "assignee_id": 3,
                ]
                #expect(try staff.request("PATCH", here, changes).status == 200)
                #expect(try staff.request("PATCH", "\(here)/status", ["status": "closed"]).status == 200)
                for (name, value) in [("description", "x"), ("type", "other"), ("rating", 5)] as [(String, JSONValue)] {
                    expectError(
                        try staff.request("PATCH", here, .object(JSONObject(dictionaryLiteral: (name, value)))), 403)
                }
                let foreign = try staff.request("PATCH", there, ["response": "x"])
                #expect(foreign.status == 403 || foreign.status == 404)
                expectError(try staff.request("DELETE", here), 403)
                try expectNoManagement(by: staff, scene)
            }
        }

        @Test func `an admin may do everything`() throws {
            try StationProcess.running { station in
                let scene = try Scene(station)
                let admin = scene.admin
                let path = try scene.ticket(of: scene.strangerID, at: scene.secondStation)
                #expect(try admin.get(path).status == 200)
                let changes: JSONValue = [
                    "status": "closed", "response": "Done", "description": "Reworded", "type": "station_issue",
                    "priority": "urgent", "station_id": 1, "assignee_id": 2, "rating": 2,
                ]
                let patched = try admin.request("PATCH", path, changes)
                #expect(patched.status == 200)
                for name in changes.names { #expect(patched.json[name] == changes[name], "\(name)") }
                #expect(try admin.request("DELETE", path).status == 200)

                let user = "/api/v1/users/\(scene.strangerID)"
                #expect(try admin.get("/api/v1/users").json.arrayValue?.count == 4)
                let shown = try admin.get(user)
                #expect(
                    shown.json.names == [
                        "active", "created_at", "email", "language", "phone", "role", "station_id", "user_id",
                        "username",
                    ])
                #expect(!shown.text.contains("password") && !shown.text.contains("$y$"))
                #expect(try admin.request("PATCH", user, ["phone": "+49 1"]).json["phone"] == "+49 1")
                #expect(try admin.request("PATCH", user, ["active": false]).status == 200)
                expectError(try scene.stranger.get("/api/v1/auth/me"), 401)
                #expect(try admin.request("DELETE", user).status == 200)
                expectError(try admin.get(user), 404)
                let place = "/api/v1/stations/\(scene.secondStation)"
                #expect(try admin.request("PATCH", place, ["status": "maintenance"]).json["status"] == "maintenance")
                #expect(try scene.driver.get(place).json["status"] == "maintenance")
                let twice = try admin.request(
                    "POST", "/api/v1/users",
                    [
                        "username": "again", "email": "driver@example.com", "password": "other-password",
                        "role": "driver",
                    ])
                expectError(twice, 409)
            }
        }

        /// Only admins manage users and swap stations. Everyone may read swap stations.
        private func expectNoManagement(by client: HTTPClient, _ scene: Scene) throws {
            let user = "/api/v1/users/\(scene.strangerID)"
            let body: JSONValue = [
                "username": "x", "email": "x@example.com", "password": "x-password", "role": "admin",
            ]
            expectError(try client.get("/api/v1/users"), 403)
            expectError(try client.get(user), 403)
            expectError(try client.request("POST", "/api/v1/users", body), 403)
            expectError(try client.request("PATCH", user, ["role": "admin"]), 403)
            expectError(try client.request("DELETE", user), 403)
            expectError(try client.request("POST", "/api/v1/stations", ["name": "x"]), 403)
            expectError(try client.request("PATCH", "/api/v1/stations/1", ["name": "x"]), 403)
            expectError(try client.get("/api/v1/status"), 403)
            #expect(try client.get("/api/v1/stations").json.arrayValue?.count == 2)
            #expect(try client.get("/api/v1/stations/1").status == 200)
        }
    }
}
