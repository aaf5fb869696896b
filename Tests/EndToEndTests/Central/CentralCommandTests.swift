import Foundation
import JSON
import Testing

extension EndToEnd {
    /// A central server, its admins, and the stations that carry out their commands.
    @Suite struct CentralCommands {
        @Test func `a command reaches its station at once, and its outcome comes back`() throws {
            try StationProcess.running(.central) { server in
                let admin = try server.logIn("admin@example.com")
                let station = try server.reporter(7)
                _ = try station.post([station.created(1)])
                let socket = try NotificationSocket(port: server.port, token: try #require(admin.token))
                // The station's request waits for a command, and is answered in the turn that queues one.
                try station.client.send("GET", "\(station.path)/commands?after=0&wait=30")
                usleep(100_000)
                let queued = try admin.request(
                    "PATCH", "/api/v1/stations/7/support/1", ["status": "closed", "response": "ok"])
                #expect(queued.status == 202 && queued.json["status"] == "waiting", "\(queued.text)")
                let start = ContinuousClock.now
                let taken = try station.client.answer().json
                #expect(ContinuousClock.now - start < .seconds(5))
                let command = try #require(taken["commands"]?.arrayValue?.first)
                let id = try #require(queued.json["command_id"]?.stringValue)
                #expect(command["id"] == .string(id) && command["type"] == "ticket.update")
                #expect(command["data"] == ["support_id": 1, "changes": ["status": "closed", "response": "ok"]])
                #expect(id == "\(taken["epoch"]?.stringValue ?? "")-\(command["number"]?.integerValue ?? 0)")
                // The command comes again until its outcome arrives, unless the station says that it has the command.
                #expect(try station.commands()["commands"]?.arrayValue?.count == 1)
                let number = try #require(command["number"]?.integerValue)
                #expect(try station.commands(after: number)["commands"] == [])
                let stranger = try station.client.get("\(station.path)/commands?after=\(number)&epoch=other").json
                #expect(stranger["commands"]?.arrayValue?.count == 1)
                let location = try #require(queued["Location"])
                #expect(location == "/api/v1/stations/7/commands/\(number)")
                #expect(try admin.get(location).json["status"] == "waiting")
                _ = try station.post([station.updated(1, ["status": "closed"], command: id)])
                let done = try admin.get(location).json
                #expect(done["status"] == "applied" && done["by"] == 2 && isTime(done["finished_at"]))
                #expect(try station.commands()["commands"] == [])
                let told = try socket.events(2)
                #expect(told.map(\.name) == ["support:ticket:resolved", "fleet:command:finished"])
                #expect(
                    told[1].payload == [
                        "command_id": .string(id), "station_id": 7, "type": "ticket.update", "status": "applied",
                    ])
            }
        }

        @Test func `every way to ask queues a command`() throws {
            try StationProcess.running(.central) { server in
                let admin = try server.logIn("admin@example.com")
                let station = try server.reporter(7)
                _ = try station.post([station.created(1)])
                let user: JSONValue = [
                    "email": "new@example.com", "username": "new", "role": "driver", "password": "correct horse",
                ]
                let asked: [(String, String, JSONValue?)] = [
                    ("PATCH", "support/1/status", ["status": "in_progress"]),
                    ("POST", "support/1/comments", ["body": "hello", "internal": true]), ("DELETE", "support/1", nil),
                    ("POST", "commands", ["type": "user.upsert", "data": user]),
                    ("POST", "commands", ["type": "station.disable", "data": ["station_id": 1]]),
                ]
                for (method, path, body) in asked {
                    let answer = try admin.request(method, "/api/v1/stations/7/\(path)", body)
                    #expect(answer.status == 202, "\(path): \(answer.excerpt)")
                }
                let commands = try station.commands()["commands"]?.arrayValue ?? []
                #expect(
                    commands.map { $0["type"] }
                        == ["ticket.update", "ticket.comment", "ticket.delete", "user.upsert", "station.disable"])
                #expect(commands[1]["data"] == ["support_id": 1, "body": "hello", "internal": true])
                let sealed = try #require(commands[3]["data"]?["sealed_password_hash"]?.stringValue)
                #expect(sealed.utf8.count > 100 && !sealed.contains("$"))
                #expect(commands[3]["data"]?["password"] == nil && commands[3]["data"]?["password_hash"] == nil)
                #expect(commands.allSatisfy { $0["signature"]?.stringValue?.utf8.count == 128 })
                let shown = try admin.get("/api/v1/stations/7/commands")
                #expect(shown.json.arrayValue?.count == 5 && !shown.text.contains("$y$"))
                // Invalid requests are refused at once.
                expectInvalid(
                    try admin.request("PATCH", "/api/v1/stations/7/support/1", ["state": "closed"]),
                    ["property state should not exist"])
                expectError(
                    try admin.request("DELETE", "/api/v1/stations/7/support/2"), 404, "Support ticket not found")
                expectError(try admin.request("DELETE", "/api/v1/stations/8/support/1"), 404, "Station not found")
                expectError(try admin.get("/api/v1/stations/x/support"), 400)
                expectError(try admin.get("/api/v1/stations/7/commands/1"), 404, "Command not found")
                // The admin who asked hears of a refusal, with its reason.
                let socket = try NotificationSocket(port: server.port, token: try #require(admin.token))
                let id = try #require(commands[2]["id"]?.stringValue)
                _ = try station.post([
                    station.event(
                        "command.refused",
                        [
                            "by": "central", "command": ["id": .string(id)], "name": "ticket.delete", "statusCode": 404,
                            "error": "Not Found", "message": "Support ticket not found",
                        ])
                ])
                let told = try socket.nextEvent()
                #expect(told.name == "fleet:command:finished" && told.payload["status"] == "refused")
                #expect(told.payload["message"] == "Support ticket not found" && told.payload["statusCode"] == 404)
            }
        }

        @Test func `two requests may wait, and a server that stops waits for none`() throws {
            try StationProcess.running(.central) { server in
                let station = try server.reporter(7)
                let waiting = (0..<3).map { _ in FleetReporter(7, token: station.token, port: server.port) }
                for (index, client) in waiting.enumerated() {
                    // A request whose client is gone no longer counts.
                    try client.client.send("GET", "\(client.path)/commands?wait=60")
                    usleep(50_000)
                    if index == 0 { client.client.close() }
                }
                usleep(50_000)
                let third = FleetReporter(7, token: station.token, port: server.port)
                try third.client.send("GET", "\(third.path)/commands?wait=60")
                // The third request ends the longest wait.
                #expect(try waiting[1].client.answer().json["commands"] == [])
                let empty = try station.client.get("\(station.path)/commands?wait=1")
                #expect(empty.status == 200 && empty.json["commands"] == [])
                let start = ContinuousClock.now
                #expect(server.stop() == .code(0))
                #expect(ContinuousClock.now - start < .seconds(3))
            }
        }

        @Test func `only admins see the fleet`() throws {
            try StationProcess.running(.central) { server in
                let (driver, admin, staff) = try server.demoClients()
                let station = try server.reporter(7)
                _ = try station.post([station.created(1)])
                let paths = [
                    "/api/v1/fleet", "/api/v1/fleet/7", "/api/v1/fleet/support", "/api/v1/stations/7/support",
                    "/api/v1/stations/7/support/1", "/api/v1/stations/7/support/1/comments",
                    "/api/v1/stations/7/support/1/history", "/api/v1/stations/7/support/statistics",
                    "/api/v1/stations/7/commands",
                ]
                for path in paths {
                    for client in [driver, staff] { expectError(try client.get(path), 403, "Forbidden resource") }
                    expectError(try server.client().get(path), 401)
                    #expect(try admin.get(path).status == 200, "\(path)")
                }
                expectError(try staff.request("DELETE", "/api/v1/stations/7/support/1"), 403)
                // The desk's own swap stations are for everyone, as before.
                #expect(try driver.get("/api/v1/stations/1").json["name"] == "Demo station")
            }
        }

        @Test func `admins hear of the tickets of all stations, and nobody else does`() throws {
            try StationProcess.running(.central) { server in
                let (driver, admin, _) = try server.demoClients()
                let (seven, eight) = (try server.reporter(7), try server.reporter(8))
                let socket = try NotificationSocket(port: server.port, token: try #require(admin.token))
                let bystander = try NotificationSocket(port: server.port, token: try #require(driver.token))
                _ = try seven.post([
                    seven.created(1), seven.updated(1, ["priority": "low"]), seven.updated(1, ["status": "closed"]),
                    seven.event("ticket.deleted", ["ticket": FleetReporter.ticket(1), "changes": []]),
                ])
                _ = try eight.post([eight.created(1)])
                let told = try socket.events(5)
                #expect(
                    told.map(\.name)
                        == ["created", "updated", "resolved", "deleted", "created"].map { "support:ticket:\($0)" })
                #expect(told.map { $0.payload["data"]?["fleet_station_id"] } == [7, 7, 7, 7, 8])
                let epoch = try seven.place()["central_epoch"]?.stringValue ?? ""
                let numbers = told.compactMap {
                    $0.id?.hasPrefix(epoch) == true ? $0.id?.split(separator: "-").last : nil
                }
                #expect(numbers.compactMap { Int($0) } == numbers.compactMap { Int($0) }.sorted() && numbers.count == 5)
                #expect(told[0].payload["data"]?["description"] == "The battery does not lock in")
                // The desk's own tickets work as before, and what was delivered live does not come again.
                _ = try driver.request("POST", "/api/v1/support", ["user_id": 1, "description": "here"])
                #expect(try socket.nextEvent().payload["data"]?["fleet_station_id"] == nil)
                try socket.prove()
                #expect(try bystander.isQuiet(for: 0.3))
                let again = try NotificationSocket(port: server.port, token: try #require(admin.token))
                #expect(try again.isQuiet(for: 0.3))
            }
        }
    }
}
