import Foundation
import JSON
import Testing

@testable import Server

@Suite struct ConfigurationTests {
    private func read(_ text: String) throws(ConfigurationFault) -> Configuration {
        try Configuration.read(bytes: Array(text.utf8), file: "stationd.json")
    }

    /// The faults as lines. Empty if the text is a valid configuration.
    private func faults(_ text: String) -> [String] {
        do {
            _ = try read(text)
            return []
        } catch {
            return error.messages
        }
    }

    @Test func `an empty object gives the defaults`() throws { #expect(try read("{}") == Configuration()) }

    /// Editors on Windows begin a file with one.
    @Test func `a byte order mark is skipped, and faults keep their places`() throws {
        #expect(try read("\u{FEFF}{}") == Configuration())
        for text in ["{\"listen\" 7}", "{\n\"nothing\": 7}", "{\"station\": {\"name\": \"\\ud83d\"}}"] {
            let found = faults("\u{FEFF}" + text)
            #expect(!found.isEmpty && found == faults(text))
        }
        #expect(!faults("\u{FEFF}\u{FEFF}{}").isEmpty)
    }

    @Test func `every setting is read`() throws {
        let configuration = try read(
            """
            {
              // One of each.
              "listen": ["127.0.0.1:9000", "[::1]:9000", "localhost:0"],
              "data": "/srv/desk",
              "station": {"id": 7, "name": "Süd"},
              "jwt": {"secret_file": "/etc/stationd/shared.key", "lifetime_hours": 8},
              "cors": {"origins": ["https://a.example", "http://localhost:3000", "capacitor://localhost"]},
              "notifications": {"station_staff": false}, /* and */
              "log": {"level": "debug"},
              "limits": {"connections_max": 10000, "connections_per_address_max": 10000}
            }
            """)
        var expected = Configuration()
        expected.listen = [
            .tcp(host: "127.0.0.1", port: 9000), .tcp(host: "::1", port: 9000), .tcp(host: "localhost", port: 0),
        ]
        expected.data = "/srv/desk"
        expected.stationID = 7
        expected.stationName = "Süd"
        expected.jwtSecretFile = "/etc/stationd/shared.key"
        expected.jwtLifetimeHours = 8
        expected.corsOrigins = ["https://a.example", "http://localhost:3000", "capacitor://localhost"]
        expected.notifiesStationStaff = false
        expected.logLevel = .debug
        expected.limits.connectionsMax = 10_000
        expected.limits.connectionsPerAddressMax = 10_000
        #expect(configuration == expected)
    }

    @Test func `the secret is below the data directory unless its path is absolute`() throws {
        let own = try read(#"{"data": "/srv/desk"}"#)
        #expect(own.jwtSecretPath == "/srv/desk/secret.key")
        #expect(own.isJWTSecretOurs)
        let shared = try read(#"{"data": "/srv/desk", "jwt": {"secret_file": "/etc/shared.key"}}"#)
        #expect(shared.jwtSecretPath == "/etc/shared.key")
        #expect(!shared.isJWTSecretOurs)
    }

    @Test func `all faults are named together, each with its line`() {
        let text = """
            {
              "listen": "everywhere",
              "station": {
                "id": 0
              },
              "log": "loud",
              "jwt": {"lifetime_hours": 1.5, "lifetime": 3},
              "limits": {
                "connections_max": "many",
                "conections_max": 5
              }
            }
            """
        #expect(
            faults(text) == [
                "stationd.json:2: listen must be \"HOST:PORT\" with an IP address (IPv6 in brackets) or localhost, "
                    + "or a list of up to 16 of these (is \"everywhere\")",
                "stationd.json:4: station.id must be a whole number from 1 to 9007199254740991 (is 0)",
                "stationd.json:6: log must be an object in braces (is \"loud\")",
                "stationd.json:7: jwt.lifetime_hours must be a whole number from 1 to 8760 (is 1.5)",
                "stationd.json:7: unknown setting jwt.lifetime",
                "stationd.json:9: limits.connections_max must be a whole number from 1 to 65536 (is \"many\")",
                "stationd.json:10: unknown setting limits.conections_max; did you mean limits.connections_max?",
            ])
    }

    static let unknownSettings: [(String, String)] = [
        (#"{"lisen": "0.0.0.0:80"}"#, "unknown setting lisen; did you mean listen?"),
        (#"{"Data": "/d"}"#, "unknown setting Data; did you mean data?"),
        (#"{"limit": {}}"#, "unknown setting limit; did you mean limits?"),
        (#"{"log": {"levle": "info"}}"#, "unknown setting log.levle; did you mean log.level?"),
        (#"{"lifetime_hours": 3}"#, "unknown setting lifetime_hours; did you mean jwt.lifetime_hours?"),
        (
            #"{"log": {"connections_max": 3}}"#,
            "unknown setting log.connections_max; did you mean limits.connections_max?"
        ),
        (#"{"tls": true}"#, "unknown setting tls"),
        (#"{"": 1}"#, "unknown setting "),
        (#"{"station.id": 1}"#, "unknown setting station.id"),
    ]

    @Test(arguments: unknownSettings) func `an unknown setting is refused`(_ text: String, _ message: String) {
        #expect(faults(text) == ["stationd.json:1: \(message)"])
    }

    static let refusedValues: [(String, [String])] = [
        (
            "listen",
            [
                "8080", "[]", "null", #""""#, #"":8080""#, #""0.0.0.0""#, #""0.0.0.0:65536""#, #""0.0.0.0:-1""#,
                #""0.0.0.0:""#, #""256.0.0.1:80""#, #""1.2.3:80""#, #""01.2.3.4:80""#, #""::1:80""#, #""[::1]""#,
                #""[1::2::3]:80""#, #""[1:2:3:4:5:6:7]:80""#, #""[1:2:3:4:5:6:7:8:9]:80""#, #""[12345::]:80""#,
                #""[::1.2.3]:80""#, #""[:::]:80""#, #""[:1]:80""#, #""[fe80::1%eth0]:80""#, #""desk.example:80""#,
                #"["127.0.0.1:80", "127.0.0.1:80"]"#, #"["127.0.0.1:80", 1]"#,
            ]
        ),
        ("data", ["1", #""""#, "null", #""a\u0000b""#]),
        ("station.id", ["0", "-1", "9007199254740992", #""1""#, "1.5", "18446744073709551615"]),
        ("station.name", [#""""#, #""a\nb""#, "1", "\"\(String(repeating: "x", count: 201))\""]),
        ("jwt.secret_file", [#""""#, #""keys/""#, "null"]),
        ("jwt.lifetime_hours", ["0", "8761", #""24""#]),
        (
            "cors.origins",
            [
                #""*""#, #"["*", "https://a.example"]"#, #"["https://a.example/"]"#, #"["a.example"]"#,
                #"["https://"]"#,
                #"["https://A.example"]"#, #"["https://user@a.example"]"#, #"["https://a b"]"#, #"["://a"]"#, "[1]",
                "true",
            ]
        ),
        ("notifications.station_staff", ["1", #""yes""#, "null"]),
        ("log.level", [#""verbose""#, #""Info""#, "1"]),
        ("limits.connections_max", ["0", "65537", "1.5", "true", "null", #""1""#, "1e300", "-5"]),
    ]

    @Test(arguments: refusedValues)
    func `a value that breaks its rule is refused`(_ name: String, _ values: [String]) throws {
        let setting = try #require(Configuration.settings.first { $0.name == name })
        for value in values {
            let lines = faults(document(name, value))
            #expect(lines.count == 1, "\(name): \(value)")
            #expect(lines.first?.hasPrefix("stationd.json:2: \(name) \(setting.rule) (is ") == true, "\(lines)")
        }
    }

    static let acceptedValues: [(String, [String])] = [
        (
            "listen",
            [
                #""0.0.0.0:0""#, #""[::]:8080""#, #""[::1]:65535""#, #""[2001:db8::1:2]:1""#, #""[1:2:3:4:5:6:7:8]:1""#,
                #""[::ffff:1.2.3.4]:1""#, #""[1::]:1""#, #""[FE80::A]:1""#, #"["127.0.0.1:80", "127.0.0.1:81"]"#,
            ]
        ),
        ("cors.origins", ["[]", #"["*"]"#, #"["http://[::1]:3000"]"#, #"["app+x://local"]"#]),
        ("limits.connections_max", ["256", "65536", "1000.0", "1e3"]),
    ]

    @Test(arguments: acceptedValues)
    func `a value that keeps its rule is accepted`(_ name: String, _ values: [String]) {
        for value in values { #expect(faults(document(name, value)) == [], "\(name): \(value)") }
    }

    /// A configuration with one setting, on its second line.
    private func document(_ name: String, _ value: String) -> String {
        let parts = name.split(separator: ".")
        return parts.count == 1 ? "{\n\"\(parts[0])\": \(value)}" : "{\"\(parts[0])\": {\n\"\(parts[1])\": \(value)}}"
    }

    static let notJSON: [(String, String)] = [
        ("", "stationd.json:1: expected a value, but the text ends, at column 1"),
        ("[]", "stationd.json:1: the configuration must be an object in braces (is [])"),
        ("{\n  \"data\": \"/a\",\n}", "stationd.json:2: there is a comma before the closing bracket, at column 15"),
        ("{\"log\": {},\n \"log\": {}}", "stationd.json:2: the member \"log\" occurs twice in an object, at column 2"),
        ("{\n/* never ends", "stationd.json:2: a comment is not closed, at column 1"),
    ]

    @Test(arguments: notJSON)
    func `text that is not a configuration is refused with the place of its fault`(_ text: String, _ message: String) {
        #expect(faults(text) == [message])
    }

    @Test func `contradictory limits are refused at the line of the one that is set`() {
        let text =
            "{\n\"limits\": {\n\"connections_max\": 100,\n\"sockets_per_user_max\": 200,\n\"body_bytes_max\": 1}}"
        #expect(
            faults(text) == [
                "stationd.json:3: limits.connections_per_address_max (is 256) must not be over limits.connections_max "
                    + "(is 100): one address cannot have more connections than there are in all",
                "stationd.json:4: limits.sockets_per_user_max (is 200) must not be over limits.connections_max "
                    + "(is 100): one user cannot have more sockets than there are connections",
                "stationd.json:5: limits.body_bytes_max must be a whole number from 4096 to 16777216 (is 1)",
            ])
    }

    @Test func `a fault shortens a long value`() {
        let lines = faults(#"{"log": {"level": "\#(String(repeating: "y", count: 5000))"}}"#)
        #expect(lines.count == 1)
        #expect(lines.first.map { $0.utf8.count < 200 } == true)
    }

    @Test func `every stored property belongs to a setting`() {
        // listen, data, two of station, two of jwt, cors, five of notifications, two of escalation, central, log;
        // upstream and limits, which have settings of their own.
        #expect(Mirror(reflecting: Configuration()).children.count == 18)
        #expect(Mirror(reflecting: UpstreamSettings()).children.count == Configuration.upstreamSettings.count)
        #expect(
            Configuration.settings.count == 16 + Configuration.upstreamSettings.count + Limits.settings.count)
    }
}

/// `etc/stationd.json` documents the settings, so it must not lag behind.
@Suite struct ConfigurationFileTests {
    static let path = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../etc/stationd.json").path

    private func bytes() throws -> [UInt8] { Array(try #require(FileManager.default.contents(atPath: Self.path))) }

    @Test func `the file has the defaults`() throws {
        #expect(try Configuration.read(bytes: try bytes(), file: Self.path) == Configuration())
    }

    @Test func `the file has every setting, with a comment on its range and whether it is reloaded`() throws {
        let bytes = try bytes()
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        for setting in Configuration.settings {
            let path = setting.name.split(separator: ".").map(String.init)
            let place = try #require(
                JSONLocator.position(of: path, in: bytes, comments: true), "\(setting.name) is missing")
            var comment = ""
            for line in lines[..<(place.line - 1)].reversed() {
                let text = line.drop { $0 == " " }
                guard text.hasPrefix("//") else { break }
                comment = "\(text) \(comment)"
            }
            #expect(!comment.isEmpty, "\(setting.name) has no comment")
            #expect(comment.contains("[reload]") == setting.isReloadable, "\(setting.name)")
            if let limit = Limits.settings.first(where: { "limits.\($0.name)" == setting.name }) {
                let range = "\(limit.range.lowerBound) to \(limit.range.upperBound)"
                #expect(comment.contains(range), "\(setting.name): \(range)")
                #expect(!limit.name.hasSuffix("_millis") || comment.contains("Milliseconds"), "\(setting.name)")
                #expect(!limit.name.contains("bytes") || comment.contains("Bytes"), "\(setting.name)")
            }
        }
    }
}
