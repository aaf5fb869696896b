import Foundation
import Generators
import JSON
import Testing

extension EndToEnd {
    /// A central server and the events that stations send it.
    @Suite struct CentralIngest {
        @Test func `events are stored once, in order and for good`() throws {
            try StationProcess.running(.central) { server in
                let admin = try server.logIn("admin@example.com")
                let station = try server.reporter(7)
                #expect(try station.place()["epoch"] == .null)
                let events = [
                    station.event("station.created", ["station": [:]]), station.created(1), station.created(2),
                    station.event("ticket.commented", ["support_id": 9], skipping: 3),
                    station.updated(1, ["status": "closed"]),
                ]
                let first = try station.post(events)
                #expect(first.status == 200 && first.json["duplicates"] == 0, "\(first.text)")
                #expect(first.json["acceptedThrough"] == FleetReporter.padded(8))
                let again = try station.post(events)
                #expect(
                    again.status == 200 && again.json["duplicates"] == 5
                        && again.json == first.json.with(["duplicates": 5]))
                // A hole in the sequence is refused.
                let gap = try station.post([station.event("x.y", [:], sequence: 12, previous: 11)])
                #expect(gap.status == 409 && gap.json["expected"] == FleetReporter.padded(9), "\(gap.text)")
                let list = try admin.get("/api/v1/stations/7/support?status=closed")
                #expect(list.json.arrayValue?.count == 1 && list["X-Total-Count"] == "1")
                #expect(list.json.arrayValue?.first?.names == (ticketNames + ["fleet_station_id"]).sorted())
                // A pass in a new epoch removes what is gone.
                station.epoch = "second"
                #expect(try station.post(station.pass([2, 5], after: 0)).status == 200)
                try server.restart()
                let restarted = HTTPClient(port: server.port, token: admin.token)
                let ids = try restarted.get("/api/v1/stations/7/support").json.arrayValue?.map { $0["support_id"] }
                #expect(ids == [5, 2])
                let row = try restarted.get("/api/v1/fleet/7").json
                #expect(row["epoch"] == "second" && row["accepted_through"] == 8)
                #expect(row["missing"]?.arrayValue?.count == 1 && row["not_understood"]?["count"] == 1)
                restarted.close()
                #expect(server.stop() == .code(0))
                let check = try CommandResult.stationd("check", server.data)
                #expect(check.exit == .code(0), "\(check.excerpt)")
                #expect(WholeFile.exists("\(server.data)/fleet-7/5.json"))
                #expect(!WholeFile.exists("\(server.data)/fleet-7/1.json"))
            }
        }

        @Test func `only a station's own token opens its routes`() throws {
            try StationProcess.running(.central) { server in
                let admin = try server.logIn("admin@example.com")
                let station = try server.reporter(7)
                let other = try server.reporter(4_294_967_295)
                #expect(try other.place()["station_id"] == 4_294_967_295)
                let strangers = [
                    ("/api/v1/sync/stations/7", nil), ("/api/v1/sync/stations/7", "x"),
                    ("/api/v1/sync/stations/7", admin.token), ("/api/v1/sync/stations/7", other.token),
                    ("/api/v1/sync/stations/8", station.token), ("/api/v1/sync/stations/4294967303", station.token),
                    ("/api/v1/sync/stations/x", station.token), ("/api/v1/sync/stations/7/commands", other.token),
                ]
                for (path, token) in strangers {
                    let answer = try HTTPClient(port: server.port, token: token).get(path)
                    expectError(answer, 401, "Unauthorized")
                }
                // A station's token is nobody's login.
                expectError(try station.client.get("/api/v1/fleet"), 401)
                let twice = try server.central("add-station", "7")
                #expect(twice.exit == .code(65) && twice.errors.contains("use renew-token"), "\(twice.excerpt)")
                let renewed = try server.central("renew-token", "7")
                #expect(renewed.exit == .code(0))
                expectError(try station.client.get(station.path), 401)
                let token = renewed.output.trimmingCharacters(in: .whitespacesAndNewlines)
                let heir = FleetReporter(7, token: token, port: server.port)
                #expect(try heir.post([heir.created(1)]).status == 200)
                #expect(try server.central("remove-station", "7").exit == .code(0))
                for answer in [try heir.client.get(heir.path), try heir.post([heir.created(2)])] {
                    expectError(answer, 410, "Station 7 was removed from the fleet")
                }
                #expect(try admin.get("/api/v1/stations/7/support/1").status == 200)
                let list = try server.central("list-stations")
                #expect(list.output.contains("removed") && list.output.contains("Station 7"), "\(list.excerpt)")
                let json = try JSONParser.parse(try server.central("list-stations", "--json").output)
                #expect(json.arrayValue?.count == 2 && !json.text.contains("token"))
                for client in [admin, station.client, other.client, heir.client] { client.close() }
                _ = server.stop()
                // The same on a stopped server.
                let revived = try server.central("add-station", "7")
                #expect(revived.exit == .code(0), "\(revived.excerpt)")
                try server.start()
                let back = FleetReporter(
                    7, token: revived.output.trimmingCharacters(in: .whitespacesAndNewlines), port: server.port)
                #expect(try back.place()["acceptedThrough"] == FleetReporter.padded(1))
            }
        }

        @Test func `garbage is refused with a reason and harms nobody`() throws {
            var options = StationProcess.Options.central
            options.limits = [("body_bytes_max", 1_000_000), ("payload_bytes_max", 100_000)]
            try StationProcess.running(options) { server in
                let station = try server.reporter(7)
                let other = try server.reporter(8)
                let good = station.event("x.y", [:], sequence: 1, previous: 0)
                let table: [(String, String)] = [
                    ("", "not valid JSON"), ("[", "line 1, column 2"), ("{}", "must be an array"), ("null", "array"),
                    ("[1]", "events[0]: must be an object"), ("[[]]", "events[0]: must be an object"),
                    ("[\(good.text),{}]", "events[1]: specversion"), ("\u{FEFF}\u{FEFF}[]", "column 1"),
                    (String(repeating: "[", count: 5000), "nested more than 32 deep"),
                    ("[\(good.with(["time": 3]).text)]", "events[0]: time must be"),
                    ("[\(good.with(["source": "/stations/8"]).text)]", "events[0]: source must be"),
                    ("[\(good.with(["sequence": "1"]).text)]", "events[0]: sequence must be 20 digits"),
                    ("[\(good.with(["id": "first-99999999999999999999999"]).text)]", "events[0]: id must be"),
                    ("[\(good.text),\(good.text)]", "events[1]: sequence must be above"),
                ]
                for (body, message) in table {
                    let answer = try station.post(body: Array(body.utf8))
                    expectError(answer, 400)
                    #expect(
                        answer.json["message"]?.stringValue?.contains(message) == true, "\(body): \(answer.excerpt)")
                }
                expectError(try station.post(body: Array("[\u{0}\u{FF}".utf8), contentType: "application/json"), 415)
                for query in ["after=x", "after=-1", "wait=61", "wait=1.5"] {
                    expectError(try station.client.get("\(station.path)/commands?\(query)"), 400)
                }
                let large = try station.post(body: [UInt8](repeating: 0x20, count: 1_000_001))
                #expect(large.status == 413)
                var random = RepeatableGenerator.announced("CentralIngest garbage")
                let valid = JSONValue.array([station.created(1)]).encoded()
                for _ in 0..<300 {
                    var body = valid
                    for _ in 0..<Int.random(in: 1...4, using: &random) {
                        body[Int.random(in: 0..<body.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                    }
                    let answer = try station.post(body: body)
                    #expect([200, 400, 409].contains(answer.status), "\(answer.status): \(answer.excerpt)")
                }
                #expect(try other.post([other.created(1)]).status == 200)
                #expect(try station.place()["station_id"] == 7)
                #expect(try server.central("list-stations").exit == .code(0))
            }
        }

        @Test func `a station may send one batch at a time`() throws {
            try StationProcess.running(.central) { server in
                let (station, other) = (try server.reporter(7), try server.reporter(8))
                // Send both in one piece, so that the server gets them in one turn.
                let first = station.request([station.created(1)])
                let second = station.request([station.created(2)])
                try station.client.send(raw: first + second)
                #expect(try station.client.answer(to: "POST").status == 200)
                let refused = try station.client.answer(to: "POST")
                expectError(refused, 429, "One batch of events at a time")
                #expect(refused["Retry-After"] == "1")
                #expect(try other.post([other.created(1)]).status == 200)
                #expect(try station.place()["acceptedThrough"] == FleetReporter.padded(1))
            }
        }

        @Test func `acknowledged events survive kill -9`() throws {
            var generator = RepeatableGenerator.announced("CentralIngest kills")
            var options = StationProcess.Options.central
            options.limits = [("segment_bytes", 262_144), ("journal_bytes_max", 4 << 20)]
            try StationProcess.running(options) { server in
                let admin = try server.logIn("admin@example.com")
                var station = try server.reporter(7)
                var acknowledged: UInt64 = 0
                var made: [JSONValue] = []
                for _ in 0..<8 {
                    let deadline = Deadline(seconds: Double.random(in: 0.02...0.15, using: &generator))
                    while !deadline.isOver {
                        while made.count < Int(acknowledged) + 40 {
                            made.append(station.created(Int64(made.count) + 1))
                        }
                        let batch = Array(made[Int(acknowledged)..<(Int(acknowledged) + 40)])
                        let isLast = Bool.random(using: &generator) && deadline.isOver
                        try station.send(JSONValue.array(batch).encoded())
                        if isLast { break }
                        guard try station.client.answer(to: "POST").status == 200 else { break }
                        acknowledged += 40
                    }
                    try server.restart()
                    let maker = station
                    station = FleetReporter(7, token: station.token, port: server.port)
                    let place = try station.place()["acceptedThrough"]?.stringValue.flatMap { UInt64($0) } ?? 0
                    #expect(place >= acknowledged, "\(acknowledged) were acknowledged, \(place) are there")
                    acknowledged = place
                    station.continueNumbering(after: maker.last)
                }
                let client = HTTPClient(port: server.port, token: admin.token)
                let list = try client.get("/api/v1/stations/7/support?limit=1")
                #expect(list["X-Total-Count"] == String(acknowledged))
                for open in [client, station.client] { open.close() }
                #expect(server.stop(seconds: 30) == .code(0))
                #expect(try CommandResult.stationd("check", server.data).exit == .code(0))
                print("CentralIngest: 8 kills, \(acknowledged) events acknowledged, none lost")
            }
        }

        @Test func `a wrong clock is marked`() throws {
            try StationProcess.running(.central) { server in
                let admin = try server.logIn("admin@example.com")
                let station = try server.reporter(7)
                let old = "Sun, 12 Jan 2025 10:30:01 GMT"
                // A body may have been on its way for long, so its request says nothing about the clock.
                _ = try station.post([station.created(1)], date: old)
                #expect(try admin.get("/api/v1/fleet/7").json["clock_wrong"] == false)
                _ = try station.client.get(station.path, fields: [("Date", old)])
                let wrong = try admin.get("/api/v1/fleet/7").json
                #expect(wrong["clock_wrong"] == true && wrong["clock_offset_seconds"]?.integerValue ?? 0 < -1000)
                #expect(isTime(wrong["last_contact"]))
                let formatter = DateFormatter()
                formatter.locale = Locale(identifier: "en_US_POSIX")
                formatter.timeZone = TimeZone(identifier: "GMT")
                formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
                _ = try station.client.get(station.path, fields: [("Date", formatter.string(from: Date()))])
                #expect(try admin.get("/api/v1/fleet/7").json["clock_wrong"] == false)
                // Nonsense in the Date field says nothing about the clock.
                _ = try station.client.get(station.path, fields: [("Date", "now")])
                #expect(try admin.get("/api/v1/fleet/7").json["clock_wrong"] == false)
                #expect(server.waitForLog("The clock of station 7 is off by"))
                // The obsolete forms of a date (RFC 9110, section 5.6.7) count like the usual one.
                for form in ["EEE MMM dd HH:mm:ss yyyy", "EEEE, dd-MMM-yy HH:mm:ss 'GMT'"] {
                    formatter.dateFormat = form
                    let hourAgo = formatter.string(from: Date(timeIntervalSinceNow: -3_600))
                    _ = try station.client.get(station.path, fields: [("Date", hourAgo)])
                    let offset = try admin.get("/api/v1/fleet/7").json["clock_offset_seconds"]?.integerValue ?? 0
                    #expect((-3_620 ... -3_580).contains(offset), "\(hourAgo): \(offset)")
                    _ = try station.client.get(station.path, fields: [("Date", formatter.string(from: Date()))])
                    #expect(try admin.get("/api/v1/fleet/7").json["clock_wrong"] == false)
                }
            }
        }

        @Test func `a station that is not a central server has no fleet routes`() throws {
            try StationProcess.running { station in
                let admin = try station.logIn("admin@example.com")
                for path in [
                    "/api/v1/fleet", "/api/v1/sync/stations/7", "/api/v1/stations/1/support",
                    "/api/v1/stations/1/commands",
                ] {
                    expectError(try admin.get(path), 404, "Cannot GET \(path)")
                }
                #expect(try admin.get("/api/v1/stations/1").status == 200)
                let refused = try station.central("add-station", "7")
                #expect(refused.exit == .code(65) && refused.errors.contains("central.enabled is false"))
            }
        }

        @Test func `a restored directory gets a new epoch`() throws {
            try StationProcess.running(.central) { server in
                let admin = try server.logIn("admin@example.com")
                let station = try server.reporter(7)
                #expect(try station.post([station.created(1)]).status == 200)
                let old = try station.place()["central_epoch"]
                let last = try #require(try admin.get("/api/v1/status").json["journal"]?["last_sequence"]?.integerValue)
                let inUse = try CommandResult.stationd("new-epoch", server.data)
                #expect(inUse.exit == .code(75) && inUse.errors.contains("in use"), "\(inUse.excerpt)")
                server.kill()
                let renewed = try CommandResult.stationd("new-epoch", server.data)
                #expect(renewed.exit == .code(0), "\(renewed.excerpt)")
                let numbers = renewed.output.split { !$0.isNumber }.compactMap { Int64($0) }
                #expect((numbers.last ?? 0) > last, "\(renewed.output)")
                try server.start()
                #expect(try CommandResult.stationd("check", server.data).exit == .code(0))
                let heir = FleetReporter(7, token: station.token, port: server.port)
                let place = try heir.place()
                #expect(place["central_epoch"] != old && place["acceptedThrough"] == FleetReporter.padded(1))
                // Tokens name the epoch.
                expectError(try HTTPClient(port: server.port, token: admin.token).get("/api/v1/auth/me"), 401)
                let client = try server.logIn("admin@example.com")
                #expect(try client.get("/api/v1/stations/7/support/1").status == 200)
                #expect(try client.get("/readyz").json["findings"] == [])
                #expect(try CommandResult.stationd("new-epoch", "/nonexistent").exit == .code(66))
                for open in [admin, client, heir.client] { open.close() }
                #expect(server.stop() == .code(0))
                // Without station.json, somebody must say which station the directory belongs to.
                try FileManager.default.removeItem(atPath: "\(server.data)/station.json")
                let unknown = try CommandResult.stationd("new-epoch", server.data)
                #expect(unknown.exit == .code(65) && unknown.errors.contains("--config FILE or --station ID"))
                let known = try CommandResult.stationd("new-epoch", server.data, "--station", "1")
                #expect(known.exit == .code(0), "\(known.excerpt)")
                #expect(try CommandResult.stationd("check", server.data).output.contains("station 1, epoch"))
            }
        }
    }
}
