import Foundation
import JSON
import Testing

extension EndToEnd {
    /// Methods, paths and fields as real clients and pages send them, and the fields of the answers.
    @Suite struct RealClientHeads {
        private static func body(_ description: String) -> JSONValue {
            ["user_id": 1, "description": .string(description)]
        }

        @Test func `methods and paths are matched as Express does`() throws {
            try StationProcess.running { station in
                let (driver, admin, _) = try station.demoClients()
                #expect(try driver.request("POST", "/API/V1/Support", Self.body("x")).status == 201)
                #expect(try admin.get("/Api/v1/SUPPORT/1").status == 200)
                #expect(try admin.get("/api/v1/supports/Statistics").json["total"] == 1)
                #expect(try station.client().get("/HealthZ").status == 200)
                for path in ["/api/v1//support", "//api/v1/support", "/api/v1/support/1//comments", "/CONSOLE.js"] {
                    expectError(try admin.get(path), 404)
                }
                expectError(try admin.get("/api/v1/support/status/OPEN"), 400)
                for (path, allow) in [
                    ("/api/v1/support", "GET, HEAD, POST, OPTIONS"), ("/healthz", "GET, HEAD, OPTIONS"),
                    ("/", "GET, HEAD, OPTIONS"), ("/api/v1/auth/login", "POST, OPTIONS"),
                ] {
                    let answer = try admin.request("TRACE", path)
                    expectError(answer, 405)
                    #expect(answer["Allow"] == allow && !answer.closes, "\(path)")
                    #expect(!answer.text.contains("Bearer"))
                }
            }
        }

        @Test func `two Authorization fields are refused on every transport`() throws {
            try StationProcess.running { station in
                let token = try #require(try station.logIn("admin@example.com").token)
                for other in ["x", token] {
                    let second = [("authorization", "Bearer \(other)")]
                    for path in ["/api/v1/support", "/healthz", "/socket.io/?EIO=4&transport=polling"] {
                        let answer = try HTTPClient(port: station.port, token: token).get(path, fields: second)
                        expectError(answer, 400, "Authorization occurs twice")
                    }
                    let fields = [("Authorization", "Bearer \(token)")] + second
                    let (_, upgrade) = try WebSocketClient.ask(
                        port: station.port, target: "/notifications", fields: fields)
                    #expect(upgrade.status == 400)
                }
            }
        }

        @Test func `answers say what caches may do, and that their type is their type`() throws {
            try StationProcess.running { station in
                let (driver, admin, _) = try station.demoClients()
                #expect(try driver.request("POST", "/api/v1/support", Self.body("x")).status == 201)
                for path in [
                    "/api/v1/support", "/api/v1/auth/me", "/api/v1/users", "/api/v1/nowhere", "/healthz", "/metrics",
                    "/api/v1/support/99", "/api/v1/support/statistics", "/%",
                ] {
                    let answer = try HTTPClient(port: station.port, token: admin.token).get(path)
                    #expect(answer["Cache-Control"] == "no-store", "\(path)")
                    #expect(answer["X-Content-Type-Options"] == "nosniff", "\(path)")
                }
                let ticket = try admin.get("/api/v1/support/1")
                let tag = try #require(ticket["ETag"])
                let unchanged = try admin.get("/api/v1/support/1", fields: [("If-None-Match", tag)])
                #expect(unchanged.status == 304)
                for answer in [ticket, unchanged] {
                    #expect(answer["Cache-Control"] == "private, no-cache")
                    #expect(answer["X-Content-Type-Options"] == "nosniff")
                }
            }
        }

        // MARK: Pages of other origins

        /// Requests that are refused before they are whole, and whether Origin was read by then.
        private static let refused: [(request: String, status: Int, isOriginRead: Bool)] = [
            ("GET / HTTP/1.1\r\nHost: a\r\nOrigin: O\r\nX : y\r\n\r\n", 400, true),
            ("GET / HTTP/1.1\r\nHost: a\r\nX : y\r\nOrigin: O\r\n\r\n", 400, false),
            ("POST /x HTTP/1.1\r\nHost: a\r\nOrigin: O\r\nContent-Length: 2000000\r\n\r\n", 413, true),
            (
                "POST /x HTTP/1.1\r\nHost: a\r\nOrigin: O\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n", 413, true
            ),
            ("GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: a\r\nOrigin: O\r\n\r\n", 414, false),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nOrigin: O\r\nX: \(String(repeating: "a", count: 20_000))\r\n\r\n", 431,
                true
            ),
            ("POST /x HTTP/1.1\r\nHost: a\r\nOrigin: O\r\nContent-Length: 5\r\n\r\n{", 408, true),
            ("BREW /x HTTP/1.1\r\nHost: a\r\nOrigin: O\r\n\r\n", 501, false),
        ]

        @Test func `a page may read why its request was refused before it was whole`() throws {
            for origins in [["*"], ["https://desk.example"]] as [[JSONValue]] {
                let settings = [("cors", ["origins": .array(origins)] as JSONValue)]
                let limits = [("body_timeout_millis", 300)]
                try StationProcess.running(.init(limits: limits, settings: settings)) { station in
                    let isOpen = origins == ["*"]
                    for (request, status, isOriginRead) in Self.refused {
                        for origin in ["https://desk.example", "https://evil.example"] {
                            let wire = try Wire(port: station.port)
                            try wire.send(request.replacingOccurrences(of: "Origin: O", with: "Origin: \(origin)"))
                            let answer = try HTTPClient.readAnswer(from: wire)
                            let isListed = isOriginRead && origin == "https://desk.example"
                            #expect(answer.status == status, "\(answer.text)")
                            #expect(
                                answer["Access-Control-Allow-Origin"] == (isOpen ? "*" : isListed ? origin : nil),
                                "\(status) \(origin)")
                            #expect(isOpen || answer["Vary"] == "Origin")
                        }
                    }
                }
            }
        }
    }
}
