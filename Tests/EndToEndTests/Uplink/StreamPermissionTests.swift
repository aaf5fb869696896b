import Foundation
import JSON
import NATS
import Peers
import Testing

extension EndToEnd {
    /// A real NATS server with the accounts that `stationd central nats-permissions` prints, and the streams that
    /// `stationd central nats-setup` makes.
    @Suite(.enabled(if: NATSServerProcess.mustRun || NATSServerProcess.path != nil, "nats-server is not installed"))
    struct StreamPermissions {
        /// A central server that nobody reports to, whose key signs, and a NATS server for stations 7 and 8.
        private final class Stage {
            let central: StationProcess
            let directory: URL
            private(set) var server: NATSServerProcess

            init() throws {
                central = try StationProcess(.central)
                try central.start()
                for station in ["7", "8"] {
                    guard try central.central("add-station", station).exit == .code(0) else {
                        throw HarnessFault("add-station failed")
                    }
                }
                directory = try NATSServerProcess.makeDirectory()
                server = try NATSServerProcess(in: directory, settings: try Self.settings(central), hasJetStream: true)
            }

            func remove() {
                server.removeDirectory()
                central.remove()
            }

            /// The accounts as an operator puts them together from what the command prints.
            private static func settings(_ central: StationProcess) throws -> String {
                var stations: [String] = []
                for station in ["7", "8"] {
                    stations.append(try CommandResult.stationd("central", "nats-permissions", station).output)
                }
                let exports = stations[0].split(separator: "\n").filter { $0.hasPrefix("#   ") }.map { $0.dropFirst() }
                return """
                    STATION_7_PASSWORD: "seven"
                    STATION_8_PASSWORD: "eight"
                    accounts {
                      CENTRAL {
                        jetstream: enabled
                        users: [ { user: central, password: centre } ]
                    \(exports.joined(separator: "\n"))
                      }
                    \(stations.joined(separator: "\n"))
                    }
                    """
            }

            func setUp() throws -> CommandResult {
                try CommandResult.run(
                    [
                        BuiltProduct.stationd, "central", "nats-setup", "nats://localhost:\(server.port)", "--user",
                        "central", "--data", central.data, "--config", central.configurationPath,
                    ], input: "centre\n")
            }

            /// A connection of the account that has the streams.
            func administration() throws -> NATSConnection {
                try NATSConnection.open(port: server.port, as: .user("central", password: "centre"))
            }

            /// Everything that a hostile station could want to change: the streams with what is on which subject, and
            /// the consumers.
            func inventory() throws -> [String] {
                let administration = try administration()
                var lines: [String] = []
                for stream in ["STATIONS", "COMMANDS"] {
                    let info = try #require(NATSSubject("$JS.API.STREAM.INFO.\(stream)"))
                    let names = try #require(NATSSubject("$JS.API.CONSUMER.NAMES.\(stream)"))
                    let state = try administration.answer(on: info, payload: Array(#"{"subjects_filter":">"}"#.utf8))
                    let value = try JSONParser.parse(state.payload)
                    for (subject, count) in value["state"]?["subjects"]?.objectValue?.members ?? []
                    where !subject.hasPrefix("stations.7.") {
                        lines.append("\(stream) \(subject) \(count.text)")
                    }
                    lines.append("\(stream) \(value["config"]?.text ?? "")")
                    let consumers = try administration.answer(on: names, payload: [])
                    lines.append("\(stream) \(try JSONParser.parse(consumers.payload)["consumers"]?.text ?? "")")
                }
                let all = try administration.answer(on: "$JS.API.STREAM.NAMES", payload: [])
                lines.append(try JSONParser.parse(all.payload)["streams"]?.text ?? "")
                return lines.sorted()
            }
        }

        private static func running(_ body: (Stage) throws -> Void) throws {
            let stage = try Stage()
            defer { stage.remove() }
            let made = try stage.setUp()
            #expect(made.exit == .code(0), "\(made.excerpt)")
            try body(stage)
        }

        /// Sends as station 7 does, and returns whether the server has refused it.
        private static func isRefused(
            _ station: NATSConnection, _ subject: String, _ payload: String = "", reply: String? = nil
        ) throws -> Bool {
            // Written out, because a hostile station keeps to no grammar.
            let words = ["PUB", subject] + (reply.map { [$0] } ?? []) + ["\(payload.utf8.count)"]
            try station.send(Array("\(words.joined(separator: " "))\r\n\(payload)\r\nPING\r\n".utf8))
            var isRefused = false
            while let event = try station.event() {
                switch event {
                case .error: isRefused = true
                case .pong: return isRefused
                default: break
                }
            }
            throw HarnessFault("the server has gone")
        }

        private static func hostile(_ stage: Stage) throws -> NATSConnection {
            let connection = try NATSConnection(port: stage.server.port)
            connection.inbox = NATSInbox(of: JetStreamName("station-7"), using: &connection.generator)
            guard try connection.introduce(as: .user("station-7", password: "seven")) == .pong else {
                throw HarnessFault("the station was not let in")
            }
            try connection.send { connection.machine.subscribe(to: connection.inbox.filter, sid: 1, into: &$0) }
            return connection
        }

        @Test func `a hostile station reaches nothing beyond its own`() throws {
            try Self.running { stage in
                let administration = try stage.administration()
                _ = try administration.answer(on: "stations.8.support.ticket.created", payload: Array("{}".utf8))
                _ = try administration.answer(on: "commands.8", payload: Array("{}".utf8))
                _ = try administration.answer(on: "commands.7", payload: Array("{}".utf8))
                let before = try stage.inventory()
                let foreign = [
                    "stations.8.support.ticket.created", "stations.7.other", "commands.7", "commands.8",
                    "$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$JS.API.STREAM.INFO.STATIONS",
                    "$JS.API.STREAM.INFO.COMMANDS", "$JS.API.STREAM.PURGE.STATIONS", "$JS.API.STREAM.DELETE.COMMANDS",
                    "$JS.API.STREAM.CREATE.MINE", "$JS.API.STREAM.UPDATE.STATIONS", "$JS.API.STREAM.MSG.GET.STATIONS",
                    "$JS.API.STREAM.MSG.GET.COMMANDS", "$JS.API.STREAM.MSG.DELETE.COMMANDS",
                    "$JS.API.DIRECT.GET.STATIONS", "$JS.API.DIRECT.GET.STATIONS.stations.8.support.>",
                    "$JS.API.DIRECT.GET.STATIONS.stations.8.support.ticket.created",
                    "$JS.API.DIRECT.GET.COMMANDS.commands.8", "$JS.API.DIRECT.GET.COMMANDS.commands.7",
                    "$JS.API.CONSUMER.INFO.COMMANDS.station-8-commands",
                    "$JS.API.CONSUMER.INFO.STATIONS.station-8-events", "$JS.API.CONSUMER.NAMES.COMMANDS",
                    "$JS.API.CONSUMER.MSG.NEXT.COMMANDS.station-8-commands",
                    "$JS.API.CONSUMER.MSG.NEXT.STATIONS.station-7-events",
                    "$JS.API.CONSUMER.DURABLE.CREATE.COMMANDS.station-7-commands",
                    "$JS.API.CONSUMER.CREATE.COMMANDS", "$JS.API.CONSUMER.CREATE.COMMANDS.mine.commands.8",
                    "$JS.API.CONSUMER.DELETE.COMMANDS.station-8-commands",
                    "$JS.ACK.COMMANDS.station-8-commands.1.1.1.1.0", "$JS.ACK.STATIONS.station-7-events.1.1.1.1.0",
                    "_INBOX.station-8.x", "$SYS.REQ.SERVER.PING", "anything",
                ]
                let station = try Self.hostile(stage)
                for subject in foreign { #expect(try Self.isRefused(station, subject), "\(subject)") }
                // What others hear is not for its ears.
                for filter in [
                    ">", "_INBOX.>", "_INBOX.station-8.>", "stations.8.support.>", "stations.7.support.>", "commands.7",
                    "commands.*", "$JS.>", "$SYS.>", "_R_.>",
                ] {
                    try station.send(Array("SUB \(filter) 9\r\nPING\r\n".utf8))
                    var isRefused = false
                    while let event = try station.event(), event != .pong {
                        if case .error = event { isRefused = true }
                    }
                    #expect(isRefused, "it may hear \(filter)")
                }
                #expect(try stage.inventory() == before)
            }
        }

        /// A request says where its answer goes, and the server publishes the answer there with its own power.
        @Test func `the server's answers to a hostile station go nowhere else`() throws {
            try Self.running { stage in
                let administration = try stage.administration()
                _ = try administration.answer(on: "commands.7", payload: Array("{}".utf8))
                _ = try administration.answer(on: "commands.8", payload: Array("{}".utf8))
                let before = try stage.inventory()
                let station = try Self.hostile(stage)
                let stream = #"{"name":"MINE","subjects":["mine.>"],"storage":"file","retention":"limits"}"#
                let own: [(String, String)] = [
                    ("stations.7.support.ticket.created", stream),
                    ("$JS.API.DIRECT.GET.STATIONS.stations.7.support.>", ""),
                    ("$JS.API.CONSUMER.INFO.STATIONS.station-7-events", ""),
                    ("$JS.API.CONSUMER.INFO.COMMANDS.station-7-commands", ""),
                    ("$JS.API.CONSUMER.MSG.NEXT.COMMANDS.station-7-commands", #"{"batch":1,"expires":50000000}"#),
                    ("$JS.ACK.COMMANDS.station-7-commands.1.1.1.1.0", "+NXT"),
                ]
                let targets = [
                    "$JS.API.STREAM.PURGE.STATIONS", "$JS.API.STREAM.DELETE.COMMANDS", "$JS.API.STREAM.CREATE.MINE",
                    "$JS.API.CONSUMER.DELETE.COMMANDS.station-8-commands", "commands.8", "commands.7",
                    "stations.8.support.ticket.created", "$JS.API.CONSUMER.MSG.NEXT.COMMANDS.station-8-commands",
                    "$JS.ACK.COMMANDS.station-8-commands.1.1.1.1.0",
                ]
                for target in targets {
                    for (subject, payload) in own { _ = try Self.isRefused(station, subject, payload, reply: target) }
                }
                usleep(300_000)
                #expect(try stage.inventory() == before)
            }
        }

        @Test func `an honest station works with these permissions`() throws {
            try Self.running { stage in
                // A second time there is nothing to do.
                #expect(try stage.setUp().exit == .code(0))
                let key = try CommandResult.stationd(
                    "central", "command-key", "7", "--data", stage.central.data, "--config",
                    stage.central.configurationPath)
                var options = StationProcess.Options()
                options.settings = [
                    ("station", ["id": 7]),
                    (
                        "upstream",
                        [
                            "url": .string("nats://127.0.0.1:\(stage.server.port)"), "user": "station-7",
                            "password": "seven", "interval_seconds": 1,
                            "command_key": .string(key.output.trimmingCharacters(in: .whitespacesAndNewlines)),
                        ]
                    ),
                ]
                try StationProcess.running(options) { station in
                    let admin = try station.logIn("admin@example.com")
                    let body: JSONValue = ["user_id": 1, "description": "stuck", "station_id": 1]
                    #expect(try admin.request("POST", "/api/v1/support", body).status == 201)
                    func wait(_ what: String, _ holds: () throws -> Bool) throws {
                        let deadline = Deadline(seconds: 20)
                        while !(try holds()) {
                            guard !deadline.isOver else { throw HarnessFault("\(what): \(station.log)") }
                            usleep(20_000)
                        }
                    }
                    try wait("not shipped") {
                        let upstream = try admin.get("/api/v1/status").json["upstream"]
                        return upstream?["state"] == "idle" && upstream?["backlog_events"] == 0
                    }
                    let hash = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$" + String(repeating: "x", count: 43)
                    let user = #"{"email":"t@example.com","username":"t","role":"driver","password_hash":"\#(hash)"}"#
                    for (type, data) in [("ticket.close", #"{"support_id":1}"#), ("user.upsert", user)] {
                        let signed = try CommandResult.stationd(
                            "central", "sign-command", "7", try station.epoch(), type, data, "--data",
                            stage.central.data, "--config", stage.central.configurationPath)
                        #expect(signed.exit == .code(0) && !signed.output.contains("$y$"), "\(signed.excerpt)")
                        let command = Array(signed.output.trimmingCharacters(in: .whitespacesAndNewlines).utf8)
                        _ = try stage.administration().answer(on: "commands.7", payload: command)
                    }
                    try wait("not closed") { try admin.get("/api/v1/support/1").json["status"] == "closed" }
                    try wait("no user") {
                        try admin.get("/api/v1/users").json.arrayValue?.contains { $0["email"] == "t@example.com" }
                            == true
                    }
                    // It finds its place again, and what it was sent is done once.
                    station.kill()
                    try station.start()
                    let again = try station.logIn("admin@example.com")
                    try wait("not shipped again") {
                        let upstream = try again.get("/api/v1/status").json["upstream"]
                        return upstream?["state"] == "idle" && upstream?["commands"] == 0
                    }
                    #expect(!station.log.contains("WARNING [Uplink]") && !station.log.contains("Violation"))
                }
            }
        }

        @Test func `a station that may make the streams does, and says that it should not`() throws {
            try NATSServerProcess.withServer { server in
                var options = StationProcess.Options()
                options.settings = [
                    ("station", ["id": 7]), ("upstream", ["url": .string("nats://127.0.0.1:\(server.port)")]),
                ]
                try StationProcess.running(options) { station in
                    #expect(station.waitForLog("the stream STATIONS and the consumer station-7-events"))
                    #expect(station.waitForLog("the stream COMMANDS and the consumer station-7-commands"))
                    #expect(station.log.contains("stationd central nats-permissions 7"))
                }
            }
        }
    }
}
