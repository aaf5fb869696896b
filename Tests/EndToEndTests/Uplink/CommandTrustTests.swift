import Foundation
import JSON
import Synchronization
import Testing

extension EndToEnd {
    /// Nobody but the central server gives a station orders: not the line, not another station, not an old recording.
    @Suite struct CommandTrust {
        private final class Once: Sendable {
            private let isOver = Atomic<Bool>(false)
            var isFirst: Bool { !isOver.exchange(true, ordering: .relaxed) }
        }

        /// A stand-in for a central server that has these commands once.
        private static func hostile(_ commands: [String]) throws -> ScriptedCentral {
            let once = Once()
            // Numbers in the answer mean nothing to the station but the order.
            let numbered = commands.enumerated().map { index, command in
                #"{"number":\#(index + 1),"# + command.dropFirst()
            }
            let epoch = "x\(UInt64.random(in: 0 ... .max))"
            let body = #"{"epoch":"\#(epoch)","commands":[\#(numbered.joined(separator: ","))]}"#
            return try ScriptedCentral { request in
                guard request.contains("/commands") else { return .bytes(ScriptedCentral.nothingKnown) }
                return once.isFirst ? .bytes(ScriptedCentral.answer("200 OK", body)) : .silence
            }
        }

        /// A station with `authority`'s key and one ticket, and a stage to bring it commands on.
        private static func running(
            _ settings: [(String, JSONValue)], _ body: (UplinkStage, UplinkStage.Member) throws -> Void
        ) throws {
            let stage = try UplinkStage()
            defer { stage.remove() }
            let member = try stage.addMember(7)
            let (name, upstream) = try #require(member.station.options.settings.last)
            member.station.options.settings.removeLast()
            let changed = settings.reduce(upstream) { $0.with([$1.0: $1.1]) }
            member.station.options.settings.append((name, changed))
            try member.station.writeConfiguration()
            member.tryNow()
            let filed: JSONValue = ["user_id": 1, "description": "stuck", "station_id": 1]
            guard try member.admin.request("POST", "/api/v1/support", filed).status == 201 else {
                throw HarnessFault("the ticket was not filed")
            }
            try body(stage, member)
        }

        /// Lets the station meet `commands`, and waits until it has judged `count` of them.
        private static func bring(
            _ commands: [String], to member: UplinkStage.Member, _ stage: UplinkStage, seconds: Double = 20
        ) throws {
            let known =
                (try member.upstream()["commands_distrusted"]?.integerValue ?? 0)
                + (try member.upstream()["commands"]?.integerValue ?? 0)
            let central = try hostile(commands)
            defer { central.end() }
            stage.divert(to: central.port)
            member.proxy.reset()
            try member.waitUntil(seconds: seconds) { upstream in
                member.tryNow()
                let distrusted = upstream["commands_distrusted"]?.integerValue ?? 0
                return distrusted + (upstream["commands"]?.integerValue ?? 0) >= known + Int64(commands.count)
            }
            stage.divert(to: nil)
            member.proxy.reset()
        }

        @Test func `only commands signed for this station and its epoch are carried out`() throws {
            let (authority, other) = (try CommandAuthority(), try CommandAuthority(seed: 10))
            try Self.running([("command_key", authority.commandKey)]) { stage, member in
                let epoch = try member.station.epoch()
                let close: JSONValue = ["support_id": 1]
                let good = authority.command("c-9", "ticket.close", close, epoch: epoch)
                try Self.bring(
                    [
                        #"{"id":"c-1","type":"ticket.close","data":{"support_id":1}}"#,
                        other.command("c-2", "ticket.close", close, epoch: epoch),
                        authority.command("c-3", "ticket.close", close, station: 8, epoch: epoch),
                        authority.command("c-4", "ticket.close", close, epoch: "another"),
                        authority.command("c-5", "ticket.close", close, epoch: epoch)
                            .replacingOccurrences(of: "c-5", with: "c-6"),
                        authority.command("c-7", "ticket.comment", close, epoch: epoch)
                            .replacingOccurrences(of: "comment", with: "close"),
                        good.replacingOccurrences(of: #""support_id":1"#, with: #""support_id":2"#),
                    ], to: member, stage)
                #expect(try member.admin.get("/api/v1/support/1").json["status"] == "open")
                let upstream = try member.upstream()
                #expect(upstream["commands"] == 0 && upstream["commands_distrusted"] == 7, "\(upstream.text)")
                #expect(member.station.log.contains("The command c-1 (ticket.close) is not carried out"))
                // None of them has taken the place of the real one.
                try Self.bring([good], to: member, stage)
                #expect(try member.admin.get("/api/v1/support/1").json["status"] == "closed")
                #expect(try member.upstream()["commands"] == 1)
            }
        }

        @Test func `a recorded command does nothing again, after a restart and after new-epoch`() throws {
            let authority = try CommandAuthority()
            try Self.running([("command_key", authority.commandKey)]) { stage, member in
                let data: JSONValue = ["support_id": 1, "body": "once"]
                let first = try authority.command("c-5", "ticket.comment", data, epoch: member.station.epoch())
                let next = try authority.command("d-1", "ticket.comment", data, epoch: member.station.epoch())
                try Self.bring([first], to: member, stage)
                // The central server got a new epoch, and the recording is of the one before.
                try Self.bring([next], to: member, stage)
                func comments() throws -> Int {
                    try member.admin.get("/api/v1/support/1/comments").json.arrayValue?.count ?? 0
                }
                #expect(try comments() == 2)
                try stage.kill(member)
                let hostile = try Self.hostile([first, next])
                defer { hostile.end() }
                stage.divert(to: hostile.port)
                member.proxy.reset()
                member.tryNow()
                #expect(member.station.waitForLog("The command c-5 came again and is not carried out again"))
                #expect(member.station.waitForLog("The command d-1 came again and is not carried out again"))
                #expect(try comments() == 2)
                #expect(member.station.stop() == .code(0))
                let renewed = try CommandResult.stationd("new-epoch", member.station.data)
                #expect(renewed.exit == .code(0), "\(renewed.excerpt)")
                try member.station.start()
                member.reconnectAdmin()
                // They were for the old epoch, so even a data directory that has not met them yet knows better.
                try Self.bring([first, next], to: member, stage)
                #expect(try comments() == 2)
                #expect(try member.upstream()["commands_distrusted"] == 2)
            }
        }

        @Test func `forged commands without end are counted, and ten a minute are told`() throws {
            let authority = try CommandAuthority()
            try Self.running([("command_key", authority.commandKey)]) { stage, member in
                try member.waitUntilShipped()
                let before = try stage.arrivals(from: 7).count
                let forged = (1...60).map { #"{"id":"c-\#($0)","type":"ticket.delete","data":{"support_id":1}}"# }
                try Self.bring(forged, to: member, stage)
                try member.waitUntilShipped()
                #expect(try member.upstream()["commands_distrusted"] == 60)
                let arrived = try stage.arrivals(from: 7).dropFirst(before)
                #expect(arrived.count == 10 && arrived.allSatisfy { $0.type == "support.command.refused" })
                #expect(member.station.log.components(separatedBy: "is not carried out:").count - 1 == 10)
                #expect(try member.admin.get("/api/v1/support/1").status == 200)
            }
        }

        @Test func `a station without a key carries out nothing, and the admin is told why`() throws {
            try Self.running([("command_key", "")]) { stage, member in
                member.tryNow()
                #expect(member.station.waitForLog("There is no upstream.command_key"))
                try member.waitUntilShipped()
                let queued = try stage.admin.request(
                    "PATCH", "/api/v1/stations/7/support/1", ["status": "closed"])
                #expect(queued.status == 202)
                let location = try #require(queued["Location"])
                let deadline = Deadline(seconds: 20)
                while try stage.admin.get(location).json["status"] == "waiting", !deadline.isOver { usleep(20_000) }
                let outcome = try stage.admin.get(location).json
                #expect(outcome["status"] == "unverified" && outcome["statusCode"] == 403, "\(outcome.text)")
                #expect(outcome["message"]?.stringValue?.contains("command-key 7") == true)
                #expect(try member.admin.get("/api/v1/support/1").json["status"] == "open")
                // With the key the same change goes through.
                let (name, upstream) = try #require(member.station.options.settings.last)
                member.station.options.settings.removeLast()
                let key = JSONValue.string(try stage.commandKey(for: 7))
                member.station.options.settings.append((name, upstream.with(["command_key": key])))
                try member.station.writeConfiguration()
                member.tryNow()
                let again = try stage.admin.request(
                    "PATCH", "/api/v1/stations/7/support/1", ["status": "closed"])
                #expect(again.status == 202)
                while try member.admin.get("/api/v1/support/1").json["status"] != "closed" {
                    guard !deadline.isOver else { throw HarnessFault("the ticket is still open") }
                    usleep(20_000)
                }
            }
        }

        @Test func `a password hash reaches its station sealed, and no admin is made unless that is allowed`() throws {
            try Self.running([]) { stage, member in
                try member.waitUntilShipped()
                func ask(_ email: String, _ role: String) throws -> JSONValue {
                    let user: JSONValue = [
                        "email": .string(email), "username": "tina", "role": .string(role), "password": "correct horse",
                    ]
                    let queued = try stage.admin.request(
                        "POST", "/api/v1/stations/7/commands", ["type": "user.upsert", "data": user])
                    let location = try #require(queued["Location"], "\(queued.excerpt)")
                    let deadline = Deadline(seconds: 20)
                    while try stage.admin.get(location).json["status"] == "waiting", !deadline.isOver { usleep(20_000) }
                    return try stage.admin.get(location).json
                }
                #expect(try ask("tina@example.com", "driver")["status"] == "applied")
                let driver = try member.station.client().request(
                    "POST", "/api/v1/auth/login", ["email": "tina@example.com", "password": "correct horse"])
                #expect(driver.status == 200, "\(driver.excerpt)")
                let refused = try ask("tom@example.com", "admin")
                #expect(refused["status"] == "refused" && refused["statusCode"] == 403)
                #expect(refused["message"]?.stringValue?.contains("upstream.may_make_admins") == true)
                // Another password for an admin who is here already is as good.
                #expect(try ask("admin@example.com", "admin")["status"] == "refused")
                let (name, upstream) = try #require(member.station.options.settings.last)
                member.station.options.settings.removeLast()
                member.station.options.settings.append((name, upstream.with(["may_make_admins": true])))
                try member.station.writeConfiguration()
                member.tryNow()
                #expect(member.station.waitForLog("upstream.may_make_admins: false -> true"))
                #expect(try ask("tom@example.com", "admin")["status"] == "applied")
            }
        }
    }
}
