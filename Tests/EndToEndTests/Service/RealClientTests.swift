import Foundation
import JSON
import Testing

extension EndToEnd {
    /// What real clients send beside what the interface's pages say, and what they get.
    @Suite struct RealClients {
        private static func body(_ description: String) -> JSONValue {
            ["user_id": 1, "description": .string(description)]
        }

        /// A request whose body has this type, or none.
        private static func send(
            _ client: HTTPClient, _ method: String, _ path: String, _ body: String, type: String?,
            fields: [(String, String)] = []
        ) throws -> HTTPAnswer {
            var fields = fields
            if let type { fields.append(("Content-Type", type)) }
            let head = client.encoded(method, path, fields: fields + [("Content-Length", String(body.utf8.count))])
            try client.send(raw: head + Array(body.utf8))
            return try client.answer(to: method)
        }

        // MARK: Queries

        @Test func `an unknown parameter never causes a read to be refused`() throws {
            try StationProcess.running(.central) { station in
                let (driver, admin, _) = try station.demoClients()
                let member = try station.reporter(7)
                #expect(try driver.request("POST", "/api/v1/support?_=1", Self.body("One")).status == 201)
                #expect(try member.post([member.created(1)]).status == 200)
                for path in [
                    "support", "supports", "support/1", "support/user/1", "support/station/1", "support/status/open",
                    "support/statistics", "support/1/comments", "support/1/history", "notifications",
                    "notifications/unread-count", "users", "users/1", "stations", "stations/1", "status", "auth/me",
                    "fleet", "fleet/7", "fleet/support", "stations/7/support", "stations/7/support/statistics",
                    "stations/7/support/1", "stations/7/support/1/comments", "stations/7/support/1/history",
                    "stations/7/commands",
                ] {
                    let answer = try admin.get("/api/v1/\(path)?_=123&page=2&sort%5B%5D=x&%5B%5D&&=")
                    #expect(answer.status == 200, "\(path): \(answer.text)")
                }
                for path in ["sync/stations/7", "sync/stations/7/commands"] {
                    #expect(try member.client.get("/api/v1/\(path)?_=123").status == 200, "\(path)")
                }
                for path in ["/healthz", "/readyz", "/metrics", "/", "/api/openapi.json"] {
                    #expect(try admin.get("\(path)?_=123").status == 200, "\(path)")
                }
                expectInvalid(try admin.get("/api/v1/support?status=gone&_=1"), ["status must be one of"])
                expectInvalid(try admin.get("/api/v1/notifications?unread=maybe&_=1"), ["unread must be a boolean"])
                #expect(try member.client.get("/api/v1/sync/stations/7/commands?wait=x").status == 400)
            }
        }

        @Test func `a filter may have several values in every form, and the next page has them too`() throws {
            try StationProcess.running(.central) { station in
                let (driver, admin, _) = try station.demoClients()
                let member = try station.reporter(7)
                let statuses = ["open", "in_progress", "closed"]
                for number in 1...6 {
                    #expect(try driver.request("POST", "/api/v1/support", Self.body("\(number)")).status == 201)
                    let status: JSONValue = .string(statuses[number % 3])
                    _ = try admin.request("PATCH", "/api/v1/support/\(number)/status", ["status": status])
                    #expect(try member.post([member.created(Int64(number), ["status": status])]).status == 200)
                }
                for list in ["/api/v1/support", "/api/v1/supports/user/1", "/api/v1/stations/7/support"] {
                    for query in [
                        "status=open&status=in_progress", "status=open,in_progress",
                        "status[]=open&status[]=in_progress",
                        "status%5B%5D=open&status%5B%5D=in_progress", "status[0]=open&status[1]=in_progress",
                        "status=open%2Cin_progress",
                    ] {
                        var target: String? = "\(list)?\(query)&user_id=1,2&limit=3"
                        var ids: [JSONValue] = []
                        var pages = 0
                        while let next = target, pages < 4 {
                            let page = try admin.get(next)
                            #expect(page.status == 200 && page["X-Total-Count"] == "4", "\(next): \(page.text)")
                            ids += page.json.arrayValue?.compactMap { $0["support_id"] } ?? []
                            target = page["Link"]?.split(separator: ">").first.map { String($0.dropFirst()) }
                            pages += 1
                        }
                        #expect(ids == [6, 4, 3, 1] && pages == 2, "\(list) \(query): \(ids)")
                    }
                }
                #expect(try admin.get("/api/v1/fleet/support?status=open,closed")["X-Total-Count"] == "4")
                #expect(try admin.get("/api/v1/support/status/open?user_id[]=1&user_id[]=3")["X-Total-Count"] == "2")
            }
        }

        @Test func `a query may have what browsers and old clients leave unencoded`() throws {
            try StationProcess.running { station in
                let (driver, _, _) = try station.demoClients()
                for text in ["Pin đổi không khoá", "100% empty [again]"] {
                    #expect(try driver.request("POST", "/api/v1/support", Self.body(text)).status == 201)
                }
                func count(_ query: String) throws -> Int? {
                    try driver.get("/api/v1/support?\(query)").json.arrayValue?.count
                }
                #expect(try count("q=khoá") == 1)
                #expect(try count("q=100%&x[]={\"a\":1}") == 1)
                #expect(try count("q=[again]") == 1)
                // The siblings read the same targets: the WebSocket's token, and Engine.IO's handshake.
                let token = try #require(driver.token)
                let socket = try WebSocketClient(port: station.port, target: "/notifications?x=đ%&token=\(token)")
                #expect(try socket.receiveText().contains("connected"))
                #expect(try driver.get("/socket.io/?EIO=4&transport=polling&x=đ%[]").status == 200)
                for (target, part) in [
                    ("/api/v1/support?q=a b", "a space"), ("/api/v1/support?q=\u{7F}", "a control character"),
                    ("/api/v1/support?q=\u{1}", "a control character"), ("/api/v1/support?q=#1", "a #"),
                    ("/api/v1/đ", "percent-encoded"), ("/api/v1/%", "percent-encoded"),
                ] {
                    let answer = try station.client().get(target)
                    expectError(answer, 400)
                    #expect(answer.text.contains(part), "\(answer.text)")
                }
            }
        }

        // MARK: Bodies

        @Test func `a compressed body is refused with the reason, everywhere`() throws {
            try StationProcess.running(.central) { station in
                let (driver, admin, _) = try station.demoClients()
                let member = try station.reporter(7)
                let routes: [(HTTPClient, String, String)] = [
                    (station.client(), "POST", "/api/v1/auth/login"), (driver, "PATCH", "/api/v1/auth/password"),
                    (driver, "POST", "/api/v1/support"), (driver, "POST", "/api/v1/support/1/comments"),
                    (admin, "PATCH", "/api/v1/users/2"), (admin, "POST", "/api/v1/stations/7/commands"),
                    (admin, "DELETE", "/api/v1/support/1"),
                    (driver, "POST", "/socket.io/?EIO=4&transport=polling&sid=x"),
                    (member.client, "POST", "/api/v1/sync/stations/7/events"),
                ]
                for (client, method, path) in routes {
                    for coding in ["gzip", "br", "deflate", "identity, gzip"] {
                        let answer = try Self.send(
                            client, method, path, "\u{1F}x", type: "application/json",
                            fields: [("Content-Encoding", coding)])
                        expectError(answer, 415, "Content-Encoding must be identity: send the body uncompressed")
                        #expect(answer["Accept-Encoding"] == "identity", "\(path)")
                        #expect(!answer.closes)
                    }
                }
                let text = String(decoding: Self.body("Plain").encoded(), as: UTF8.self)
                for coding in ["identity", "Identity", ""] {
                    let answer = try Self.send(
                        driver, "POST", "/api/v1/support", text, type: "application/json",
                        fields: [("Content-Encoding", coding)])
                    #expect(answer.status == 201, "\(answer.text)")
                }
            }
        }

        @Test func `a form is refused with what is accepted, and a page cannot lock anyone out`() throws {
            try StationProcess.running(.init(limits: [("login_tries_per_account_max", 3)])) { station in
                let (driver, admin, _) = try station.demoClients()
                for (client, method, path) in [
                    (driver, "POST", "/api/v1/support"), (admin, "PATCH", "/api/v1/users/1"),
                    (driver, "PATCH", "/api/v1/auth/password"), (admin, "POST", "/api/v1/stations"),
                ] {
                    for type in [
                        "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
                    ] {
                        let answer = try Self.send(client, method, path, "user_id=1", type: type)
                        expectError(answer, 415, "Content-Type must be application/json")
                        #expect(answer["Accept"] == "application/json" && answer["Accept-Encoding"] == nil)
                    }
                }
                let text = String(decoding: Self.body("x").encoded(), as: UTF8.self)
                for type in [nil, "text/plain;charset=UTF-8", "application/merge-patch+json", "Application/JSON"] {
                    #expect(try Self.send(driver, "POST", "/api/v1/support", text, type: type).status == 201)
                }
                // A page's browser may send these to any server without asking.
                let wrong = "{\"email\":\"driver@example.com\",\"password\":\"wrong\"}"
                for _ in 0..<2 {
                    for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", nil] {
                        let answer = try Self.send(station.client(), "POST", "/api/v1/auth/login", wrong, type: type)
                        expectError(answer, 415)
                    }
                }
                #expect(try station.logIn("driver@example.com").token != nil)
                expectInvalid(try station.client().request("POST", "/api/v1/auth/login"), ["email", "password"])
            }
        }

        @Test func `a patch without a body is refused, and one without changes is not`() throws {
            try StationProcess.running(.central) { station in
                let (driver, admin, _) = try station.demoClients()
                let member = try station.reporter(7)
                #expect(try driver.request("POST", "/api/v1/support", Self.body("x")).status == 201)
                #expect(try member.post([member.created(1)]).status == 200)
                for path in ["users/2", "support/1", "stations/1", "stations/7/support/1"] {
                    expectInvalid(try admin.request("PATCH", "/api/v1/\(path)"), ["body must be an object"])
                    let empty = try admin.request("PATCH", "/api/v1/\(path)", [:])
                    #expect(empty.status == 200 || empty.status == 202, "\(path): \(empty.text)")
                }
                expectInvalid(try admin.request("PATCH", "/api/v1/support/1/status"), ["status must be one of"])
            }
        }

        // MARK: Names

        @Test func `addresses are read as they were meant`() throws {
            try StationProcess.running { station in
                let admin = try station.logIn(" Admin＠EXAMPLE.com\u{A0}")
                let user: JSONValue = [
                    "username": "ann", "email": "Ann@Example.COM ", "password": "password", "phone": "090 123-45.67",
                ]
                let created = try admin.request("POST", "/api/v1/users", user)
                #expect(created.status == 201 && created.json["email"] == "ann@example.com", "\(created.text)")
                expectError(try admin.request("POST", "/api/v1/users", user.with(["email": "ANN@example.com"])), 409)
                let id = created.json["user_id"]?.integerValue ?? 0
                let patched = try admin.request("PATCH", "/api/v1/users/\(id)", ["email": "\tANNA@example.com"])
                #expect(patched.json["email"] == "anna@example.com")
                #expect(
                    try HTTPClient.loggedIn("Anna@example.com ", port: station.port, password: "password").token != nil)
                let token = try CommandResult.stationd("token", " ANNA＠example.com", "--data", station.data)
                #expect(token.exit == .code(0), "\(token.all)")
            }
        }

        @Test func `the front end of the backend that stations replace logs in and lists`() throws {
            try StationProcess.running { station in
                let admin = try station.logIn("admin@example.com")
                func set(_ id: Int, _ changes: JSONValue) throws {
                    #expect(try admin.request("PATCH", "/api/v1/users/\(id)", changes).status == 200)
                }
                func logIn(_ name: String, _ password: String = "station-demo") throws -> HTTPAnswer {
                    try station.client().request(
                        "POST", "/api/v1/auth/login", ["emailOrPhone": .string(name), "password": .string(password)])
                }
                try set(1, ["phone": "+84 (90) 123-45.67"])
                for name in ["driver@example.com", "Driver@Example.com ", "+84901234567", "+84 90 123 45 67"] {
                    let answer = try logIn(name)
                    #expect(answer.status == 200 && answer.json["user"]?["user_id"] == 1, "\(name): \(answer.text)")
                    #expect(answer.json["accessToken"] == answer.json["access_token"])
                    let driver = HTTPClient(port: station.port, token: answer.json["accessToken"]?.stringValue)
                    #expect(try driver.get("/api/v1/supports").status == 200)
                }
                expectError(try logIn("+84901234567", "wrong-one"), 401)
                expectError(try logIn("+84901234568"), 401)
                // Nobody knows whose password that would be.
                try set(3, ["phone": "+84 901234567"])
                expectError(try logIn("+84901234567"), 401)
                #expect(try logIn("staff@example.com").status == 200)
                try set(3, ["active": false])
                #expect(try logIn("+84901234567").json["user"]?["user_id"] == 1)
                expectInvalid(try logIn("nobody"), ["emailOrPhone must be an email or a telephone number"])

                let made = try admin.request("POST", "/api/v1/supports", Self.body("Alias"))
                #expect(made.status == 201 && made["Location"] == "/api/v1/support/1")
                #expect(try admin.request("PATCH", "/api/v1/supports/1/status", ["status": "closed"]).status == 200)
                #expect(try admin.get("/api/v1/supports/1/history").json.arrayValue?.isEmpty == false)
                #expect(try admin.get("/api/v1/supports/statistics").json["total"] == 1)
                #expect(try admin.request("DELETE", "/api/v1/supports/1").status == 200)
            }
        }

        @Test func `attempts by telephone number count for the account`() throws {
            try StationProcess.running(.init(limits: [("login_tries_per_account_max", 3)])) { station in
                let admin = try station.logIn("admin@example.com")
                let phone: JSONValue = ["phone": "0901234567"]
                #expect(try admin.request("PATCH", "/api/v1/users/1", phone).status == 200)
                for number in ["0901234567", "090 123 4567", "090-1234567"] {
                    let wrong: JSONValue = ["emailOrPhone": .string(number), "password": "wrong-one"]
                    expectError(try station.client().request("POST", "/api/v1/auth/login", wrong), 401)
                }
                let right: JSONValue = ["email": "driver@example.com", "password": "station-demo"]
                expectError(try station.client().request("POST", "/api/v1/auth/login", right), 429)
            }
        }
    }
}
