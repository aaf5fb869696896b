import Foundation
import JSON
import Testing

extension EndToEnd {
    /// What one station can do to a central server, and what its operator can do about it.
    @Suite struct CentralBounds {
        private static var smallRecords: StationProcess.Options {
            var options = StationProcess.Options.central
            options.limits = [("segment_bytes", 262_144), ("journal_bytes_max", 4 << 20)]
            return options
        }

        @Test func `an event too large for a record stops nothing`() throws {
            try StationProcess.running(Self.smallRecords) { server in
                let admin = try server.logIn("admin@example.com")
                let station = try server.reporter(7)
                let large = JSONValue.string(String(repeating: "x", count: 200_000))
                let strange = station.created(1).with(["note": large])
                let answer = try station.post([strange, station.created(2), station.event("x", ["text": large])])
                #expect(answer.status == 200, "\(answer.excerpt)")
                #expect(answer.json["acceptedThrough"] == FleetReporter.padded(3))
                let row = try admin.get("/api/v1/fleet/7").json
                #expect(row["not_understood"]?["count"] == 1)
                #expect(row["not_understood"]?["last"]?["problem"] == "the event is too large for a record")
                #expect(server.waitForLog("(support.ticket.created): the event is too large for a record"))
                #expect(try admin.get("/api/v1/stations/7/support").json.arrayValue?.count == 1)
            }
        }

        @Test func `a station that sends without end is slowed down, and nobody else is`() throws {
            var options = StationProcess.Options.central
            options.limits = [("body_bytes_max", 16 << 20)]
            try StationProcess.running(options) { server in
                let (hostile, honest) = (try server.reporter(7), try server.reporter(8))
                let junk = [UInt8](repeating: UInt8(ascii: "x"), count: 15 << 20)
                var answers: [Int] = []
                for _ in 0..<6 { answers.append(try hostile.post(body: junk).status) }
                #expect(answers == [400, 400, 400, 400, 429, 429])
                let refused = try hostile.post(body: junk)
                #expect(refused.text.contains("more than 256 KiB a second"))
                #expect((Int(refused["Retry-After"] ?? "") ?? 0) > 1)
                #expect(try honest.post([honest.created(1)]).status == 200)
                #expect(try hostile.post([hostile.created(1)]).status == 200, "what is small has room")
            }
        }

        @Test func `of events that mean nothing here only so much is kept`() throws {
            try StationProcess.running(.central) { server in
                let admin = try server.logIn("admin@example.com")
                let station = try server.reporter(7)
                let text = JSONValue.string(String(repeating: "x", count: 90_000))
                func journalBytes() throws -> Int64 {
                    try admin.get("/api/v1/status").json["journal"]?["bytes"]?.integerValue ?? 0
                }
                let before = try journalBytes()
                for _ in 0..<20 {
                    let batch = (0..<10).map { _ in station.event("later", ["text": text]) }
                    #expect(try station.post(batch).status == 200)
                }
                #expect(server.waitForLog("Station 7 sends many events that mean nothing here, such as support.later"))
                let kept = try journalBytes() - before
                #expect(kept < 6 << 20, "18 MB were sent, and \(kept) bytes are kept")
                // All of them count as received, and what does mean something is kept as ever.
                #expect(try station.post([station.created(1)]).json["acceptedThrough"] == FleetReporter.padded(201))
                #expect(try admin.get("/api/v1/stations/7/support/1").json["description"] != nil)
            }
        }

        @Test func `a station that is removed or gets a new token is not kept waiting`() throws {
            try StationProcess.running(.central) { server in
                let station = try server.reporter(7)
                try station.client.send("GET", "\(station.path)/commands?wait=60")
                usleep(100_000)
                let renewed = try server.central("renew-token", "7")
                expectError(try station.client.answer(), 401, "Unauthorized")
                let token = renewed.output.trimmingCharacters(in: .whitespacesAndNewlines)
                let heir = FleetReporter(7, token: token, port: server.port)
                try heir.client.send("GET", "\(heir.path)/commands?wait=60")
                usleep(100_000)
                #expect(try server.central("remove-station", "7").exit == .code(0))
                expectError(try heir.client.answer(), 410, "Station 7 was removed from the fleet")
            }
        }

        @Test func `a station that sends nonsense is logged once`() throws {
            try StationProcess.running(.central) { server in
                let station = try server.reporter(7)
                func count(_ sentence: String) -> Int {
                    server.log.components(separatedBy: "Events of station 7 are refused: \(sentence)").count - 1
                }
                for _ in 0..<3 { #expect(try station.post(["x"]).status == 400) }
                #expect(try station.post(body: Array("[".utf8)).status == 400)
                #expect(server.waitForLog("Events of station 7 are refused: events[0]: must be an object"))
                #expect(try station.post([station.created(1)]).status == 200)
                #expect(try station.post(body: Array("{}".utf8)).status == 400)
                #expect(server.waitForLog("Events of station 7 are refused: The body must be an array of events"))
                #expect(count("") == 2)
            }
        }

        @Test func `an event from long ago is marked as replayed`() throws {
            try StationProcess.running(.central) { server in
                let admin = try server.logIn("admin@example.com")
                let station = try server.reporter(7)
                let socket = try NotificationSocket(port: server.port, token: try #require(admin.token))
                let now = ISO8601DateFormatter().string(from: Date())
                _ = try station.post([station.created(1), station.created(2).with(["time": .string(now)])])
                let told = try socket.events(2)
                #expect(told.map { $0.payload["data"]?["support_id"] } == [1, 2])
                #expect(told.map { $0.payload["replayed"] } == [true, nil])
            }
        }

        @Test func `new-epoch knows which station a directory belongs to`() throws {
            var options = StationProcess.Options.central
            options.settings.append(("station", ["id": 41]))
            try StationProcess.running(options) { server in
                #expect(server.stop() == .code(0))
                let renewed = try CommandResult.stationd("new-epoch", server.data)
                #expect(renewed.exit == .code(0) && !renewed.output.contains("station.id"), "\(renewed.excerpt)")
                let strange = try CommandResult.stationd("new-epoch", server.data, "--station", "42")
                #expect(strange.output.contains("the directory belongs to station 41, but station.id is 42"))
            }
        }

        @Test func `the log warns of a secret that stations may share`() throws {
            let secret = "\(NSTemporaryDirectory())/central-secret-\(UUID().uuidString)"
            try "0123456789abcdef0123456789abcdef".write(toFile: secret, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: secret) }
            let shared: JSONValue = ["secret_file": .string(secret)]
            var options = StationProcess.Options.central
            options.settings.append(("jwt", shared))
            try StationProcess.running(options) { server in
                #expect(server.waitForLog("if stations share that secret"))
            }
            try StationProcess.running(.init(settings: [("jwt", shared)])) { station in
                #expect(!station.log.contains("if stations share that secret"))
            }
        }

        @Test func `a command is queued only if its precondition holds`() throws {
            try StationProcess.running(.central) { server in
                let admin = try server.logIn("admin@example.com")
                let station = try server.reporter(7)
                _ = try station.post([station.created(1)])
                let path = "/api/v1/stations/7/support/1"
                let tag = try #require(try admin.get(path)["ETag"])
                _ = try station.post([station.updated(1, ["priority": "low"])])
                for (method, place, body) in [
                    ("PATCH", path, ["priority": "high"]), ("DELETE", path, nil),
                    ("PATCH", "\(path)/status", ["status": "closed"]),
                ] as [(String, String, JSONValue?)] {
                    let stale = try admin.request(method, place, body, fields: [("If-Match", tag)])
                    let current = try #require(try admin.get(path)["ETag"])
                    expectError(stale, 412, "The ticket has changed: its ETag is \(current)")
                    let fresh = try admin.request(method, place, body, fields: [("If-Match", current)])
                    #expect(fresh.status == 202, "\(fresh.text)")
                }
                #expect(try station.commands()["commands"]?.arrayValue?.count == 3)
            }
        }

        @Test func `an admin can cancel a command and is told so`() throws {
            try StationProcess.running(.central) { server in
                let admin = try server.logIn("admin@example.com")
                let station = try server.reporter(7)
                _ = try station.post([station.created(1)])
                let first = try admin.request("DELETE", "/api/v1/stations/7/support/1")
                let second = try admin.request("DELETE", "/api/v1/stations/7/support/1")
                let location = try #require(first["Location"])
                let socket = try NotificationSocket(port: server.port, token: try #require(admin.token))
                let cancelled = try admin.request("DELETE", location)
                #expect(cancelled.status == 200 && cancelled.json["status"] == "cancelled", "\(cancelled.text)")
                #expect(cancelled.json["command_id"] == first.json["command_id"])
                expectError(try admin.request("DELETE", location), 409)
                #expect(try station.commands()["commands"]?.arrayValue?.map { $0["id"] } == [second.json["command_id"]])
                let told = try socket.nextEvent()
                #expect(told.name == "fleet:command:finished" && told.payload["status"] == "cancelled")
                // Removing the station cancels its waiting commands too. A purge leaves nothing of it.
                #expect(try server.central("remove-station", "7").exit == .code(0))
                #expect(try admin.get(second["Location"] ?? "").json["status"] == "cancelled")
                #expect(try admin.get("/api/v1/stations/7/support").json.arrayValue?.count == 1)
                let purged = try server.central("remove-station", "7", "--purge")
                #expect(purged.output == "removed station 7 from the fleet, with everything it had reported\n")
                #expect(try admin.get("/api/v1/stations/7/support").json == [])
                let again = try server.reporter(7)
                #expect(try again.place()["acceptedThrough"] == FleetReporter.padded(0))
                #expect(try again.post([again.created(5)]).status == 200)
            }
        }
    }
}
