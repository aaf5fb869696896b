import Foundation
import JSON
import Testing

extension EndToEnd {
    /// Who may read the metrics, and where.
    @Suite struct Metrics {
        @Test func `everybody may read them where nothing else is set`() throws {
            try StationProcess.running { station in
                let answer = try station.client().get("/metrics")
                #expect(answer.status == 200 && answer.text.contains("\nstationd_uptime_seconds "))
                #expect(answer["Cache-Control"] == "no-store" && answer["X-Content-Type-Options"] == "nosniff")
            }
        }

        @Test func `the answer is given again for some seconds`() throws {
            try StationProcess.running(.init(settings: [("metrics", ["cached_seconds": 300])])) { station in
                let first = try station.client().get("/metrics").text
                _ = try station.demoClients()
                let body: JSONValue = ["email": "driver@example.com", "password": "wrong"]
                #expect(try station.client().request("POST", "/api/v1/auth/login", body).status == 401)
                #expect(try station.client().get("/metrics").text == first)
                #expect(first.contains("\nstationd_failed_logins_total 0\n"))
                // A reload ends that.
                station.options.settings = [("metrics", ["cached_seconds": 0])]
                try station.writeConfiguration()
                station.child?.signal(SIGHUP)
                #expect(station.waitForLog("Changed metrics.cached_seconds: 300 -> 0"))
                #expect(try station.client().get("/metrics").text.contains("\nstationd_failed_logins_total 1\n"))
            }
        }

        @Test func `they may need a token of their own`() throws {
            try StationProcess.running(.init(settings: [("metrics", ["token": "only-for-prometheus"])])) { station in
                let admin = try station.logIn("admin@example.com")
                for token in [nil, admin.token, "only-for-prometheu", "only-for-prometheus1", "Only-for-prometheus"] {
                    let answer = try station.client(token: token).get("/metrics")
                    expectError(answer, 401)
                    #expect(answer["WWW-Authenticate"] == "Bearer" && !answer.text.contains("stationd_"))
                }
                #expect(try station.client(token: "only-for-prometheus").get("/metrics").status == 200)
                // It opens nothing else.
                expectError(try station.client(token: "only-for-prometheus").get("/api/v1/status"), 401)
                #expect(!station.log.contains("only-for-prometheus"))
            }
        }

        @Test(arguments: ["", "t"]) func `they may have a listener of their own`(_ token: String) throws {
            let settings: JSONValue = ["listen": "127.0.0.1:0", "token": .string(token)]
            try StationProcess.running(.init(settings: [("metrics", settings)])) { station in
                expectError(try station.client(token: token).get("/metrics"), 404)
                #expect(try station.client().get("/healthz").status == 200)
                let line = try #require(
                    station.log.split(separator: "\n").first { $0.contains("Metrics are at 127.0.0.1:") })
                let digits = line.split(separator: ":").last?.prefix { $0.isNumber }
                let port = try #require(digits.flatMap { UInt16($0) })
                #expect(try HTTPClient(port: port).get("/metrics").status == (token.isEmpty ? 200 : 401))
                let client = HTTPClient(port: port, token: token.isEmpty ? nil : token)
                #expect(try client.get("/metrics").text.contains("\nstationd_uptime_seconds "))
                #expect(try client.request("HEAD", "/metrics").status == 200)
                for path in ["/", "/healthz", "/api/v1/status", "/socket.io/?EIO=4&transport=polling", "/control/v1"] {
                    expectError(try client.get(path), 404)
                }
                expectError(try client.request("POST", "/metrics", [:]), 404)
                let (_, upgrade) = try WebSocketClient.ask(port: port, target: "/notifications")
                #expect(upgrade.status == 404)
            }
        }
    }
}
