import Crypto
import Foundation
import JSON
import Testing

extension EndToEnd {
    /// When a token is good no longer, over every entrance.
    @Suite struct TokenEnd {
        private static let password = "station-demo"

        private func logIn(_ station: StationProcess) throws -> String {
            try #require(try station.logIn("driver@example.com").token)
        }

        private func isGood(_ token: String, _ station: StationProcess) throws -> Bool {
            try HTTPClient(port: station.port, token: token).get("/api/v1/auth/me").status == 200
        }

        @Test func `a new epoch ends every token`() throws {
            try StationProcess.running { station in
                let token = try logIn(station)
                #expect(try isGood(token, station))
                station.kill()
                let epoch = try CommandResult.stationd("new-epoch", station.data)
                #expect(epoch.exit == .code(0), "\(epoch.excerpt)")
                try station.start()
                #expect(try !isGood(token, station) && isGood(try logIn(station), station))
            }
        }

        @Test func `signing out ends one token, or all, and its sockets`() throws {
            try StationProcess.running { station in
                // Tokens of one second are different ones.
                let tokens = try (0..<3).map { _ in try logIn(station) }
                let sockets = try zip(tokens, [.webSocket, .polling, .plain] as [NotificationSocket.Way]).map {
                    try NotificationSocket(port: station.port, token: $0, .init(way: $1))
                }
                let first = HTTPClient(port: station.port, token: tokens[0])
                #expect(try first.request("POST", "/api/v1/auth/logout").status == 204)
                #expect(try tokens.map { try isGood($0, station) } == [false, true, true])
                let error = try sockets[0].nextEvent()
                #expect(error.name == "error" && error.payload["reason"] == "The token is no longer valid")
                #expect(sockets[0].isCut(within: 5))
                try station.restart()
                #expect(try tokens.map { try isGood($0, station) } == [false, true, true])

                let last = HTTPClient(port: station.port, token: tokens[2])
                #expect(try last.request("POST", "/api/v1/auth/logout", ["everywhere": true]).status == 204)
                #expect(try tokens.map { try isGood($0, station) } == [false, false, false])
                #expect(try isGood(try logIn(station), station))
            }
        }

        @Test func `two changes of password in one second give two tokens`() throws {
            try StationProcess.running { station in
                var client = try station.logIn("driver@example.com")
                var tokens = [try #require(client.token)]
                var password = Self.password
                for number in 0..<4 {
                    let next = "another-password-\(number)"
                    let answer = try client.request(
                        "PATCH", "/api/v1/auth/password",
                        ["current_password": .string(password), "new_password": .string(next)])
                    #expect(answer.status == 200, "\(answer.excerpt)")
                    tokens.append(try #require(answer.json["access_token"]?.stringValue))
                    client = HTTPClient(port: station.port, token: tokens.last)
                    password = next
                }
                #expect(Set(tokens).count == tokens.count)
                #expect(try tokens.map { try isGood($0, station) } == [false, false, false, false, true])
            }
        }

        @Test func `an old password gives no token that outlives a reset`() throws {
            // One password at a time, so that logins wait while the reset overtakes some of them.
            let limits = [
                ("password_hashes_at_once_max", 1), ("password_queue_per_account_max", 0),
                ("password_queue_per_address_max", 0),
            ]
            try StationProcess.running(.init(limits: limits)) { station in
                let admin = try station.logIn("admin@example.com")
                let body: JSONValue = ["email": "driver@example.com", "password": .string(Self.password)]
                let logins = try (0..<6).map { _ in
                    let client = station.client()
                    try client.send("POST", "/api/v1/auth/login", body)
                    return client
                }
                let reset = try admin.request("PATCH", "/api/v1/users/1", ["password": "another-password"])
                #expect(reset.status == 200)
                for login in logins {
                    let answer = try login.answer(to: "POST")
                    #expect([200, 401].contains(answer.status))
                    guard let token = answer.json["access_token"]?.stringValue else { continue }
                    #expect(try !isGood(token, station))
                }
            }
        }

        @Test(arguments: ["logout", "reset"])
        func `a change of password under way does not undo what is later`(_ what: String) throws {
            try StationProcess.running { station in
                let (driver, admin, _) = try station.demoClients()
                for number in 0..<5 {
                    let thief = HTTPClient(port: station.port, token: driver.token)
                    try thief.send(
                        "PATCH", "/api/v1/auth/password",
                        ["current_password": .string(Self.password), "new_password": "of-the-thief-\(number)"])
                    usleep(UInt32(number) * 20_000)
                    let later =
                        what == "logout"
                        ? try admin.request("POST", "/api/v1/users/1/logout")
                        : try admin.request("PATCH", "/api/v1/users/1", ["password": .string(Self.password)])
                    #expect(later.status < 300)
                    let answer = try thief.answer(to: "PATCH")
                    #expect([200, 401].contains(answer.status))
                    if let token = answer.json["access_token"]?.stringValue { #expect(try !isGood(token, station)) }
                    // Begin anew, whoever was first.
                    let again = try admin.request("PATCH", "/api/v1/users/1", ["password": .string(Self.password)])
                    #expect(again.status == 200)
                    driver.token = try station.logIn("driver@example.com").token
                }
            }
        }

        @Test func `a socket ends when its token expires, unless the client brings another`() throws {
            try StationProcess.running { station in
                let secret = Array(try WholeFile.read("\(station.data)/secret.key").dropLast())
                func token(_ seconds: Int64, user: Int64 = 1) -> String {
                    let now = Int64(Date().timeIntervalSince1970)
                    return JWT.sign(
                        claims: ["sub": .integer(user), "iat": .integer(now), "exp": .integer(now + seconds)],
                        secret: secret)
                }
                for way in [.webSocket, .polling, .plain] as [NotificationSocket.Way] {
                    let brief = try NotificationSocket(port: station.port, token: token(4), .init(way: way))
                    let kept = try NotificationSocket(port: station.port, token: token(4), .init(way: way))
                    let answer = try kept.call("auth:refresh", ["token": .string(token(3600))])
                    #expect((answer["expires_in"]?.integerValue ?? 0) > 3500)
                    for wrong in [token(3600, user: 2), "nonsense", ""] {
                        let refused = try kept.call("auth:refresh", ["token": .string(wrong)])
                        #expect(refused["error"] != nil)
                    }
                    let event = try brief.nextEvent()
                    #expect(event.name == "error" && event.payload["reason"] == "The token has expired")
                    #expect(brief.isCut(within: 5))
                    #expect(try kept.call("notifications:list", ["limit": 1]).arrayValue != nil)
                }
            }
        }

        @Test func `tokens of other services are good by their times`() throws {
            try StationProcess.running { station in
                let secret = Array(try WholeFile.read("\(station.data)/secret.key").dropLast())
                let now = Int64(Date().timeIntervalSince1970)
                let far: JSONValue = .integer(now + 3600)
                let table: [(JSONObject, Bool)] = [
                    (["sub": 1, "iat": .integer(now), "exp": far], true),
                    (["sub": "1", "iat": .integer(now), "exp": far], true),
                    (["sub": 1, "exp": far], true),
                    (["sub": 1, "iat": .integer(now + 240), "exp": far], true),
                    (["sub": 1, "iat": .integer(now + 400), "exp": far], false),
                    (["sub": 1, "iat": .integer(4_070_908_800), "exp": .integer(4_070_995_200)], false),
                    (["sub": 1, "iat": .integer(now), "exp": far, "gen": 7], false),
                    (["sub": 1, "iat": .integer(now), "exp": far, "gen": "0"], false),
                    (["sub": "1x", "iat": .integer(now), "exp": far], false),
                    (["sub": "", "iat": .integer(now), "exp": far], false),
                    (["sub": "99999999999999999999", "iat": .integer(now), "exp": far], false),
                ]
                for (claims, isGood) in table {
                    let token = JWT.sign(claims: claims, secret: secret)
                    #expect(try self.isGood(token, station) == isGood, "\(JSONValue.object(claims).text)")
                }
            }
        }

        @Test func `tokens are renewed for thirty days, then the password is wanted`() throws {
            try StationProcess.running { station in
                let secret = Array(try WholeFile.read("\(station.data)/secret.key").dropLast())
                let now = Int64(Date().timeIntervalSince1970)
                let day: Int64 = 86_400
                for (age, lifetime) in [(1 * day, day), (30 * day - 600, 600), (30 * day + 1, nil)] as [(Int64, Int64?)]
                {
                    let token = JWT.sign(
                        claims: [
                            "sub": 1, "iat": .integer(now), "exp": .integer(now + 60), "auth_time": .integer(now - age),
                        ],
                        secret: secret)
                    let answer = try HTTPClient(port: station.port, token: token).request(
                        "POST", "/api/v1/auth/refresh")
                    guard let lifetime else {
                        expectError(answer, 401)
                        #expect(answer["WWW-Authenticate"]?.contains("sign in again") == true)
                        continue
                    }
                    #expect(answer.status == 200)
                    let seconds = try #require(answer.json["expires_in"]?.integerValue)
                    #expect((lifetime - 60...lifetime).contains(seconds))
                    // Renewing the renewed one does not begin anew.
                    let next = HTTPClient(port: station.port, token: answer.json["access_token"]?.stringValue)
                    let again = try next.request("POST", "/api/v1/auth/refresh")
                    #expect((again.json["expires_in"]?.integerValue ?? .max) <= seconds)
                }
            }
        }
    }
}
