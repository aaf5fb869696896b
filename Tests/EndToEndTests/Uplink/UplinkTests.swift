import Foundation
import JSON
import Testing

extension EndToEnd {
    /// A station and its central server over HTTP, when all goes well and when it does not.
    @Suite struct Uplink {
        private static func file(_ client: HTTPClient, _ text: String = "Stuck") throws -> Int64 {
            let answer = try client.request(
                "POST", "/api/v1/support", ["user_id": 1, "description": .string(text), "station_id": 1])
            #expect(answer.status == 201)
            return try #require(answer.json["support_id"]?.integerValue)
        }

        private static func finished(_ client: HTTPClient, _ location: String) throws -> JSONValue {
            let deadline = Deadline(seconds: 10)
            while true {
                let command = try client.get(location).json
                if command["status"] != "waiting" { return command }
                guard !deadline.isOver else { throw HarnessFault("\(location) still waits: \(command.text)") }
                usleep(5_000)
            }
        }

        @Test func `changes at a station reach the central server at once`() throws {
            try UplinkStage.running { stage in
                let member = stage.members[0]
                try member.waitUntilShipped()
                let id = try Self.file(member.admin, "Battery stuck")
                _ = try member.admin.request("PATCH", "/api/v1/support/\(id)", ["response": "Coming"])
                _ = try member.admin.request("POST", "/api/v1/support/\(id)/comments", ["body": "noted"])
                try member.waitUntilShipped()
                #expect(try stage.differences(member) == [])
                let copy = try stage.admin.get("/api/v1/stations/7/support/\(id)").json
                #expect(copy["response"] == "Coming")
                _ = try member.admin.request("DELETE", "/api/v1/support/\(id)")
                try member.waitUntilShipped()
                #expect(try stage.admin.get("/api/v1/stations/7/support/\(id)").status == 404)
                #expect(try stage.differences(member) == [])
                #expect(member.station.log.contains("[Uplink] Connected to http://localhost:"))
                #expect(!member.station.log.contains("password"))
            }
        }

        @Test func `a day without a line is made up for once it is back`() throws {
            try UplinkStage.running { stage in
                let member = try stage.addMember(9, isConnected: false)
                for number in 1...40 { _ = try Self.file(member.admin, "Ticket \(number)") }
                #expect(try member.upstream()["state"] == "not configured")
                // The central server's address changes with the configuration, without a restart.
                try member.station.writeConfiguration()
                member.tryNow()
                try member.waitUntilShipped()
                #expect(try stage.differences(member) == [])
                // The log does not show the token.
                #expect(member.station.log.contains("Changed upstream.token"))
                let upstream = member.station.options.settings.first { $0.0 == "upstream" }?.1
                let token = try #require(upstream?["token"]?.stringValue)
                #expect(!member.station.log.contains(token))
            }
        }

        @Test func `a central decision is carried out at the station once`() throws {
            try UplinkStage.running { stage in
                let member = stage.members[0]
                let id = try Self.file(member.admin)
                try member.waitUntilShipped()
                let target = "/api/v1/stations/7/support/\(id)"
                let answer = try stage.admin.request("PATCH", target, ["status": "closed", "response": "Done"])
                #expect(answer.status == 202, "\(answer.excerpt)")
                let command = try Self.finished(stage.admin, try #require(answer["Location"]))
                #expect(command["status"] == "applied", "\(command.text)")
                let ticket = try member.admin.get("/api/v1/support/\(id)").json
                #expect(ticket["status"] == "closed")
                #expect(ticket["response"] == "Done")
                let comment = try stage.admin.request("POST", "\(target)/comments", ["body": "From the centre"])
                _ = try Self.finished(stage.admin, try #require(comment["Location"]))
                #expect(
                    try member.admin.get("/api/v1/support/\(id)/comments").json.arrayValue?.map { $0["body"] }
                        == ["From the centre"])
                // A command that no longer fits is refused, and the central server hears why.
                _ = try member.admin.request("DELETE", "/api/v1/support/\(id)")
                let late = try stage.admin.request(
                    "POST", "/api/v1/stations/7/commands",
                    ["type": "ticket.close", "data": ["support_id": .integer(id)]])
                let refused = try Self.finished(stage.admin, try #require(late["Location"]))
                #expect(refused["status"] == "refused")
                #expect(refused["statusCode"] == 404)
            }
        }

        @Test func `a new technician can log in at a station that has never seen her`() throws {
            try UplinkStage.running { stage in
                let member = stage.members[0]
                let body: JSONValue = [
                    "type": "user.upsert",
                    "data": [
                        "email": "tina@example.com", "username": "tina", "role": "station_staff", "station_id": 1,
                        "password": "long enough",
                    ],
                ]
                let answer = try stage.admin.request("POST", "/api/v1/stations/7/commands", body)
                #expect(answer.status == 202, "\(answer.excerpt)")
                _ = try Self.finished(stage.admin, try #require(answer["Location"]))
                let tina = try HTTPClient.loggedIn(
                    "tina@example.com", port: member.station.port, password: "long enough")
                #expect(try tina.get("/api/v1/support").status == 200)
            }
        }

        @Test func `state replaces history that the journal no longer has`() throws {
            let stage = try UplinkStage()
            defer { stage.remove() }
            let limits = [("journal_bytes_max", 1_048_576), ("segment_bytes", 262_144)]
            let member = try stage.addMember(8, limits: limits)
            // The outcome of this command will be among the lost events.
            try member.waitUntilShipped()
            let early = try stage.admin.request(
                "POST", "/api/v1/stations/8/commands", ["type": "station.disable", "data": ["station_id": 99]])
            _ = try Self.finished(stage.admin, try #require(early["Location"]))
            stage.divert(to: 1)
            member.proxy.reset()
            let first = try Self.file(member.admin, "The first")
            _ = try member.admin.request("POST", "/api/v1/support/\(first)/comments", ["body": "kept"])
            let gone = try Self.file(member.admin, "To be deleted")
            _ = try member.admin.request("DELETE", "/api/v1/support/\(gone)")
            // Enough to push the first segments out of the journal.
            let padding = String(repeating: "x", count: 2_000)
            let deadline = Deadline(seconds: 60)
            while try member.admin.get("/api/v1/status").json["journal"]?["oldest_sequence"] == 1 {
                guard !deadline.isOver else { throw HarnessFault("the journal keeps everything") }
                for _ in 0..<50 {
                    let body: JSONValue = ["user_id": 1, "description": .string(padding), "station_id": 1]
                    let answer = try member.admin.request("POST", "/api/v1/support", body)
                    if answer.status == 507 { usleep(100_000) }
                }
            }
            stage.divert(to: nil)
            member.tryNow()
            try member.waitUntilShipped(seconds: 30)
            let status = try stage.admin.get("/api/v1/fleet/8").json
            let span = try #require(status["missing"]?.arrayValue?.first)
            let known = try #require(span["from"]?.integerValue)
            #expect(known > 1)
            let oldest = try member.admin.get("/api/v1/status").json["journal"]?["oldest_sequence"]?.integerValue
            #expect(span["through"]?.integerValue.map { $0 + 1 } == oldest)
            let copy = try stage.admin.get("/api/v1/stations/8/support/\(first)").json
            #expect(copy["description"] == "The first")
            let comments = try stage.admin.get("/api/v1/stations/8/support/\(first)/comments").json
            #expect(comments.arrayValue?.map { $0["body"] } == ["kept"])
            #expect(try stage.admin.get("/api/v1/stations/8/support/\(gone)").status == 404)
            let (here, there) = (
                try member.admin.get("/api/v1/support?limit=1"),
                try stage.admin.get("/api/v1/stations/8/support?limit=1")
            )
            #expect(here["X-Total-Count"] == there["X-Total-Count"])
            // History continues from there.
            _ = try Self.file(member.admin, "Afterwards")
            try member.waitUntilShipped()
            let arrivals = try stage.arrivals(from: 8).filter { $0.type != "support.ticket.snapshot" }
            #expect(arrivals.contains { $0.type == "support.history.missing" && $0.previous + 1 == UInt64(known) })
            #expect(zip(arrivals, arrivals.dropFirst()).allSatisfy { $0.sequence == $1.previous })
        }

        @Test func `a station restored from a backup is told so and continues in a new epoch`() throws {
            try UplinkStage.running { stage in
                let member = stage.members[0]
                let kept = try Self.file(member.admin, "In the backup")
                try member.waitUntilShipped()
                #expect(member.station.stop() == .code(0))
                let copy = member.station.scratch.file("backup")
                try FileManager.default.copyItem(atPath: member.station.data, toPath: copy)
                try member.station.start()
                member.reconnectAdmin()
                let lost = try Self.file(member.admin, "After the backup")
                try member.waitUntilShipped()
                #expect(member.station.stop() == .code(0))
                try FileManager.default.removeItem(atPath: member.station.data)
                try FileManager.default.copyItem(atPath: copy, toPath: member.station.data)
                try member.station.start()
                member.reconnectAdmin()
                #expect(member.station.waitForLog("the data directory was put back from a copy"))
                #expect(member.station.stop() == .code(0))
                let result = try CommandResult.stationd("new-epoch", member.station.data)
                #expect(result.exit == .code(0), "\(result.excerpt)")
                try member.station.start()
                member.reconnectAdmin()
                try member.waitUntilShipped()
                #expect(try stage.admin.get("/api/v1/stations/7/support/\(kept)").status == 200)
                #expect(try stage.admin.get("/api/v1/stations/7/support/\(lost)").status == 404)
                let next = try Self.file(member.admin, "In the new epoch")
                try member.waitUntilShipped()
                #expect(try stage.admin.get("/api/v1/stations/7/support/\(next)").status == 200)
            }
        }

        @Test func `a station that went on after a restore is told so`() throws {
            try UplinkStage.running { stage in
                let member = stage.members[0]
                try member.waitUntilShipped()
                #expect(member.station.stop() == .code(0))
                let copy = member.station.scratch.file("backup")
                try FileManager.default.copyItem(atPath: member.station.data, toPath: copy)
                try member.station.start()
                member.reconnectAdmin()
                for number in 1...3 { _ = try Self.file(member.admin, "Lost \(number)") }
                try member.waitUntilShipped()
                #expect(member.station.stop() == .code(0))
                try FileManager.default.removeItem(atPath: member.station.data)
                try FileManager.default.copyItem(atPath: copy, toPath: member.station.data)
                stage.divert(to: 1)
                try member.station.start()
                member.reconnectAdmin()
                // By now the station has more events than were lost, under the same numbers.
                for number in 1...10 { _ = try Self.file(member.admin, "Another \(number)") }
                stage.divert(to: nil)
                member.tryNow()
                #expect(member.station.waitForLog("has another event"))
                let lost = try stage.admin.get("/api/v1/stations/7/support?q=Lost").json.arrayValue
                #expect(lost?.count == 3)
            }
        }

        @Test
        func `a restored central server gets back what it lost, and its commands count`() throws {
            try UplinkStage.running { stage in
                let member = stage.members[0]
                let id = try Self.file(member.admin, "In the backup")
                try member.waitUntilShipped()
                let copy = stage.central.scratch.file("backup")
                try stage.whileCentralIsStopped {
                    try FileManager.default.copyItem(atPath: stage.central.data, toPath: copy)
                }
                let target = "/api/v1/stations/7/support/\(id)/comments"
                for number in 1...5 {
                    let answer = try stage.admin.request("POST", target, ["body": .string("before \(number)")])
                    _ = try Self.finished(stage.admin, try #require(answer["Location"]))
                }
                let lost = try Self.file(member.admin, "After the backup")
                try member.waitUntilShipped()
                let restore = {
                    try FileManager.default.removeItem(atPath: stage.central.data)
                    try FileManager.default.copyItem(atPath: copy, toPath: stage.central.data)
                }
                try stage.whileCentralIsStopped(restore)
                // Lost events come again, and the station says so. But the numbers of commands cannot be trusted.
                #expect(member.station.waitForLog("no longer has the events after"))
                #expect(member.station.waitForLog("run `stationd new-epoch`"))
                try stage.whileCentralIsStopped {
                    try restore()
                    let result = try CommandResult.stationd("new-epoch", stage.central.data)
                    #expect(result.exit == .code(0), "\(result.excerpt)")
                }
                member.tryNow()
                try member.waitUntilShipped()
                #expect(try stage.admin.get("/api/v1/stations/7/support/\(lost)").status == 200)
                member.tryNow()
                let answer = try stage.admin.request("POST", target, ["body": "after"])
                let command = try Self.finished(stage.admin, try #require(answer["Location"]))
                #expect(command["status"] == "applied")
                let bodies = try member.admin.get("/api/v1/support/\(id)/comments").json.arrayValue?
                    .compactMap { $0["body"]?.stringValue }
                #expect(bodies == (1...5).map { "before \($0)" } + ["after"])
            }
        }

        @Test func `an invalid token is reported and can be replaced without a restart`() throws {
            try UplinkStage.running { stage in
                let member = stage.members[0]
                try member.waitUntilShipped()
                let renewed = try CommandResult.stationd(
                    "central", "renew-token", "7", "--data", stage.central.data, "--config",
                    stage.central.configurationPath)
                let token = try #require(renewed.output.split(whereSeparator: \.isWhitespace).last)
                let id = try Self.file(member.admin)
                #expect(member.station.waitForLog("does not accept upstream.token (401)"))
                // The first connection to be refused logs it. The state is that of the connection that ships.
                try member.waitUntil { $0["last_error"]?.stringValue?.contains("upstream.token") == true }
                #expect(try stage.admin.get("/api/v1/stations/7/support/\(id)").status == 404)
                let url = "http://127.0.0.1:\(member.proxy.port)"
                member.station.options.settings.removeAll { $0.0 == "upstream" }
                member.station.options.settings.append(UplinkStage.upstream(url, token: String(token)))
                try member.station.writeConfiguration()
                member.tryNow()
                try member.waitUntilShipped()
                #expect(try stage.differences(member) == [])
            }
        }

        @Test func `a station with several ways to its central server uses another when one fails`() throws {
            let stage = try UplinkStage()
            defer { stage.remove() }
            let member = try stage.addMember(7, isConnected: false)
            let busy = try ScriptedCentral { _ in
                .bytes(ScriptedCentral.answer("503 Service Unavailable", fields: "Retry-After: 3600\r\n"))
            }
            defer { busy.end() }
            let gone = try ScriptedCentral { _ in .last([]) }
            defer { gone.end() }
            let (name, settings) = try #require(member.station.options.settings.last)
            let urls: JSONValue = [
                .string("http://127.0.0.1:\(busy.port)"), .string("http://127.0.0.1:\(gone.port)"),
                .string("http://127.0.0.1:\(member.proxy.port)"), .string("http://127.0.0.1:\(stage.central.port)"),
            ]
            member.station.options.settings.removeLast()
            member.station.options.settings.append((name, settings.with(["url": urls])))
            try member.station.writeConfiguration()
            member.tryNow()
            try member.waitUntilShipped()
            #expect(try member.upstream()["url"]?.stringValue == "http://127.0.0.1:\(member.proxy.port)")
            #expect(member.station.log.contains("left alone for a while (503) (http://127.0.0.1:\(busy.port))"))
            // The line of this one breaks, and the next one is used at once. Commands come over it as well.
            let id = try Self.file(member.admin)
            stage.divert(to: 1)
            member.proxy.reset()
            try member.waitUntil { $0["url"]?.stringValue == "http://127.0.0.1:\(stage.central.port)" }
            try member.waitUntilShipped()
            let target = "/api/v1/stations/7/support/\(id)/comments"
            let answer = try stage.admin.request("POST", target, ["body": "over the other"])
            #expect(try Self.finished(stage.admin, try #require(answer["Location"]))["status"] == "applied")
            #expect(try stage.differences(member) == [])
            // A server that asked for an hour was asked once by each connection's schedule.
            #expect(busy.requestLines.count == 1, "\(busy.requestLines)")
        }

        @Test func `a name that needs mDNS is reported with what to do`() throws {
            var options = StationProcess.Options()
            options.settings = [UplinkStage.upstream("http://central.local:8090", token: "t")]
            let station = try StationProcess(options)
            defer { station.remove() }
            try station.start()
            #expect(
                station.waitForLog("names that end in .local need mDNS, which the station does not speak", seconds: 60))
        }

        @Test func `a removed station stops shipping and says so`() throws {
            try UplinkStage.running { stage in
                let member = stage.members[0]
                try member.waitUntilShipped()
                let removed = try CommandResult.stationd(
                    "central", "remove-station", "7", "--data", stage.central.data, "--config",
                    stage.central.configurationPath)
                #expect(removed.exit == .code(0), "\(removed.excerpt)")
                _ = try Self.file(member.admin)
                #expect(member.station.waitForLog("has removed this station (410)"))
                try member.waitUntil { $0["state"] == "stopped" }
                // On the LAN the station works as before.
                _ = try Self.file(member.admin)
            }
        }
    }
}
