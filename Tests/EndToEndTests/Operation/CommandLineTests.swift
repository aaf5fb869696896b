import Foundation
import JSON
import Testing

extension EndToEnd {
    /// The command line as an operator uses it.
    @Suite struct Commands {
        /// The exit codes from sysexits.h that these tests use.
        private static let (usage, dataFault, noUser, configuration) =
            (
                SpawnedProcess.Exit.code(64), SpawnedProcess.Exit.code(65), SpawnedProcess.Exit.code(67),
                SpawnedProcess.Exit.code(78)
            )

        private func withData<Result>(_ body: (_ data: String) throws -> Result) throws -> Result {
            let scratch = try ScratchDirectory()
            defer { scratch.remove() }
            let data = scratch.file("data")
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: false)
            return try body(data)
        }

        @Test func `users and swap stations can be managed on a stopped station`() throws {
            try withData { data in
                let place = ["--data", data]
                func run(_ words: String..., input: String? = nil) throws -> CommandResult {
                    try .run([BuiltProduct.stationd] + words + place, input: input)
                }
                let station = try run("station", "add", "--name", "North", "--address", "1 Road")
                #expect(station.exit == .code(0), "\(station.excerpt)")
                let added = try run(
                    "user", "add", "--email", "ann@example.com", "--username", "ann", "--role", "admin",
                    "--password-stdin",
                    input: "correct horse\n")
                #expect(added.exit == .code(0), "\(added.excerpt)")
                let staff = try run(
                    "user", "add", "--email", "sam@example.com", "--username", "sam", "--role", "station_staff",
                    "--station", "1", "--password-stdin", input: "battery staple")
                #expect(staff.exit == .code(0), "\(staff.excerpt)")
                let again = try run(
                    "user", "add", "--email", "ann@example.com", "--username", "x", "--role", "driver",
                    "--password-stdin",
                    input: "correct horse\n")
                #expect(again.exit == Self.dataFault, "\(again.excerpt)")
                let short = try run(
                    "user", "add", "--email", "x@example.com", "--username", "x", "--role", "driver",
                    "--password-stdin",
                    input: "short\n")
                #expect(short.exit == Self.dataFault, "\(short.excerpt)")
                let users = try JSONParser.parse(try run("user", "list", "--json").output).arrayValue ?? []
                #expect(users.map { $0["email"] } == ["ann@example.com", "sam@example.com"])
                let table = try run("user", "list").output
                #expect(table.contains("ann@example.com") && !table.contains("$y$"))
                #expect(try run("station", "list").output.contains("North"))
                #expect(try run("user", "passwd", "ann", "--password-stdin", input: "another horse\n").exit == .code(0))
                #expect(try run("user", "disable", "sam").exit == .code(0))
                let unknown = try run("user", "disable", "nobody")
                #expect(unknown.exit == Self.noUser && unknown.errors.contains("nobody"), "\(unknown.excerpt)")
                let token = try run("token", "ann")
                #expect(token.exit == .code(0))

                var options = StationProcess.Options(isDemo: false)
                options.data = data
                try StationProcess.running(options) { station in
                    let text = token.output.trimmingCharacters(in: .whitespacesAndNewlines)
                    #expect(
                        try HTTPClient(port: station.port, token: text).get("/api/v1/auth/me").json["username"] == "ann"
                    )
                    _ = try HTTPClient.loggedIn("ann@example.com", port: station.port, password: "another horse")
                    #expect(throws: HarnessFault.self) {
                        try HTTPClient.loggedIn("sam@example.com", port: station.port, password: "battery staple")
                    }
                }
            }
        }

        @Test func `the same commands work on a running station`() throws {
            try StationProcess.running { station in
                let socket = "\(station.data)/control.sock"
                #expect(WholeFile.exists(socket))
                #expect(WholeFile.mode(socket) & 0o077 == 0)
                func run(_ words: String..., input: String? = nil) throws -> CommandResult {
                    try .run([BuiltProduct.stationd] + words + ["--data", station.data], input: input)
                }
                let added = try run(
                    "user", "add", "--email", "ann@example.com", "--username", "ann", "--role", "driver",
                    "--password-stdin", input: "correct horse\n")
                #expect(added.exit == .code(0), "\(added.excerpt)")
                let ann = try HTTPClient.loggedIn("ann@example.com", port: station.port, password: "correct horse")
                #expect(try ann.get("/api/v1/auth/me").json["user_id"] == 4)
                let admin = try run("token", "admin@example.com", "--hours", "1")
                let token = admin.output.trimmingCharacters(in: .whitespacesAndNewlines)
                #expect(
                    try HTTPClient(port: station.port, token: token).get("/api/v1/users").json.arrayValue?.count == 4)
                #expect(try run("user", "disable", "ann").exit == .code(0))
                expectError(try ann.get("/api/v1/auth/me"), 401)
                #expect(try run("station", "add", "--name", "South", "--address", "2 Road").exit == .code(0))
                let stations = try JSONParser.parse(try run("station", "list", "--json").output)
                #expect(stations.arrayValue?.count == 2)
                let check = try CommandResult.stationd("check", station.data)
                #expect(check.exit == .code(0), "\(check.excerpt)")
                try station.restart()
                #expect(
                    try HTTPClient(port: station.port, token: token).get("/api/v1/users").json.arrayValue?.count == 4)
            }
        }

        @Test func `the demonstration continues with its own data and no other`() throws {
            try StationProcess.running { station in
                // The station prints this once it listens.
                let deadline = Deadline(seconds: 5)
                while !station.output.contains("See it as admin"), !deadline.isOver { usleep(2000) }
                let said = station.output + station.log
                for text in ["driver@example.com", "admin@example.com", "staff@example.com", "station-demo", "curl "] {
                    #expect(said.contains(text), "\(text)")
                }
                let tokens = said.split { $0.isWhitespace }.filter {
                    $0.hasPrefix("ey") && $0.split(separator: ".").count == 3
                }
                #expect(tokens.count >= 3)
                let roles = try tokens.prefix(3).map {
                    try HTTPClient(port: station.port, token: String($0)).get("/api/v1/auth/me").json["role"]
                }
                #expect(roles == ["driver", "admin", "station_staff"])
                let driver = try station.logIn("driver@example.com")
                #expect(
                    try driver.request("POST", "/api/v1/support", ["user_id": 1, "description": "Kept"]).status == 201)
                #expect(station.stop() == .code(0))
                try station.start()
                let again = HTTPClient(port: station.port, token: driver.token)
                #expect(try again.get("/api/v1/support").json.arrayValue?.count == 1)
            }
            try withData { data in
                let added = try CommandResult.stationd(
                    "user", "add", "--email", "ann@example.com", "--username", "ann", "--role", "admin",
                    "--password-stdin", "--data", data, input: "correct horse\n")
                #expect(added.exit == .code(0), "\(added.excerpt)")
                let refused = try CommandResult.stationd("serve", "--demo", "--data", data, "--listen", "127.0.0.1:0")
                #expect(refused.exit == Self.dataFault, "\(refused.excerpt)")
                let open = try CommandResult.stationd("serve", "--demo", "--data", data, "--listen", "0.0.0.0:0")
                #expect(open.exit == Self.usage && open.errors.contains("0.0.0.0:0"), "\(open.excerpt)")
            }
        }

        @Test func `an error names what is wrong in the command line`() throws {
            let wrong: [(words: [String], names: String)] = [
                ([], "command"), (["srve"], "srve"), (["serve", "--lisen", "x"], "--lisen"),
                (["serve", "extra"], "extra"),
                (["serve", "--listen", "nowhere"], "nowhere"), (["serve", "--listen"], "--listen"), (["user"], "user"),
                (["user", "ad"], "ad"), (["check"], "DIR"), (["token"], "USER"),
                (["token", "x", "--hours", "0"], "--hours"),
                (["user", "add", "--email", "a@example.com", "--username", "a", "--role", "boss"], "boss"),
            ]
            for (words, name) in wrong {
                let result = try CommandResult.run([BuiltProduct.stationd] + words)
                #expect(result.exit == Self.usage, "\(words): \(result.excerpt)")
                #expect(result.errors.contains(name), "\(words): \(result.errors)")
                #expect(result.output.isEmpty, "\(words)")
            }
            for words in [
                ["--help"], ["serve", "--help"], ["user", "--help"], ["user", "add", "--help"], ["check", "--help"],
            ] {
                let help = try CommandResult.run([BuiltProduct.stationd] + words)
                #expect(help.exit == .code(0) && help.output.hasPrefix("Usage: stationd"), "\(words)")
            }
            for words in [["--version"], ["serve", "--version"], ["token", "--version"]] {
                let version = try CommandResult.run([BuiltProduct.stationd] + words)
                #expect(version.exit == .code(0) && version.output.contains("stationd"), "\(words)")
            }
            let missing = try CommandResult.stationd("check", "/nowhere/at/all")
            #expect(missing.exit == .code(66), "\(missing.excerpt)")
        }

        @Test func `a bad configuration is refused with the line of its fault`() throws {
            let wrong: [(text: String, line: Int, names: String)] = [
                ("{\n  \"listen\": \"127.0.0.1:0\",\n  \"lissten\": 1\n}", 3, "lissten"),
                ("{\n  // a comment\n  \"limits\": {\n    \"connections_max\": 0\n  }\n}", 4, "connections_max"),
                ("{\n  \"limits\": { \"connection_max\": 1 }\n}", 2, "connection_max"),
                ("{\n  \"jwt\": {\n    \"lifetime_hours\": \"long\"\n  }\n}", 3, "lifetime_hours"),
                ("{\n  \"listen\": \"nowhere\"\n}", 2, "listen"),
                ("{\n  \"listen\": \"127.0.0.1:0\",\n  \"data\" \"x\"\n}", 3, "colon"),
                (
                    "{\n  \"limits\": {\n    \"connections_max\": 10,\n    \"connections_per_address_max\": 20\n  }\n}",
                    4, "connections_max"
                ),
            ]
            let scratch = try ScratchDirectory()
            defer { scratch.remove() }
            let file = scratch.file("stationd.json")
            for (text, line, name) in wrong {
                try WholeFile.write(text, to: file)
                let result = try CommandResult.stationd("serve", "--config", file, "--data", scratch.file("data"))
                #expect(result.exit == Self.configuration, "\(text): \(result.excerpt)")
                #expect(result.errors.contains("\(file):\(line)"), "\(text): \(result.errors)")
                #expect(result.errors.contains(name), "\(text): \(result.errors)")
                #expect(!WholeFile.exists(scratch.file("data")))
            }
            let missing = try CommandResult.stationd("serve", "--config", scratch.file("none.json"))
            #expect(missing.exit == Self.configuration && missing.errors.contains("none.json"), "\(missing.excerpt)")
        }

        @Test func `a station starts with the documented configuration`() throws {
            let documented = BuiltProduct.packageRoot.appendingPathComponent("etc/stationd.json").path
            try withData { data in
                let station = try StationProcess(.init(isDemo: false))
                defer { station.remove() }
                let child = try SpawnedProcess(
                    [
                        BuiltProduct.stationd, "serve", "--config", documented, "--data", data, "--listen",
                        "127.0.0.1:0",
                    ],
                    output: station.scratch.file("output"), errors: station.scratch.file("log"))
                let deadline = Deadline(seconds: 20)
                while !WholeFile.text(station.scratch.file("log")).contains("Listening on 127.0.0.1:"), !deadline.isOver
                {
                    usleep(2000)
                }
                #expect(!deadline.isOver, "\(WholeFile.text(station.scratch.file("log")))")
                child.signal(SIGTERM)
                #expect(child.wait(seconds: 10) == .code(0))
            }
        }
    }
}
