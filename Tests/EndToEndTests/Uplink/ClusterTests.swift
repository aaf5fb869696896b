import Foundation
import JSON
import Peers
import Testing

extension EndToEnd {
    /// A station and NATS servers that come and go, are reached over a leaf node, or want a signature.
    @Suite(
        .enabled(
            if: NATSServerProcess.mustRun || (NATSServerProcess.path != nil && PythonEnvironment.problem == nil),
            "nats-server or Python is not installed"))
    struct Cluster {
        /// A station with this section `upstream`.
        private final class Desk {
            let station: StationProcess
            let admin: HTTPClient

            init(_ upstream: JSONObject) throws {
                var options = StationProcess.Options()
                options.limits = [("drain_timeout_millis", 200)]
                options.settings = [("station", ["id": 7]), ("upstream", .object(upstream))]
                station = try StationProcess(options)
                do {
                    try station.start()
                    admin = try station.logIn("admin@example.com")
                } catch {
                    station.remove()
                    throw error
                }
            }

            func file(_ text: String) throws {
                let body: JSONValue = ["user_id": 1, "description": .string(text), "station_id": 1]
                let answer = try admin.request("POST", "/api/v1/support", body)
                guard answer.status == 201 else { throw HarnessFault("POST answered \(answer.status)") }
            }

            func upstream() throws -> JSONValue { try admin.get("/api/v1/status").json["upstream"] ?? .null }

            /// Waits until everything is stored, without telling the station to try again.
            @discardableResult
            func waitUntilShipped(seconds: Double = 30) throws -> JSONValue {
                let deadline = Deadline(seconds: seconds)
                while true {
                    let upstream = try upstream()
                    if upstream["state"] == "idle", upstream["backlog_events"] == 0 { return upstream }
                    guard !deadline.isOver else {
                        throw HarnessFault("the station is not up to date: \(upstream.text)\n\(station.log)")
                    }
                    usleep(20_000)
                }
            }

            /// The port that the station uses.
            func port() throws -> UInt16? {
                try upstream()["url"]?.stringValue.flatMap { $0.split(separator: ":").last }.flatMap { UInt16($0) }
            }

            /// What the stock client reads. It gives up soon while a cluster has no leader.
            private func read(port: UInt16) throws -> CommandResult {
                let deadline = Deadline(seconds: 40)
                while true {
                    let result = try PythonEnvironment.run(
                        script: "stream.py", "nats://127.0.0.1:\(port)", "read", "STATIONS", "stations.7.support.>")
                    if result.exit == .code(0) || deadline.isOver { return result }
                }
            }

            /// The objections to the stream; empty if each event is there once. Messages that a killed server had
            /// accepted and others had not may be there again, under the same id.
            func objections(port: UInt16) throws -> [String] {
                let result = try read(port: port)
                guard result.exit == .code(0) else { throw HarnessFault("stream.py: \(result.all)") }
                var sequences: Set<UInt64> = []
                for line in result.output.split(separator: "\n") {
                    let event = try JSONParser.parse(Array(line.utf8))["event"]
                    if let number = event?["sequence"]?.stringValue.flatMap({ UInt64($0) }) { sequences.insert(number) }
                }
                let owed = Set(try UplinkStage.shippable(station).map(\.sequence))
                guard sequences != owed else { return [] }
                return [
                    "missing: \(owed.subtracting(sequences).sorted().prefix(9)), "
                        + "foreign: \(sequences.subtracting(owed).sorted().prefix(9))"
                ]
            }
        }

        private static func url(_ port: UInt16) -> JSONValue { .string("nats://127.0.0.1:\(port)") }

        @Test(.timeLimit(.minutes(4)))
        func `the loss of any server of a cluster is made good at once, and no event is lost`() throws {
            let cluster = try NATSCluster()
            defer { cluster.remove() }
            let ports = cluster.ports
            let desk = try Desk(["url": .array(ports.map(Self.url)), "interval_seconds": 1])
            defer { desk.station.remove() }
            try desk.file("Before")
            try desk.waitUntilShipped()
            let reader = try NATSConnection.open(port: ports[1])
            let stream = try reader.answer(on: "$JS.API.STREAM.INFO.STATIONS", payload: [])
            let replicas = try JSONParser.parse(stream.payload)["config"]?["num_replicas"]
            #expect(replicas == 3)
            var waits: [Double] = []
            for round in 1...3 {
                let port = try #require(try desk.port())
                let index = try #require(ports.firstIndex(of: port))
                for number in 1...20 { try desk.file("Round \(round), \(number)") }
                cluster.kill(index)
                let start = Date()
                for number in 1...20 { try desk.file("Round \(round), without \(index), \(number)") }
                let upstream = try desk.waitUntilShipped()
                waits.append(Date().timeIntervalSince(start))
                #expect(try desk.port() != port, "\(upstream.text)")
                #expect(upstream["last_error"] == .null)
                try cluster.start(index)
                try cluster.waitForLeader()
            }
            print("Cluster: caught up after \(waits.map { String(format: "%.2f s", $0) }.joined(separator: ", "))")
            // A server that has just come back may still be catching up with the others.
            let deadline = Deadline(seconds: 60)
            var objections: [String]
            repeat {
                objections = try desk.objections(port: try #require(try desk.port()))
            } while !objections.isEmpty && !deadline.isOver
            #expect(objections == [])
            // The station has never waited as after a failure of all servers.
            #expect(waits.allSatisfy { $0 < 25 })
        }

        @Test(.timeLimit(.minutes(3)))
        func `a station that knows one server of a cluster learns the others`() throws {
            let cluster = try NATSCluster()
            defer { cluster.remove() }
            let desk = try Desk(["url": Self.url(cluster.ports[0]), "interval_seconds": 1])
            defer { desk.station.remove() }
            try desk.file("Before")
            try desk.waitUntilShipped()
            cluster.kill(0)
            for number in 1...20 { try desk.file("Without the only one, \(number)") }
            try desk.waitUntilShipped()
            let port = try #require(try desk.port())
            #expect(cluster.ports.dropFirst().contains(port))
            #expect(try desk.objections(port: port) == [])
            // What was learned is not kept: a start begins with what is configured.
            try cluster.start(0)
            try cluster.waitForLeader()
            desk.station.kill()
            try desk.station.start()
            #expect(desk.station.waitForLog("Connected to nats://127.0.0.1:\(cluster.ports[0])"))
        }

        @Test func `a station reports over a leaf node and hears from its hub`() throws {
            let ports = try LoopbackSocket.freePorts(1)
            let directories = [try NATSServerProcess.makeDirectory(), try NATSServerProcess.makeDirectory()]
            defer { for directory in directories { try? FileManager.default.removeItem(at: directory) } }
            let listen = "server_name: hub\nleafnodes { listen: \"127.0.0.1:\(ports[0])\" }"
            let hub = try NATSServerProcess(in: directories[0], settings: listen, domain: "hub")
            defer { hub.kill() }
            let remote = "leafnodes { remotes: [ { url: \"nats://127.0.0.1:\(ports[0])\" } ], reconnect: 1 }"
            let leaf = try NATSServerProcess(
                in: directories[1], settings: "server_name: leaf\n\(remote)", domain: "field")
            defer { leaf.kill() }
            let authority = try CommandAuthority()
            let desk = try Desk([
                "url": Self.url(leaf.port), "domain": "hub", "interval_seconds": 1,
                "command_key": authority.commandKey,
            ])
            defer { desk.station.remove() }
            for number in 1...30 { try desk.file("From the field \(number)") }
            try desk.waitUntilShipped()
            #expect(try desk.objections(port: hub.port) == [])
            let command = authority.command(
                "c-1", "ticket.close", ["support_id": 1, "response": "Done"], epoch: try desk.station.epoch())
            let result = try PythonEnvironment.run(
                script: "stream.py", "nats://127.0.0.1:\(hub.port)", "publish", "commands.7", command)
            #expect(result.exit == .code(0), "\(result.all)")
            let deadline = Deadline(seconds: 15)
            while try desk.admin.get("/api/v1/support/1").json["status"] != "closed" {
                guard !deadline.isOver else { throw HarnessFault("the command did not come: \(desk.station.log)") }
                usleep(20_000)
            }
            try desk.waitUntilShipped()
            #expect(try desk.objections(port: hub.port) == [])
        }

        @Test func `credentials come from a file, which is read for each connection`() throws {
            let (mine, foreign) = (try NATSOperator(), try NATSOperator())
            try NATSServerProcess.withServer(settings: mine.settings) { server in
                let desk = try Desk([
                    "url": Self.url(server.port), "credentials_file": "station.creds", "interval_seconds": 1,
                ])
                defer { desk.station.remove() }
                // Below the data directory, since the path is relative. It is not there yet.
                let file = "\(desk.station.data)/station.creds"
                #expect(desk.station.waitForLog("station.creds cannot be read"))
                try desk.file("Kept")
                // A pipe in its place does not hold the station up.
                #expect(mkfifo(file, 0o600) == 0)
                desk.station.child?.signal(SIGHUP)
                #expect(desk.station.waitForLog("station.creds has neither"))
                try desk.file("Kept too")
                unlink(file)
                try foreign.credentials().write(toFile: file, atomically: true, encoding: .utf8)
                desk.station.child?.signal(SIGHUP)
                #expect(desk.station.waitForLog("does not accept the credentials"))
                let credentials = try mine.credentials()
                try credentials.write(toFile: file, atomically: true, encoding: .utf8)
                desk.station.child?.signal(SIGHUP)
                try desk.waitUntilShipped()
                let seed = credentials.split(separator: "\n").first { $0.hasPrefix("SU") } ?? "SU"
                #expect(!desk.station.log.contains(seed))
                #expect(!(try desk.upstream().text.contains(seed)))
            }
        }

        @Test func `a bare NKEY seed is enough for a server that knows the key`() throws {
            let key = try NATSTestKey(.user)
            let settings = "authorization { users: [ { nkey: \(key.publicText) } ] }"
            try NATSServerProcess.withServer(settings: settings) { server in
                let scratch = try ScratchDirectory()
                let file = scratch.file("station.nk")
                try (key.seedText + "\n").write(toFile: file, atomically: true, encoding: .utf8)
                let desk = try Desk([
                    "url": Self.url(server.port), "credentials_file": .string(file), "interval_seconds": 1,
                ])
                defer { desk.station.remove() }
                try desk.file("Signed")
                try desk.waitUntilShipped()
            }
        }

        @Test func `a frozen server is noticed, and the next one serves`() throws {
            let directories = [try NATSServerProcess.makeDirectory(), try NATSServerProcess.makeDirectory()]
            defer { for directory in directories { try? FileManager.default.removeItem(at: directory) } }
            let frozen = try NATSServerProcess(in: directories[0])
            defer { frozen.kill() }
            let alive = try NATSServerProcess(in: directories[1])
            defer { alive.kill() }
            frozen.freeze()
            let urls: JSONValue = [Self.url(frozen.port), Self.url(alive.port)]
            let desk = try Desk(["url": urls, "interval_seconds": 1])
            defer { desk.station.remove() }
            try desk.file("Not to a dead one")
            try desk.waitUntilShipped()
            #expect(try desk.port() == alive.port)
        }
    }
}
