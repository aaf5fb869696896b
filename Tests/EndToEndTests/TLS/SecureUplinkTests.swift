#if TLS
import Foundation
import JSON
import Peers
import Testing

extension EndToEnd {
    /// A station that reaches its central server over TLS, and what it says when it does not.
    @Suite struct SecureUplink {
        /// A station with this section `upstream`, and its admin.
        private static func running(
            number: Int = 7, _ upstream: [(String, JSONValue)],
            _ body: (StationProcess, HTTPClient) throws -> Void
        ) throws {
            var section: JSONObject = ["interval_seconds": 1]
            for (name, value) in upstream { section[name] = value }
            let options = StationProcess.Options(
                limits: [("drain_timeout_millis", 200)],
                settings: [("station", ["id": .integer(Int64(number))]), ("upstream", .object(section))])
            try StationProcess.running(options) { try body($0, try $0.logIn("admin@example.com")) }
        }

        private static func file(_ admin: HTTPClient) throws {
            let answer = try admin.request(
                "POST", "/api/v1/support", ["user_id": 1, "description": "Stuck", "station_id": 1])
            guard answer.status == 201 else { throw HarnessFault("POST answered \(answer.status)") }
        }

        /// Waits until `holds` is true of the member `upstream` of the status.
        private static func wait(_ admin: HTTPClient, until holds: (JSONValue) -> Bool) throws {
            let deadline = Deadline(seconds: 20)
            while true {
                let upstream = try admin.get("/api/v1/status").json["upstream"] ?? .null
                if holds(upstream) { return }
                guard !deadline.isOver else { throw HarnessFault("the upstream stays \(upstream.text)") }
                usleep(10_000)
            }
        }

        private static func expectShipping(_ admin: HTTPClient) throws {
            try file(admin)
            try wait(admin) { $0["state"] == "idle" && $0["backlog_events"] == 0 }
        }

        private static func expectFault(_ admin: HTTPClient, _ words: String) throws {
            try wait(admin) { $0["last_error"]?.stringValue?.contains(words) == true }
        }

        private static func central() throws -> SecureStation {
            try SecureStation(limits: [("drain_timeout_millis", 200)], settings: [("central", ["enabled": true])])
        }

        private static func token(_ central: SecureStation, _ number: Int = 7) throws -> JSONValue {
            try word(central, "add-station", number)
        }

        /// The last word that a command for the fleet prints.
        private static func word(_ central: SecureStation, _ command: String, _ number: Int) throws -> JSONValue {
            let station = central.station
            let result = try CommandResult.stationd(
                "central", command, "\(number)", "--data", station.data, "--config", station.configurationPath)
            guard result.exit == .code(0), let word = result.output.split(whereSeparator: \.isWhitespace).last
            else { throw HarnessFault("\(command) ended with \(result.exit): \(result.excerpt)") }
            return .string(String(word))
        }

        @Test func `a central server over HTTPS is trusted by its issuer, certificate or key`() throws {
            let central = try Self.central()
            defer { central.remove() }
            let print = try central.authority.run("x509", "-in", "leaf.pem", "-noout", "-fingerprint", "-sha256")
            let fingerprint = try #require(print.split(separator: "=").last).trimmingCharacters(in: .newlines)
            let url: (String, JSONValue) = ("url", .string("https://localhost:\(central.port)"))
            let fleet = try central.station.logIn("admin@example.com")
            let trusts: [(String, JSONValue)] = [
                ("ca_file", .string(central.authority.certificate)), ("fingerprint", .string(fingerprint)),
            ]
            // Another station for each, since the central server knows the events of the first.
            for (index, trust) in trusts.enumerated() {
                let number = 7 + index
                let token = try Self.token(central, number)
                let key = try Self.word(central, "command-key", number)
                try Self.running(number: number, [url, ("token", token), ("command_key", key), trust]) {
                    station, admin in
                    try Self.expectShipping(admin)
                    #expect(station.log.contains("Connected to https://localhost:\(central.port)"))
                    // A command comes back over the second connection.
                    let location = "/api/v1/stations/\(number)/support/1"
                    let answer = try fleet.request("PATCH", location, ["response": .string("Coming: \(trust.0)")])
                    #expect(answer.status == 202, "\(answer.excerpt)")
                    let deadline = Deadline(seconds: 20)
                    while try admin.get("/api/v1/support/1").json["response"]?.stringValue != "Coming: \(trust.0)" {
                        if deadline.isOver { throw HarnessFault("the command does not arrive") }
                        usleep(10_000)
                    }
                }
            }
        }

        @Test func `each way in which TLS fails is told`() throws {
            let central = try Self.central()
            defer { central.remove() }
            let other = try CertificateAuthority(name: "Somebody else")
            defer { other.remove() }
            let token: (String, JSONValue) = ("token", try Self.token(central))
            let trust: (String, JSONValue) = ("ca_file", .string(central.authority.certificate))
            let cases: [(host: String, trust: (String, JSONValue), words: String)] = [
                (
                    "localhost:\(central.port)", ("ca_file", .string(other.certificate)),
                    "was issued by \"Test authority\", who is none of the trusted authorities"
                ),
                ("localhost:\(central.port)", ("ca_file", ""), "who is none of the trusted authorities"),
                (
                    "localhost:\(central.port)", ("fingerprint", .string(String(repeating: "ab", count: 32))),
                    "the server is not the pinned one"
                ),
                ("localhost:\(central.station.port)", trust, "TLS: the peer does not speak TLS here"),
                ("localhost:\(central.port)", ("ca_file", "/nowhere"), "/nowhere: No such file or directory"),
            ]
            for (host, trust, words) in cases {
                try Self.running([("url", .string("https://\(host)")), token, trust]) { _, admin in
                    try Self.expectFault(admin, words)
                }
            }
            // Another name, and a certificate that is no longer valid.
            try central.authority.issue("DNS:elsewhere.example")
            central.station.child?.signal(SIGHUP)
            #expect(central.station.waitForLog("Certificates and keys are read again"))
            try Self.running([("url", .string("https://localhost:\(central.port)")), token, trust]) { _, admin in
                try Self.expectFault(admin, "certificate is for elsewhere.example, not for localhost")
            }
            try central.authority.issue("DNS:localhost", days: 0)
            central.station.child?.signal(SIGHUP)
            #expect(central.station.waitForLog("Certificates and keys are read again", count: 2))
            try Self.running([("url", .string("https://localhost:\(central.port)")), token, trust]) { _, admin in
                try Self.expectFault(admin, "certificate expired on ")
            }
        }

        /// Needs nats-server.
        @Test(
            .enabled(if: NATSServerProcess.mustRun || NATSServerProcess.path != nil, "nats-server is not installed")
        )
        func `NATS over TLS works with a client certificate, and not without`() throws {
            let authority = try CertificateAuthority()
            defer { authority.remove() }
            let server = try authority.issue("DNS:localhost,IP:127.0.0.1", file: "server")
            let station = try authority.issue("DNS:station-7", file: "station")
            let settings = """
                tls { cert_file: "\(server.certificate)", key_file: "\(server.key)", ca_file: "\(authority.certificate)"
                  verify: true, timeout: 5 }
                """
            try NATSServerProcess.withServer(settings: settings) { server in
                let url: (String, JSONValue) = ("url", .string("tls://localhost:\(server.port)"))
                let trust: (String, JSONValue) = ("ca_file", .string(authority.certificate))
                try Self.running([
                    url, trust, ("certificate_file", .string(station.certificate)),
                    ("key_file", .string(station.key)),
                ]) { _, admin in try Self.expectShipping(admin) }
                try Self.running([url, trust]) { _, admin in
                    try Self.wait(admin) { $0["last_error"]?.stringValue != nil }
                    try Self.expectFault(admin, "certificate")
                }
                try Self.running([("url", .string("nats://localhost:\(server.port)"))]) { _, admin in
                    try Self.expectFault(admin, "TLS")
                }
            }
        }
    }
}
#endif
