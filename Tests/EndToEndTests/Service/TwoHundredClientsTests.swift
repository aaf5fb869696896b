import Foundation
import JSON
import Testing

extension EndToEnd {
    /// Many clients of all kinds at once. Each hears everything, once and in the same order.
    @Suite struct TwoHundredClients {
        private static let writerCount = 40

        /// A client that listens for events, however it is connected.
        private enum Listener {
            case socketIO(SocketIOClient)
            case plain(WebSocketClient)

            func next() throws -> (name: String, payload: JSONValue) {
                switch self {
                case .socketIO(let client): return try client.nextEvent()
                case .plain(let client):
                    let event = try JSONParser.parse(client.receiveText())
                    return (event["event"]?.stringValue ?? "", event["data"] ?? .null)
                }
            }

            /// Sends a polling client's request before events come.
            func prepare() throws { if case .socketIO(let client) = self { try client.openPoll() } }
        }

        @Test func `every listener among two hundred clients hears every ticket once`() throws {
            let limits = [
                ("connections_max", 1000), ("connections_per_address_max", 800), ("sockets_per_user_max", 300),
            ]
            try StationProcess.running(.init(limits: limits)) { station in
                let (driver, admin, _) = try station.demoClients()
                let token = try #require(admin.token)
                let listeners = try connect(160, to: station.port, token: token)
                for listener in listeners { try listener.prepare() }

                // Forty REST clients file five tickets each, all at once.
                let port = station.port
                let driverToken = try #require(driver.token)
                try Threads.run(Self.writerCount) { index in
                    let client = HTTPClient(port: port, token: driverToken)
                    for round in 0..<5 {
                        let text = "Ticket \(index)/\(round)"
                        let answer = try client.request(
                            "POST", "/api/v1/support", ["user_id": 1, "description": .string(text)])
                        guard answer.status == 201 else {
                            throw HarnessFault("\(text): \(answer.status) \(answer.excerpt)")
                        }
                    }
                }
                let last = try driver.request("POST", "/api/v1/support", ["user_id": 1, "description": "The last"])
                #expect(last.status == 201)

                let count = Self.writerCount * 5 + 1
                var first: [JSONValue] = []
                for (index, listener) in listeners.enumerated() {
                    var events: [JSONValue] = []
                    for _ in 0..<count {
                        let (name, payload) = try listener.next()
                        #expect(name == "support:ticket:created")
                        events.append(payload)
                    }
                    if index == 0 { first = events }
                    #expect(events == first, "listener \(index) heard something else")
                }
                #expect(Set(first.compactMap { $0["id"] }).count == count)
                #expect(Set(first.compactMap { $0["data"]?["description"] }).count == count)
                #expect(first.last?["data"]?["description"] == "The last")

                // Nothing follows: the next event is the next ticket.
                try driver.request("POST", "/api/v1/support", ["user_id": 1, "description": "One more"])
                for listener in listeners {
                    #expect(try listener.next().payload["data"]?["description"] == "One more")
                }
            }
        }

        private func connect(_ count: Int, to port: UInt16, token: String) throws -> [Listener] {
            var listeners: [Listener] = []
            for index in 0..<count {
                switch index % 4 {
                case 0: listeners.append(.socketIO(try SocketIOClient(port: port, token: token, way: .webSocket)))
                case 1: listeners.append(.socketIO(try SocketIOClient(port: port, token: token, way: .polling)))
                case 2: listeners.append(.socketIO(try SocketIOClient(port: port, token: token, way: .upgrade)))
                default:
                    listeners.append(.plain(try WebSocketClient(port: port, target: "/notifications?token=\(token)")))
                }
            }
            for listener in listeners {
                switch listener {
                case .socketIO(let client): try client.connected()
                case .plain: #expect(try listener.next().name == "connected")
                }
            }
            return listeners
        }
    }
}
