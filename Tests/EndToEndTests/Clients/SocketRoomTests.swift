import Foundation
import JSON
import Testing

extension EndToEnd {
    /// What happens when a user has as many sockets as allowed.
    @Suite struct SocketRoom {
        private static let ways: [NotificationSocket.Way] = [.polling, .webSocket, .upgrade, .plain]

        @Test(arguments: ways)
        func `sockets that owe a pong make room at once`(way: NotificationSocket.Way) throws {
            try StationProcess.running(.init(limits: [("sockets_per_user_max", 4)])) { station in
                let token = try #require(try station.logIn("admin@example.com").token)
                // A phone that loses its line again and again reads nothing after the greeting.
                var lost: [NotificationSocket] = []
                for _ in 0..<4 {
                    let socket = try NotificationSocket(port: station.port, token: token, .init(way: way))
                    socket.answersPings = false
                    lost.append(socket)
                    // Longer than an answer may take.
                    usleep(1_100_000)
                }
                for _ in 0..<3 { _ = try NotificationSocket(port: station.port, token: token, .init(way: way)) }
                #expect(station.log.contains("it is the most silent one, and its user needs room"))
            }
        }

        @Test(arguments: ["/notifications", "/socket.io/?EIO=4&transport=websocket"])
        func `beside sockets that answer one more is told why it must wait`(target: String) throws {
            try StationProcess.running(.init(limits: [("sockets_per_user_max", 2)])) { station in
                let token = try #require(try station.logIn("admin@example.com").token)
                let first = try NotificationSocket(port: station.port, token: token, .init(way: .webSocket))
                let second = try NotificationSocket(port: station.port, token: token, .init(way: .plain))
                let third = try WebSocketClient(
                    port: station.port, target: target,
                    fields: [
                        ("Authorization", "bearer \(token)")
                    ])
                if target.contains("EIO") { try third.send("40/notifications,") }
                var heard: [WebSocketClient.Message] = []
                var code: Int?
                while code == nil {
                    heard.append(try third.receive())
                    if case .close(let given, _)? = heard.last { code = given }
                }
                let texts = heard.compactMap { if case .text(let text) = $0 { text } else { nil } }
                let refusal = try #require(texts.first { $0.contains("error") })
                #expect(refusal.contains("Too many sockets"))
                #expect(refusal.contains("This user has 2 sockets, and all of them answer"))
                // An official client that is removed from a namespace stays away; this one is not.
                #expect(!texts.contains { $0.hasPrefix("41") })
                #expect(code == (target.contains("EIO") ? 1000 : 1013))
                // The others go on.
                let body: JSONValue = ["user_id": 1, "description": "Locker 4 is stuck"]
                let driver = try station.logIn("driver@example.com")
                #expect(try driver.request("POST", "/api/v1/support", body).status == 201)
                #expect(try first.nextEvent().name == "support:ticket:created")
                #expect(try second.nextEvent().name == "support:ticket:created")
            }
        }
    }
}
