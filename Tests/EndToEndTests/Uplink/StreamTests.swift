import Foundation
import Generators
import JSON
import Peers
import Testing

extension EndToEnd {
    /// A station and a NATS server with JetStream, read by a client that we did not write.
    @Suite(
        .enabled(
            if: NATSServerProcess.mustRun || (NATSServerProcess.path != nil && PythonEnvironment.problem == nil),
            "nats-server or Python is not installed"))
    struct Stream {
        /// A message of the stream.
        private struct Message {
            let subject: String
            let id: String
            let event: JSONValue

            var sequence: UInt64 { event["sequence"]?.stringValue.flatMap { UInt64($0) } ?? 0 }
        }

        /// A station whose upstream is a NATS server behind a line of its own.
        private final class Stage {
            let directory: URL
            private(set) var server: NATSServerProcess?
            let settings: String
            private let line = StationLine()
            let proxy: FaultyProxy
            let station: StationProcess
            var admin: HTTPClient
            let authority: CommandAuthority

            init(settings: String = "", upstream: JSONObject = [:]) throws {
                directory = try NATSServerProcess.makeDirectory()
                authority = try CommandAuthority()
                self.settings = settings
                let line = line
                proxy = try FaultyProxy { line.port }
                var options = StationProcess.Options()
                options.limits = [("drain_timeout_millis", 200)]
                var members: JSONObject = [
                    "url": .string("nats://127.0.0.1:\(proxy.port)"), "interval_seconds": 1,
                    "command_key": authority.commandKey,
                ]
                for (name, value) in upstream.members { members[name] = value }
                options.settings = [("station", ["id": 7]), ("upstream", .object(members))]
                station = try StationProcess(options)
                do {
                    try station.start()
                    admin = try station.logIn("admin@example.com")
                } catch {
                    station.remove()
                    throw error
                }
            }

            func remove() {
                station.remove()
                server?.removeDirectory()
                try? FileManager.default.removeItem(at: directory)
            }

            func startServer(behindTheLine: Bool = true) throws {
                server = try NATSServerProcess(in: directory, settings: settings)
                if behindTheLine { connect() }
            }

            func connect() {
                line.port = server?.port ?? 0
                station.child?.signal(SIGHUP)
            }

            func killServer() {
                line.port = 0
                server?.kill()
                server = nil
            }

            func restartStation() throws {
                station.kill()
                try station.start()
                admin = UplinkStage.signedIn(to: station, insteadOf: admin)
            }

            func file(_ text: String) throws {
                let body: JSONValue = ["user_id": 1, "description": .string(text), "station_id": 1]
                let answer = try admin.request("POST", "/api/v1/support", body)
                guard answer.status == 201 else { throw HarnessFault("POST answered \(answer.status)") }
            }

            func upstream() throws -> JSONValue { try admin.get("/api/v1/status").json["upstream"] ?? .null }

            func waitUntilShipped() throws {
                let deadline = Deadline(seconds: 20)
                while true {
                    let upstream = try upstream()
                    if upstream["state"] == "idle", upstream["backlog_events"] == 0 { return }
                    guard !deadline.isOver else {
                        throw HarnessFault("the station is not up to date: \(upstream.text)")
                    }
                    if upstream["state"] == "disconnected" { station.child?.signal(SIGHUP) }
                    usleep(50_000)
                }
            }

            private var url: String { "nats://127.0.0.1:\(server?.port ?? 0)" }

            func messages() throws -> [Message] {
                let result = try PythonEnvironment.run(
                    script: "stream.py", url, "read", "STATIONS", "stations.7.support.>")
                guard result.exit == .code(0) else { throw HarnessFault("stream.py: \(result.excerpt)") }
                return try result.output.split(separator: "\n").map { line in
                    let value = try JSONParser.parse(Array(line.utf8))
                    return Message(
                        subject: value["subject"]?.stringValue ?? "", id: value["id"]?.stringValue ?? "",
                        event: value["event"] ?? .null)
                }
            }

            /// Purges all messages, as an age limit would.
            func purgeStream() throws {
                let result = try PythonEnvironment.run(script: "stream.py", url, "purge", "STATIONS")
                guard result.exit == .code(0) else { throw HarnessFault("stream.py: \(result.excerpt)") }
            }

            func publish(_ id: String, _ type: String, _ data: JSONValue) throws {
                let command = authority.command(id, type, data, epoch: try station.epoch())
                let result = try PythonEnvironment.run(script: "stream.py", url, "publish", "commands.7", command)
                guard result.exit == .code(0) else { throw HarnessFault("stream.py: \(result.excerpt)") }
            }

            /// The objections to the stream. Empty if every event of the station is there once and in order.
            func objections(mayRepeat: Bool = false) throws -> [String] {
                let owed = try UplinkStage.shippable(station)
                var messages = try messages()
                if mayRepeat {
                    // Messages sent again after a loss come after later ones. Readers go by the id.
                    var seen: Set<String> = []
                    messages = messages.filter { seen.insert($0.id).inserted }.sorted { $0.sequence < $1.sequence }
                }
                var objections: [String] = []
                if messages.map(\.sequence) != owed.map(\.sequence) {
                    let missing = Set(owed.map(\.sequence)).subtracting(messages.map(\.sequence)).sorted().prefix(10)
                    objections.append("\(owed.count) events and \(messages.count) messages; missing: \(Array(missing))")
                }
                for (one, message) in zip(owed, messages)
                where message.subject != "stations.7.support.\(one.type)"
                    || message.event["id"]?.stringValue != message.id
                    || message.event["type"]?.stringValue != "support.\(one.type)"
                {
                    objections.append("event \(one.sequence) arrived as \(message.subject) \(message.event.text)")
                }
                return objections
            }
        }

        private static func running(_ stage: Stage, _ body: (Stage) throws -> Void) throws {
            defer { stage.remove() }
            try body(stage)
        }

        @Test func `every event is in the stream once and in order, whatever is cut`() throws {
            var generator = RepeatableGenerator.announced("Stream")
            try Self.running(try Stage()) { stage in
                for number in 1...30 { try stage.file("Without a server \(number)") }
                try stage.startServer()
                var kills = 0
                for round in 1...12 {
                    for number in 1...10 { try stage.file("Round \(round), \(number)") }
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: stage.proxy.reset()
                    case 1:
                        stage.proxy.freeze()
                        try stage.file("While the line is dead")
                        stage.proxy.reset()
                    case 2:
                        // Without a power failure the kernel keeps what the server has written.
                        stage.killServer()
                        try stage.file("While the server is dead")
                        try stage.startServer()
                        kills += 1
                    default: try stage.restartStation()
                    }
                    if Bool.random(using: &generator) { stage.station.child?.signal(SIGHUP) }
                }
                try stage.waitUntilShipped()
                #expect(try stage.objections() == [])
                print("Stream: \(try stage.messages().count) messages, \(kills) kills of the server")
            }
        }

        @Test func `events that the server lost are sent again`() throws {
            try Self.running(try Stage()) { stage in
                try stage.startServer()
                for number in 1...20 { try stage.file("Kept \(number)") }
                try stage.waitUntilShipped()
                stage.killServer()
                let copy = stage.directory.appendingPathExtension("copy")
                defer { try? FileManager.default.removeItem(at: copy) }
                try FileManager.default.copyItem(at: stage.directory, to: copy)
                try stage.startServer()
                for number in 1...20 { try stage.file("Lost \(number)") }
                try stage.waitUntilShipped()
                // As after a power failure: the server's last seconds are gone, although it had acknowledged them.
                stage.killServer()
                try FileManager.default.removeItem(at: stage.directory)
                try FileManager.default.copyItem(at: copy, to: stage.directory)
                try stage.startServer(behindTheLine: false)
                #expect(try stage.messages().count < 30)
                stage.connect()
                try stage.waitUntilShipped()
                #expect(try stage.objections(mayRepeat: true) == [])
                #expect(try stage.messages().count >= 40)
            }
        }

        @Test func `a station that went on after a restore is told so`() throws {
            try Self.running(try Stage()) { stage in
                try stage.startServer()
                try stage.file("In the backup")
                try stage.waitUntilShipped()
                #expect(stage.station.stop() == .code(0))
                let copy = stage.station.scratch.file("backup")
                try FileManager.default.copyItem(atPath: stage.station.data, toPath: copy)
                try stage.restartStation()
                for number in 1...3 { try stage.file("Lost \(number)") }
                try stage.waitUntilShipped()
                #expect(stage.station.stop() == .code(0))
                try FileManager.default.removeItem(atPath: stage.station.data)
                try FileManager.default.copyItem(atPath: copy, toPath: stage.station.data)
                stage.killServer()
                try stage.restartStation()
                // By now the station has more events than were lost, under the same numbers.
                for number in 1...10 { try stage.file("Another \(number)") }
                try stage.startServer()
                #expect(stage.station.waitForLog("has another event"))
                #expect(stage.station.stop() == .code(0))
                let renewed = try CommandResult.stationd("new-epoch", stage.station.data)
                #expect(renewed.exit == .code(0), "\(renewed.excerpt)")
                try stage.restartStation()
                try stage.waitUntilShipped()
                let texts = try stage.messages().compactMap {
                    $0.event["data"]?["ticket"]?["description"]?.stringValue
                }
                #expect(texts.contains("Another 10") && texts.contains("In the backup"))
            }
        }

        @Test func `events that the stream has dropped are not sent again`() throws {
            try Self.running(try Stage()) { stage in
                try stage.startServer()
                for number in 1...5 { try stage.file("Old \(number)") }
                try stage.waitUntilShipped()
                // A clean stop stores the cursor.
                #expect(stage.station.stop() == .code(0))
                try stage.purgeStream()
                try stage.restartStation()
                try stage.waitUntilShipped()
                try stage.file("New")
                try stage.waitUntilShipped()
                let texts = try stage.messages().compactMap {
                    $0.event["data"]?["ticket"]?["description"]?.stringValue
                }
                #expect(texts == ["New"])
            }
        }

        @Test func `commands come through the stream and are carried out once`() throws {
            try Self.running(try Stage()) { stage in
                try stage.startServer()
                try stage.file("Stuck")
                try stage.waitUntilShipped()
                let comment: JSONValue = ["support_id": 1, "body": "From the stream"]
                try stage.publish("c-1", "ticket.comment", comment)
                // Publish it twice, like a server that was not sure.
                try stage.publish("c-1", "ticket.comment", comment)
                try stage.publish("c-2", "ticket.close", ["support_id": 1, "response": "Done"])
                try stage.publish("c-3", "ticket.close", ["support_id": 99])
                let deadline = Deadline(seconds: 15)
                while try !stage.messages().contains(where: { $0.event["type"] == "support.command.refused" }) {
                    guard !deadline.isOver else { throw HarnessFault("no outcome of the last command") }
                }
                let comments = try stage.admin.get("/api/v1/support/1/comments").json.arrayValue
                #expect(comments?.map { $0["body"] } == ["From the stream"])
                #expect(try stage.admin.get("/api/v1/support/1").json["status"] == "closed")
                let outcomes = try stage.messages().compactMap { $0.event["data"]?["command"]?["id"]?.stringValue }
                #expect(outcomes == ["c-1", "c-2", "c-3"])
                try stage.restartStation()
                try stage.file("After a restart")
                try stage.waitUntilShipped()
                #expect(try stage.admin.get("/api/v1/support/1/comments").json.arrayValue?.count == 1)
            }
        }

        @Test func `the station logs in to a server that wants a password`() throws {
            let settings = "authorization { user: \"station\", password: \"pass\" }"
            let stage = try Stage(settings: settings, upstream: ["user": "station", "password": "pass"])
            defer { stage.remove() }
            try stage.startServer()
            try stage.file("Stuck")
            try stage.waitUntilShipped()
            #expect(try stage.upstream()["last_error"] == .null)
            #expect(!stage.station.log.contains("pass\""))
        }

        @Test func `a server's refusal of the station is reported`() throws {
            let settings = "authorization { user: \"station\", password: \"pass\" }"
            let stage = try Stage(settings: settings, upstream: ["user": "station", "password": "wrong"])
            defer { stage.remove() }
            try stage.startServer()
            #expect(stage.station.waitForLog("ERROR [Uplink] The NATS server"))
            let upstream = try stage.upstream()
            #expect(upstream["state"] == "disconnected")
            #expect(upstream["last_error"]?.stringValue?.isEmpty == false)
            try stage.file("On the LAN all goes on")
        }
    }
}
