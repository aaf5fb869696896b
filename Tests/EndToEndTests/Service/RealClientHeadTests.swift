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

        private func expectUncached(_ answer: HTTPAnswer, _ what: String) {
            #expect(answer["Cache-Control"] == "no-store", "\(what)")
            #expect(answer["X-Content-Type-Options"] == "nosniff", "\(what)")
        }

        @Test func `answers of every kind say the same`() throws {
            try StationProcess.running { station in
                let (_, admin, _) = try station.demoClients()
                let origin = [("Origin", "https://desk.example"), ("Access-Control-Request-Method", "POST")]
                let polling = "/socket.io/?EIO=4&transport=polling"
                let open = try station.client().get(polling)
                let sid = try #require(open.text.split(separator: "\"").dropFirst(2).first)
                let session = "\(polling)&sid=\(sid)"
                for (answer, status, what) in [
                    (open, 200, "a handshake"),
                    (try station.client().request("POST", session, ["x"]), 400, "a POST that is no packet"),
                    (try station.client().get("\(polling)&sid=x"), 400, "an unknown session"),
                    (try station.client().get("/socket.io/?EIO=3&transport=polling"), 400, "an old protocol"),
                    (try station.client().request("OPTIONS", polling, fields: origin), 204, "a preflight of polling"),
                    (try admin.request("OPTIONS", "/api/v1/support", fields: origin), 204, "a preflight"),
                    (try admin.request("OPTIONS", "/api/v1/support"), 204, "OPTIONS"),
                    (try admin.request("OPTIONS", "*"), 204, "OPTIONS of the station"),
                    (try admin.request("OPTIONS", "/"), 204, "OPTIONS of a file"),
                    (try admin.request("POST", "/", [:]), 405, "a file that is posted to"),
                    (try admin.request("DELETE", "/api/v1/support"), 405, "a wrong method"),
                    (try admin.get("/notifications"), 426, "a WebSocket without an upgrade"),
                    (try admin.request("POST", "/api/v1/auth/logout", [:]), 204, "signing out"),
                ] {
                    #expect(answer.status == status, "\(what): \(answer.excerpt)")
                    expectUncached(answer, what)
                }
                for path in ["/", "/en.js", "/console.css", "/api/openapi.json", "/api/asyncapi.json"] {
                    let file = try station.client().get(path)
                    let tag = try #require(file["ETag"], "\(path)")
                    let unchanged = try station.client().get(path, fields: [("If-None-Match", tag)])
                    #expect(file.status == 200 && unchanged.status == 304)
                    for answer in [file, unchanged] {
                        #expect(answer["Cache-Control"] == "no-cache" && answer["X-Content-Type-Options"] == "nosniff")
                    }
                }
                let socket = try WebSocketClient(port: station.port, target: "/socket.io/?EIO=4&transport=websocket")
                #expect(socket.handshake["Cache-Control"] == nil)
            }
        }

        @Test func `fields that occur once are refused twice, and lists are not`() throws {
            try StationProcess.running { station in
                let (driver, admin, _) = try station.demoClients()
                func file(_ fields: [(String, String)]) throws -> HTTPAnswer {
                    try HTTPClient(port: station.port, token: driver.token)
                        .request("POST", "/api/v1/support", Self.body("x"), fields: fields)
                }
                // The client names the type once by itself.
                for type in ["application/json", "text/plain"] {
                    expectError(try file([("content-type", type)]), 400, "Content-Type occurs twice")
                }
                let keys = [("Idempotency-Key", "a"), ("Idempotency-Key", "a")]
                expectError(try file(keys), 400, "There is more than one Idempotency-Key")
                #expect(try admin.get("/api/v1/support")["X-Total-Count"] == "0")

                #expect(try file([]).status == 201)
                let tag = try #require(try admin.get("/api/v1/support/1")["ETag"])
                for (first, second) in [(tag, "\"x\""), ("\"x\"", tag)] {
                    let twice = [("If-None-Match", first), ("If-None-Match", second)]
                    #expect(try admin.get("/api/v1/support/1", fields: twice).status == 304)
                }
                let both = [("If-Match", "\"x\""), ("If-Match", tag)]
                let patch: JSONValue = ["priority": "low"]
                #expect(try admin.request("PATCH", "/api/v1/support/1", patch, fields: both).status == 200)
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
                            expectUncached(answer, "\(status)")
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
