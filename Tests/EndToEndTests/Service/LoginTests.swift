import Foundation
import JSON
import Testing

extension EndToEnd {
    /// Passwords and tokens.
    @Suite struct Login {
        private static func body(_ email: String, _ password: String) -> JSONValue {
            ["email": .string(email), "password": .string(password)]
        }

        @Test func `the right password gets a token with the contract's claims`() throws {
            try StationProcess.running(.init(settings: [("jwt", ["lifetime_hours": 2])])) { station in
                let client = station.client()
                let answer = try client.request(
                    "POST", "/api/v1/auth/login", Self.body("driver@example.com", "station-demo"))
                #expect(answer.status == 200)
                #expect(answer.json.names == ["accessToken", "access_token", "expires_in", "token_type", "user"])
                #expect(answer.json["accessToken"] == answer.json["access_token"])
                #expect(answer.json["token_type"] == "Bearer" && answer.json["expires_in"] == 7200)
                #expect(answer.json["user"]?["username"] == "john_driver")
                #expect(!answer.text.contains("password"))
                let token = try #require(answer.json["access_token"]?.stringValue)
                let parts = token.split(separator: ".").map(String.init)
                try #require(parts.count == 3)
                let header = try #require(Self.decoded(parts[0]))
                #expect(header["alg"] == "HS256")
                let claims = try #require(Self.decoded(parts[1]))
                #expect(claims["sub"] == 1 && claims["username"] == "john_driver" && claims["role"] == "driver")
                #expect(claims["email"] == "driver@example.com")
                let (issued, expires) = (claims["iat"]?.integerValue ?? 0, claims["exp"]?.integerValue ?? 0)
                #expect(expires - issued == 7200 && abs(Double(issued) - Date().timeIntervalSince1970) < 60)

                client.token = token
                #expect(try client.get("/api/v1/auth/me").json == answer.json["user"])
                let fresh = try client.request("POST", "/api/v1/auth/refresh")
                #expect(fresh.status == 200 || fresh.status == 201)
                client.token = fresh.json["access_token"]?.stringValue
                #expect(try client.get("/api/v1/auth/me").status == 200)

                // Forged tokens are refused.
                let none = Self.encoded(["alg": "none", "typ": "JWT"])
                let admin = Self.encoded(claims.with(["sub": 2, "role": "admin"]))
                for forged in [
                    "\(none).\(parts[1]).", "\(none).\(parts[1]).\(parts[2])", "\(parts[0]).\(admin).\(parts[2])",
                    "\(parts[0]).\(parts[1]).", "\(parts[0]).\(parts[1])", "\(token)=", "\(token).x", "",
                ] {
                    expectError(try HTTPClient(port: station.port, token: forged).get("/api/v1/auth/me"), 401)
                }
                let basic = try station.client().get("/api/v1/auth/me", fields: [("Authorization", "Basic \(token)")])
                expectError(basic, 401)
            }
        }

        private static func decoded(_ part: String) -> JSONValue? {
            let text = part.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
            let padding = String(repeating: "=", count: (4 - text.count % 4) % 4)
            return Data(base64Encoded: text + padding).flatMap { try? JSONParser.parse([UInt8]($0)) }
        }

        private static func encoded(_ value: JSONValue) -> String {
            Data(value.encoded()).base64EncodedString().replacingOccurrences(of: "+", with: "-")
                .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
        }

        @Test func `failed logins are limited per account, and successful ones are not`() throws {
            let limits = [("login_tries_per_account_max", 3), ("login_tries_per_address_max", 6)]
            try StationProcess.running(.init(limits: limits)) { station in
                let client = station.client()
                func logIn(_ email: String, _ password: String) throws -> HTTPAnswer {
                    try client.request("POST", "/api/v1/auth/login", Self.body(email, password))
                }
                for _ in 0..<5 { #expect(try logIn("admin@example.com", "station-demo").status == 200) }
                let wrong = try logIn("driver@example.com", "wrong-password")
                expectError(wrong, 401)
                let unknown = try logIn("nobody@example.com", "wrong-password")
                expectError(unknown, 401)
                #expect(unknown.text == wrong.text)
                expectError(try logIn("driver@example.com", "wrong-password"), 401)
                expectError(try logIn("driver@example.com", "wrong-password"), 401)
                let limited = try logIn("driver@example.com", "station-demo")
                expectError(limited, 429)
                #expect(limited["Retry-After"].flatMap { Int($0) } ?? 0 > 0)
                #expect(try logIn("staff@example.com", "station-demo").status == 200)
                // After two more failures the address is at its limit, whatever the account.
                expectError(try logIn("nobody2@example.com", "wrong-password"), 401)
                expectError(try logIn("nobody3@example.com", "wrong-password"), 401)
                expectError(try logIn("nobody4@example.com", "wrong-password"), 429)
                expectInvalid(
                    try client.request("POST", "/api/v1/auth/login", ["email": "no", "foo": 1]),
                    ["email", "password", "property foo should not exist"])
            }
        }

        @Test func `a new password revokes older tokens`() throws {
            try StationProcess.running { station in
                let driver = try station.logIn("driver@example.com")
                let socket = try SocketIOClient(port: station.port, token: driver.token, way: .webSocket)
                try socket.connected()
                let wrong = try driver.request(
                    "PATCH", "/api/v1/auth/password",
                    ["current_password": "wrong-password", "new_password": "brand-new-one"])
                #expect(wrong.status == 401 || wrong.status == 400 || wrong.status == 403)
                // Tokens count whole seconds: one issued within this second may outlive the change.
                Thread.sleep(forTimeInterval: 1.1)
                let changed = try driver.request(
                    "PATCH", "/api/v1/auth/password",
                    ["current_password": "station-demo", "new_password": "brand-new-one"])
                #expect((200...204).contains(changed.status), "\(changed.text)")
                expectError(try driver.get("/api/v1/auth/me"), 401)
                let late = try SocketIOClient(port: station.port, token: driver.token, way: .webSocket)
                _ = try late.nextMessage()
                #expect(try late.nextEvent().name == "error")
                Thread.sleep(forTimeInterval: 1.1)
                #expect(throws: HarnessFault.self) { try station.logIn("driver@example.com") }
                let again = try HTTPClient.loggedIn("driver@example.com", port: station.port, password: "brand-new-one")
                #expect(try again.get("/api/v1/auth/me").status == 200)
                try station.restart()
                expectError(try HTTPClient(port: station.port, token: driver.token).get("/api/v1/auth/me"), 401)
                #expect(try HTTPClient(port: station.port, token: again.token).get("/api/v1/auth/me").status == 200)
            }
        }

        @Test func `hashing passwords does not hold up other requests`() throws {
            let limits = [("password_queue_per_account_max", 0), ("password_queue_per_address_max", 0)]
            try StationProcess.running(.init(limits: limits)) { station in
                let admin = try station.logIn("admin@example.com")
                let logins = try (0..<40).map { _ in
                    let client = station.client()
                    try client.send("POST", "/api/v1/auth/login", Self.body("driver@example.com", "station-demo"))
                    return client
                }
                // Passwords are hashed two at a time, so a GET sent after all of them overtakes most.
                #expect(try admin.get("/api/v1/stations").status == 200)
                var waiting = 0
                for client in logins where try !client.connection().hasInput(within: 0) { waiting += 1 }
                #expect(waiting > 0)
                for client in logins { #expect(try client.answer(to: "POST").status == 200) }
            }
        }

        @Test func `a login is answered 429 if the password queue is full`() throws {
            let limits = [("password_queue_max", 2), ("password_hashes_at_once_max", 1)]
            try StationProcess.running(.init(limits: limits)) { station in
                let logins = try (0..<30).map { _ in
                    let client = station.client()
                    try client.send("POST", "/api/v1/auth/login", Self.body("driver@example.com", "station-demo"))
                    return client
                }
                var statuses: [Int: Int] = [:]
                for client in logins {
                    let answer = try client.answer(to: "POST")
                    statuses[answer.status, default: 0] += 1
                    if answer.status == 429 { #expect(answer["Retry-After"].flatMap { Int($0) } ?? 0 > 0) }
                }
                #expect(statuses[200] ?? 0 >= 3)
                #expect(statuses[429] ?? 0 >= 1)
                #expect((statuses[200] ?? 0) + (statuses[429] ?? 0) == 30)
                #expect(try station.logIn("driver@example.com").token != nil)
            }
        }
    }
}
