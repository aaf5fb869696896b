import Foundation
import JSON
import Testing

extension EndToEnd {
    /// Slips of other programs in a JSON text, which must not lose a report.
    @Suite struct ForgivenTexts {
        private static let mark = "\u{FEFF}"

        private static func send(_ client: HTTPClient, _ path: String, _ body: [UInt8]) throws -> HTTPAnswer {
            let type = [("Content-Type", "application/json"), ("Content-Length", String(body.count))]
            try client.send(raw: client.encoded("POST", path, fields: type) + body)
            return try client.answer(to: "POST")
        }

        @Test func `a byte order mark before a body is skipped`() throws {
            try StationProcess.running { station in
                let login = Self.mark + #"{"email":"driver@example.com","password":"station-demo"}"#
                let token = try Self.send(station.client(), "/api/v1/auth/login", Array(login.utf8))
                #expect(token.status == 200, "\(token.text)")
                let driver = station.client(token: token.json["access_token"]?.stringValue)
                let body = Self.mark + #"{"user_id":1,"description":"No power"}"#
                let filed = try Self.send(driver, "/api/v1/support", Array(body.utf8))
                #expect(filed.status == 201 && filed.json["description"] == "No power", "\(filed.text)")
                let remark = Self.mark + #"{"body":"x"}"#
                let comment = try Self.send(
                    driver, "/api/v1/support/\(number(filed.json))/comments", Array(remark.utf8))
                #expect(comment.status == 201)
                expectError(try Self.send(driver, "/api/v1/support", Array((Self.mark + body).utf8)), 400)
            }
        }

        @Test(
            arguments: [
                (Array(#"half \ud83d"#.utf8), "half \u{FFFD}"),
                (Array(#"\udead\ud83d\ude00"#.utf8), "\u{FFFD}\u{1F600}"),
                ([0x63, 0x61, 0x66, 0xE9], "caf\u{FFFD}"), ([0xED, 0xA0, 0xBD, 0x21], "\u{FFFD}\u{FFFD}\u{FFFD}!"),
            ] as [([UInt8], String)])
        func `half a pair or a byte that is not UTF-8 becomes U+FFFD, and the report stays`(
            text: [UInt8], kept: String
        ) throws {
            try StationProcess.running { station in
                let driver = try station.logIn("driver@example.com")
                let body = Array(#"{"user_id":1,"description":""#.utf8) + text + Array(#""}"#.utf8)
                let filed = try Self.send(driver, "/api/v1/support", body)
                #expect(filed.status == 201 && filed.json["description"] == .string(kept), "\(filed.text)")
                // The record is strict JSON, or the station would not start.
                station.kill()
                try station.restart()
                driver.close()
                let again = HTTPClient(port: station.port, token: driver.token)
                #expect(try again.get("/api/v1/support/\(number(filed.json))").json["description"] == .string(kept))
            }
        }

        @Test func `sockets skip a byte order mark and mend half a pair`() throws {
            try StationProcess.running { station in
                let driver = try station.logIn("driver@example.com")
                let token = try #require(driver.token)
                for way in SocketIOClient.Way.allCases {
                    let client = try SocketIOClient(port: station.port, way: way)
                    try client.send("40/notifications,\(Self.mark){\"token\":\"\(token)\",\"order\":\"\\ud83d\"}")
                    #expect(try client.connected()["userId"] == 1)
                    try client.send("42/notifications,7\(Self.mark)[\"notifications:list\",{\"limit\":\(Self.mark)}]")
                    #expect(client.isClosed(within: 10), "inside a text it is no white space")
                    let other = try SocketIOClient(port: station.port, token: token, way: way)
                    _ = try other.connected()
                    try other.send("42/notifications,7\(Self.mark)[\"notifications:list\",{\"limit\":1}]")
                    #expect(try other.nextMessage() == "3/notifications,7[[]]")
                }
                let plain = try WebSocketClient(port: station.port, target: "/notifications")
                try plain.send("\(Self.mark){\"event\":\"auth\",\"data\":{\"token\":\"\(token)\",\"x\":\"\\udead\"}}")
                #expect(try plain.receiveText().contains(#""event":"connected""#))
                // RFC 6455, section 8.1: text must be UTF-8.
                try plain.send(opcode: 1, Array(#"{"event":""#.utf8) + [0xFF] + Array(#""}"#.utf8))
                guard case .close(code: 1007, reason: _) = try plain.receive() else {
                    throw HarnessFault("a text that is not UTF-8 was accepted")
                }
            }
        }

        @Test func `what the central server is sent is mended before it is kept`() throws {
            try StationProcess.running(.central) { server in
                let admin = try server.logIn("admin@example.com")
                let station = try server.reporter(7)
                let events = JSONValue.array([station.created(1, ["description": "AAAAAA"])]).text
                let sent = Self.mark + events.replacingOccurrences(of: "AAAAAA", with: #"\ud83d"#)
                #expect(try station.post(body: Array(sent.utf8)).status == 200)
                let path = "/api/v1/stations/7/support/1"
                #expect(try admin.get(path).json["description"] == "\u{FFFD}")
                server.kill()
                try server.restart()
                let again = HTTPClient(port: server.port, token: admin.token)
                #expect(try again.get(path).json["description"] == "\u{FFFD}")
            }
        }

        @Test func `a text of white space alone is refused with a sentence`() throws {
            try StationProcess.running { station in
                let (driver, admin, _) = try station.demoClients()
                let blank: JSONValue = " \n\u{3000}\u{200B}"
                expectInvalid(
                    try driver.request("POST", "/api/v1/support", ["user_id": 1, "description": blank]),
                    ["description should not be empty"])
                let filed = try driver.request("POST", "/api/v1/support", ["user_id": 1, "description": " x "])
                #expect(filed.json["description"] == " x ")
                let path = "/api/v1/support/\(number(filed.json))"
                expectInvalid(
                    try driver.request("PATCH", path, ["description": blank]), ["description should not be empty"])
                expectInvalid(
                    try driver.request("POST", "\(path)/comments", ["body": blank]), ["body should not be empty"])
                expectInvalid(
                    try admin.request("PATCH", path, ["response": blank]),
                    ["response should not consist of white space only"])
                #expect(try admin.request("PATCH", path, ["response": ""]).status == 200)
                expectInvalid(
                    try admin.request("POST", "/api/v1/stations", ["name": blank]), ["name should not be empty"])
                expectInvalid(
                    try admin.request("PATCH", "/api/v1/users/1", ["username": "\u{A0}"]),
                    ["username should not be empty"])
            }
        }

        private func number(_ ticket: JSONValue) -> Int64 { ticket["support_id"]?.integerValue ?? 0 }
    }
}
