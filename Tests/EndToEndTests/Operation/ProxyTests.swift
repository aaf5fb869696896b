import Foundation
import JSON
import Testing

extension EndToEnd {
    /// Clients behind proxies that the station trusts, or not.
    @Suite struct Proxies {
        private static let wrong: JSONValue = ["email": "driver@example.com", "password": "wrong"]

        private static func options(_ proxies: JSONValue = ["127.0.0.0/8"]) -> StationProcess.Options {
            StationProcess.Options(
                limits: [("login_tries_per_account_max", 2), ("connections_per_address_max", 4)],
                settings: [("listen_proxies", proxies)])
        }

        private static func failsToLogIn(_ client: HTTPClient, _ fields: [(String, String)]) throws -> Int {
            try client.request("POST", "/api/v1/auth/login", wrong, fields: fields).status
        }

        @Test func `failed logins are limited and logged by the client's address`() throws {
            try StationProcess.running(Self.options()) { station in
                let client = station.client()
                let first = [("X-Forwarded-For", "198.51.100.7, 127.0.0.2")]
                let second = [("Forwarded", "for=\"[2001:db8::7]:4711\";proto=https")]
                for fields in [first, second] {
                    let statuses = try (0..<3).map { _ in try Self.failsToLogIn(client, fields) }
                    #expect(statuses == [401, 401, 429])
                }
                #expect(try Self.failsToLogIn(client, [("X-Forwarded-For", "198.51.100.8")]) == 401)
                #expect(station.waitForLog("Failed login from 198.51.100.7 to driver@example.com"))
                #expect(station.waitForLog("Failed login from 2001:db8::7 to driver@example.com"))
                #expect(station.waitForLog("Failed login from 198.51.100.8 to driver@example.com"))
            }
        }

        @Test func `without trusted proxies the same fields mean nothing`() throws {
            try StationProcess.running(Self.options([])) { station in
                let client = station.client()
                let statuses = try (0..<3).map { number in
                    try Self.failsToLogIn(client, [("X-Forwarded-For", "198.51.100.\(number)")])
                }
                #expect(statuses == [401, 401, 429])
                #expect(station.waitForLog("Failed login from 127.0.0.1 to driver@example.com"))
                let wire = try Wire(port: station.port)
                try wire.send("PROXY TCP4 198.51.100.7 192.0.2.1 4711 80\r\n")
                #expect(try HTTPClient.readAnswer(from: wire).status == 400)
                #expect(!station.log.contains("198.51.100."))
            }
        }

        @Test func `a reload changes whom the station trusts`() throws {
            try StationProcess.running(Self.options([])) { station in
                station.options = Self.options()
                try station.writeConfiguration()
                station.child?.signal(SIGHUP)
                #expect(station.waitForLog("Changed listen_proxies: [] -> [\"127.0.0.0/8\"]"))
                _ = try Self.failsToLogIn(station.client(), [("X-Forwarded-For", "198.51.100.7")])
                #expect(station.waitForLog("Failed login from 198.51.100.7 to"))
            }
        }

        @Test(arguments: [0, 1, 12, 13, 16, 20])
        func `the PROXY protocol names the client, wherever it is cut`(_ cut: Int) throws {
            try StationProcess.running(Self.options()) { station in
                let text = Array("PROXY TCP6 2001:db8::9 2001:db8::1 4711 8080\r\n".utf8)
                let binary: [UInt8] =
                    [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 15]
                    + [198, 51, 100, 9, 192, 0, 2, 1, 0x12, 0x67, 0x1F, 0x90, 4, 0, 0]
                for header in [text, binary] {
                    let client = HTTPClient(port: station.port)
                    try client.send(raw: Array(header[..<cut]))
                    usleep(20_000)
                    try client.send(raw: Array(header[cut...]))
                    #expect(try Self.failsToLogIn(client, [("X-Forwarded-For", "203.0.113.1")]) == 401)
                    #expect(try client.get("/healthz").status == 200)
                }
                #expect(station.waitForLog("Failed login from 2001:db8::9 to"))
                #expect(station.waitForLog("Failed login from 198.51.100.9 to"))
            }
        }

        @Test(.enabled(if: PythonEnvironment.mustRun || Nginx.path != nil, "needs nginx"))
        func `nginx is believed, and its clients are not`() throws {
            try StationProcess.running(Self.options(["127.0.0.3"])) { station in
                let nginx = try Nginx(
                    before: station.port,
                    directives: """
                        proxy_bind 127.0.0.3; proxy_http_version 1.1;
                        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                        proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection;
                        """)
                let client = HTTPClient(port: nginx.port)
                // What the client claims stands before what nginx adds.
                let statuses = try (0..<3).map { number in
                    try Self.failsToLogIn(client, [("X-Forwarded-For", "198.51.100.\(number)")])
                }
                #expect(statuses == [401, 401, 429])
                // nginx hands this on as it came, so it contradicts what nginx adds, and neither is believed.
                #expect(try Self.failsToLogIn(client, [("Forwarded", "for=198.51.100.9")]) == 401)
                #expect(station.waitForLog("Failed login from 127.0.0.3 to driver@example.com"))
                #expect(station.log.contains("Failed login from 127.0.0.1 to driver@example.com"))
                #expect(!station.log.contains("Failed login from 198.51.100."))

                // More requests at once than connections for one address, and one WebSocket more than that.
                let token = try #require(try station.logIn("admin@example.com").token)
                let clients = (0..<12).map { _ in HTTPClient(port: nginx.port, token: token) }
                for client in clients { #expect(try client.get("/api/v1/auth/me").status == 200) }
                let target = "/notifications?token=\(token)"
                let sockets = try (0..<4).map { _ in try WebSocketClient(port: nginx.port, target: target) }
                let (_, refusal) = try WebSocketClient.ask(port: nginx.port, target: target)
                #expect(refusal.status == 429 && sockets.count == 4)
                #expect(try HTTPClient(port: nginx.port, token: token).get("/api/v1/auth/me").status == 200)
            }
        }
    }
}
