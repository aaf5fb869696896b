import Foundation
import JSON
import Testing

extension EndToEnd {
    /// How a station stops, reloads its configuration, and shares the machine.
    @Suite struct Signals {
        @Test func `SIGTERM answers pending requests, tells every client and exits with 0`() throws {
            try StationProcess.running { station in
                let (driver, admin, staff) = try station.demoClients()
                let sockets = try zip([driver, admin, staff], SocketIOClient.Way.allCases).map { client, way in
                    let socket = try SocketIOClient(port: station.port, token: client.token, way: way)
                    try socket.connected()
                    try socket.openPoll()
                    return socket
                }
                let plain = try WebSocketClient(port: station.port, target: "/notifications?token=\(admin.token ?? "")")
                _ = try plain.receiveText()
                let idle = try Wire(port: station.port)
                let half = try Wire(port: station.port)
                try half.send("GET /healthz HTTP/1.1\r\nHo")
                let silent = try WebSocketClient(
                    port: station.port, target: "/notifications?token=\(admin.token ?? "")")
                let owed = try (0..<10).map { _ in
                    let client = station.client()
                    try client.send(
                        "POST", "/api/v1/auth/login", ["email": "driver@example.com", "password": "station-demo"])
                    return client
                }
                #expect(try admin.get("/healthz").status == 200)
                let start = ContinuousClock.now
                station.child?.signal(SIGTERM)
                for client in owed { #expect(try client.answer(to: "POST").status == 200) }
                guard case .close(let code, _) = try plain.receive() else {
                    return #expect(Bool(false), "no close frame")
                }
                #expect(code == 1001)
                for socket in sockets { #expect(socket.isClosed(within: 6)) }
                #expect(idle.endsSilently(within: 6))
                #expect(station.child?.wait(seconds: 6) == .code(0))
                #expect(ContinuousClock.now - start < .seconds(6))
                withExtendedLifetime((half, silent)) {}
                #expect((try? Wire(port: station.port)) == nil)
                #expect(try CommandResult.stationd("check", station.data).exit == .code(0))
            }
        }

        @Test func `SIGHUP reloads the configuration`() throws {
            let options = StationProcess.Options(settings: [("cors", ["origins": ["https://one.example"]])])
            try StationProcess.running(options) { station in
                let client = station.client()
                func allowed(_ origin: String) throws -> String? {
                    try client.get("/healthz", fields: [("Origin", origin)])["Access-Control-Allow-Origin"]
                }
                #expect(try allowed("https://two.example") == nil)
                station.options.settings = [("cors", ["origins": ["https://two.example"]])]
                try station.writeConfiguration()
                station.child?.signal(SIGHUP)
                let deadline = Deadline(seconds: 5)
                while try allowed("https://two.example") == nil, !deadline.isOver { usleep(5000) }
                #expect(try allowed("https://two.example") == "https://two.example")
                #expect(try allowed("https://one.example") == nil)
                // A configuration with a fault changes nothing, and the log names the line.
                try WholeFile.write("{\n  \"cors\": {\n    \"origin\": []\n  }\n}\n", to: station.configurationPath)
                station.child?.signal(SIGHUP)
                #expect(station.waitForLog(":3"))
                #expect(try allowed("https://two.example") == "https://two.example")
            }
        }

        @Test func `a second process with the same data directory is refused`() throws {
            try StationProcess.running { station in
                let second = try CommandResult.run([
                    BuiltProduct.stationd, "serve", "--demo", "--data", station.data, "--listen", "127.0.0.1:0",
                ])
                #expect(second.exit != .code(0))
                #expect(second.errors.contains("in use by another process"), "\(second.errors)")
                #expect(try station.client().get("/healthz").status == 200)
            }
        }

        @Test func `1100 connections are served if the configuration allows them`() throws {
            var own = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &own)
            own.rlim_cur = min(own.rlim_max, max(own.rlim_cur, 4096))
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &own)
            try #require(own.rlim_cur >= 1400, "the hard limit on open files is too low for this test")
            // The station raises its own soft limit, which is lower here than it needs.
            let options = StationProcess.Options(
                limits: [("connections_max", 3000), ("connections_per_address_max", 3000)],
                preparation: "ulimit -S -n 256")
            try StationProcess.running(options) { station in
                var wires: [Wire] = []
                for _ in 0..<1100 { wires.append(try Wire(port: station.port)) }
                for _ in 0..<2 {
                    for wire in wires { try wire.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n") }
                    for wire in wires { #expect(try HTTPClient.readAnswer(from: wire).status == 200) }
                }
            }
        }

        @Test func `connections beyond the limits are refused with a reason`() throws {
            let limits = [("connections_max", 100), ("connections_per_address_max", 20), ("sockets_per_user_max", 3)]
            try StationProcess.running(.init(limits: limits)) { station in
                let token = try #require(try station.logIn("driver@example.com").token)
                let sockets = try (0..<3).map { _ in
                    let socket = try SocketIOClient(port: station.port, token: token, way: .webSocket)
                    try socket.connected()
                    return socket
                }
                let fourth = try SocketIOClient(port: station.port, token: token, way: .webSocket)
                #expect((try? fourth.connected()) == nil)
                // Silent connections make room for others.
                var wires: [Wire] = []
                for _ in 0..<30 { wires.append(try Wire(port: station.port)) }
                #expect(try station.client().get("/healthz").status == 200)
                // Those with a token do not.
                var known: [HTTPClient] = []
                for _ in 0..<20 {
                    let client = HTTPClient(port: station.port, token: token)
                    guard try client.get("/api/v1/auth/me").status == 200 else { break }
                    known.append(client)
                }
                #expect(known.count >= 16)
                let last = try Wire(port: station.port)
                try last.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                let answer = try HTTPClient.readAnswer(from: last)
                expectError(answer, 429)
                #expect(answer["Retry-After"] != nil)
                #expect(last.endsSilently(within: 5))
                wires = []
                known = []
                let deadline = Deadline(seconds: 5)
                while (try? station.client().get("/healthz"))?.status != 200, !deadline.isOver { usleep(10_000) }
                #expect(!deadline.isOver)
                withExtendedLifetime(sockets) {}
            }
        }

        @Test func `segments are written ahead as fast as they are used up`() throws {
            try StationProcess.running(.init(limits: [("segment_bytes", 262_144)])) { station in
                let client = try station.logIn("driver@example.com")
                let body: JSONValue = ["user_id": 1, "description": .string(String(repeating: "x", count: 4000))]
                let next = "\(station.data)/journal/next"
                for round in 1...4 {
                    // The next segment is written at once, and not only after the pause that follows a failure.
                    let deadline = Deadline(seconds: 5)
                    while !WholeFile.exists(next), !deadline.isOver {
                        #expect(try client.request("POST", "/api/v1/support", body).status == 201)
                    }
                    #expect(!deadline.isOver, "round \(round)")
                    while WholeFile.exists(next), !deadline.isOver {
                        #expect(try client.request("POST", "/api/v1/support", body).status == 201)
                    }
                }
            }
        }

        @Test func `a crowd of clients does not use up the descriptors that the journal needs`() throws {
            let options = StationProcess.Options(limits: [("segment_bytes", 262_144)], preparation: "ulimit -n 100")
            try StationProcess.running(options) { station in
                let client = try station.logIn("driver@example.com")
                var wires: [Wire] = []
                for _ in 0..<150 { wires.append(try Wire(port: station.port)) }
                #expect(station.waitForLog("no descriptor is left for a new connection"))
                // The crowd does not keep the operator out, either.
                for _ in 0..<10 {
                    let users = try CommandResult.stationd("user", "list", "--data", station.data)
                    #expect(users.exit == .code(0), "\(users.excerpt)")
                }
                // Fill several segments, each of which is a new file.
                let text = String(repeating: "x", count: 4000)
                for _ in 0..<100 {
                    let body: JSONValue = ["user_id": 1, "description": .string(text)]
                    let answer = try client.request("POST", "/api/v1/support", body)
                    #expect(answer.status == 201)
                }
                withExtendedLifetime(wires) {}
            }
        }

        @Test func `the station survives running out of descriptors`() throws {
            try StationProcess.running(.init(preparation: "ulimit -n 40")) { station in
                let client = station.client()
                #expect(try client.get("/healthz").status == 200)
                var wires: [Wire] = []
                for _ in 0..<60 { wires.append(try Wire(port: station.port)) }
                // Connected clients are served.
                for _ in 0..<20 { #expect(try client.get("/healthz").status == 200) }
                #expect(station.child?.isRunning == true)
                #expect(station.waitForLog("descriptor"))
                wires = []
                let deadline = Deadline(seconds: 10)
                while (try? station.client().get("/healthz"))?.status != 200, !deadline.isOver { usleep(10_000) }
                #expect(!deadline.isOver, "no new client is accepted")
                #expect(station.stop() == .code(0))
            }
        }
    }
}
