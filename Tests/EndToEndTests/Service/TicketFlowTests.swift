import Foundation
import JSON
import Testing

extension EndToEnd {
    /// The main job: a driver files a ticket, admins see it at once, and the driver sees what becomes of it.
    @Suite struct TicketFlow {
        @Test(arguments: SocketIOClient.Way.allCases)
        func `the eight steps reach the right users with the contract's payloads`(way: SocketIOClient.Way) throws {
            try StationProcess.running { station in
                // 1. Everyone logs in and listens.
                let (driver, admin, staff) = try station.demoClients()
                let sockets = try [driver, admin, staff].map {
                    try SocketIOClient(port: station.port, token: $0.token, way: way)
                }
                let (driverSocket, adminSocket, staffSocket) = (sockets[0], sockets[1], sockets[2])
                let greeting: JSONValue = ["message": "Successfully connected", "userId": 1, "role": "driver"]
                #expect(try driverSocket.connected() == greeting)
                #expect(try adminSocket.connected() == greeting.with(["userId": 2, "role": "admin"]))
                #expect(try staffSocket.connected() == greeting.with(["userId": 3, "role": "station_staff"]))

                // 2. The driver files a ticket. 3. Admins and the swap station's staff hear of it.
                let filed = try driver.request(
                    "POST", "/api/v1/support",
                    ["user_id": 1, "description": "Battery not charging", "station_id": 1, "type": "battery_issue"])
                #expect(filed.status == 201)
                let ticket = filed.json
                expectNewTicket(ticket)
                let id = try #require(ticket["support_id"])
                let created = try adminSocket.nextEvent()
                #expect(created.name == "support:ticket:created")
                expectNotification(
                    created.payload, "created", "New Support Ticket", "User john_driver created a new support ticket",
                    "high")
                let facts: JSONValue = [
                    "support_id": id, "user_id": 1, "username": "john_driver", "description": "Battery not charging",
                    "status": "open", "station_id": 1, "station_name": ticket["station"]?["name"] ?? .null,
                    "created_at": ticket["created_at"] ?? .null,
                ]
                #expect(created.payload["data"] == facts)
                let heard = try staffSocket.nextEvent()
                #expect(heard.name == created.name && heard.payload == created.payload)

                // 4. An admin takes it on. 5. The driver hears of that.
                let path = "/api/v1/support/\(id)"
                let taken = try admin.request(
                    "PATCH", path, ["status": "in_progress", "response": "On our way", "assignee_id": 2])
                #expect(taken.status == 200)
                let updated = try driverSocket.nextEvent()
                #expect(updated.name == "support:ticket:updated")
                expectNotification(
                    updated.payload, "updated", "Support Ticket Updated", "Your support ticket has been updated",
                    "medium")
                #expect(
                    updated.payload["data"]
                        == facts.with([
                            "status": "in_progress", "response": "On our way",
                            "updated_at": taken.json["updated_at"] ?? .null,
                        ]))

                // 6. It is resolved, and rated by the driver.
                let closed = try admin.request("PATCH", "\(path)/status", ["status": "closed"])
                #expect(closed.status == 200)
                #expect(isTime(closed.json["closed_at"]))
                let resolved = try driverSocket.nextEvent()
                #expect(resolved.name == "support:ticket:resolved")
                expectNotification(
                    resolved.payload, "resolved", "Support Ticket Resolved", "Your support ticket has been resolved",
                    "low")
                #expect(resolved.payload["data"]?["status"] == "closed")
                let rated = try driver.request("PATCH", "\(path)/rating", ["rating": 5])
                #expect(rated.status == 200)
                #expect(rated.json["rating"] == 5)
                let afterRating = try driverSocket.nextEvent()
                #expect(afterRating.name == "support:ticket:updated")

                // 7. It is deleted.
                let deleted = try admin.request("DELETE", path)
                #expect(deleted.status == 200)
                #expect(deleted.json == rated.json)
                let gone = try driverSocket.nextEvent()
                #expect(gone.name == "support:ticket:deleted")
                expectNotification(
                    gone.payload, "deleted", "Support Ticket Deleted", "Your support ticket #\(id) has been deleted",
                    "low")
                #expect(gone.payload["data"] == ["support_id": id])
                expectError(try driver.get(path), 404)

                // 8. The statistics no longer count it.
                let statistics = try admin.get("/api/v1/support/statistics")
                #expect(statistics.status == 200)
                #expect(statistics.json["total"] == 0)
                #expect(statistics.json["byStatus"] == ["open": 0, "in_progress": 0, "closed": 0])

                // Every id is new, and the admin heard of nothing else: the next ticket is the next event.
                let numbers = [created, updated, resolved, afterRating, gone].compactMap {
                    $0.payload["id"]?.stringValue
                }
                #expect(Set(numbers).count == 5)
                try driver.request("POST", "/api/v1/support", ["user_id": 1, "description": "Another"])
                #expect(try adminSocket.nextEvent().payload["data"]?["description"] == "Another")
            }
        }

        private func expectNewTicket(_ ticket: JSONValue) {
            #expect(ticket.names == ticketNames)
            #expect(ticket["user_id"] == 1)
            #expect(ticket["station_id"] == 1)
            #expect(ticket["type"] == "battery_issue")
            #expect(ticket["status"] == "open")
            #expect(ticket["priority"] == "high")
            for name in ["response", "rating", "assignee_id", "closed_at"] { #expect(ticket[name] == .null, "\(name)") }
            #expect(isTime(ticket["created_at"]))
            #expect(ticket["created_at"] == ticket["updated_at"])
            #expect(ticket["user"]?.names == ["email", "phone", "user_id", "username"])
            #expect(ticket["user"]?["username"] == "john_driver")
            #expect(ticket["station"]?["station_id"] == 1)
            #expect(ticket["station"]?["name"]?.stringValue != nil)
        }

        private func expectNotification(
            _ payload: JSONValue, _ type: String, _ title: String, _ message: String, _ priority: String,
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(payload["type"] == .string("support_ticket_\(type)"), sourceLocation: sourceLocation)
            #expect(payload["title"] == .string(title), sourceLocation: sourceLocation)
            #expect(payload["message"] == .string(message), sourceLocation: sourceLocation)
            #expect(payload["priority"] == .string(priority), sourceLocation: sourceLocation)
            #expect(isTime(payload["timestamp"]), sourceLocation: sourceLocation)
            #expect(payload["id"]?.stringValue?.contains("-") == true, sourceLocation: sourceLocation)
            #expect(
                payload.names == ["data", "id", "message", "priority", "timestamp", "title", "type"],
                sourceLocation: sourceLocation)
        }

        @Test func `every socket of a user hears of a change, and other users' sockets do not`() throws {
            try StationProcess.running { station in
                let (driver, admin, _) = try station.demoClients()
                let first = try SocketIOClient(port: station.port, token: driver.token, way: .webSocket)
                let second = try SocketIOClient(port: station.port, token: driver.token, way: .polling)
                try first.connected()
                try second.connected()
                let other = try admin.request(
                    "POST", "/api/v1/support", ["user_id": 3, "description": "Not the driver's"])
                let own = try admin.request("POST", "/api/v1/support", ["user_id": 1, "description": "The driver's"])
                for ticket in [other, own] {
                    let id = try #require(ticket.json["support_id"])
                    #expect(try admin.request("PATCH", "/api/v1/support/\(id)", ["response": "Seen"]).status == 200)
                }
                for socket in [first, second] {
                    let event = try socket.nextEvent()
                    #expect(event.name == "support:ticket:updated")
                    #expect(event.payload["data"]?["support_id"] == own.json["support_id"])
                }
            }
        }

        @Test func `staff hear of new tickets only if the setting says so`() throws {
            let quiet = StationProcess.Options(settings: [("notifications", ["station_staff": false])])
            try StationProcess.running(quiet) { station in
                let (driver, admin, staff) = try station.demoClients()
                let socket = try SocketIOClient(port: station.port, token: staff.token, way: .webSocket)
                try socket.connected()
                try driver.request(
                    "POST", "/api/v1/support", ["user_id": 1, "description": "For admins", "station_id": 1])
                let own = try admin.request(
                    "POST", "/api/v1/support", ["user_id": 3, "description": "The staff's own"])
                let id = try #require(own.json["support_id"])
                try admin.request("PATCH", "/api/v1/support/\(id)/status", ["status": "closed"])
                #expect(try socket.nextEvent().name == "support:ticket:resolved")
            }
        }

        @Test func `a socket without a valid token is told why and disconnected`() throws {
            try StationProcess.running { station in
                let token = try #require(try station.logIn("driver@example.com").token)
                let forged = String(token.dropLast(4)) + (token.hasSuffix("AAAA") ? "BBBB" : "AAAA")
                for (wrong, way) in [(nil, .webSocket), (forged, .webSocket), (forged, .polling), ("x", .upgrade)]
                    as [(String?, SocketIOClient.Way)]
                {
                    let socket = try SocketIOClient(port: station.port, token: wrong, way: way)
                    _ = try socket.nextMessage()  // CONNECT is answered before anything can be emitted.
                    let (name, payload) = try socket.nextEvent()
                    #expect(name == "error")
                    #expect(payload["message"] == "Authentication required")
                    #expect(payload["reason"]?.stringValue?.isEmpty == false)
                    #expect(try socket.nextMessage() == "1/notifications,")
                }
                let other = try SocketIOClient(port: station.port, token: token, way: .webSocket, namespace: "/other")
                #expect(try other.nextMessage() == #"4/other,{"message":"Invalid namespace"}"#)
                let header = try SocketIOClient(
                    port: station.port, way: .webSocket, fields: [("Authorization", "Bearer \(token)")])
                try header.connect(auth: nil)
                #expect(try header.connected()["userId"] == 1)
            }
        }

        @Test func `the log has the lines a technician looks for`() throws {
            try StationProcess.running { station in
                let (driver, admin, _) = try station.demoClients()
                let adminSocket = try SocketIOClient(port: station.port, token: admin.token, way: .webSocket)
                try adminSocket.connected()
                let driverSocket = try SocketIOClient(port: station.port, token: driver.token, way: .webSocket)
                try driverSocket.connected()
                let ticket = try driver.request("POST", "/api/v1/support", ["user_id": 1, "description": "Log"])
                let id = try #require(ticket.json["support_id"])
                try admin.request("PATCH", "/api/v1/support/\(id)", ["response": "Seen"])
                for line in [
                    "[WebsocketGateway] New connection: userId=1, role=driver, socketId=",
                    "[WebsocketGateway] User 1 is now connected with socket ",
                    "[WebsocketGateway] Admin socket added: ",
                    "[WebsocketGateway] Sending event support:ticket:created to 1 admin(s)",
                    "[WebsocketGateway] Event support:ticket:created sent to socket ",
                    "[WebsocketGateway] Sending event support:ticket:updated to user 1",
                    "[WebsocketGateway] Event sent successfully to user 1",
                ] {
                    #expect(station.waitForLog(line, seconds: 2), "\(line)")
                }
            }
        }

        @Test func `a plain WebSocket hears the same events`() throws {
            try StationProcess.running { station in
                let (driver, admin, _) = try station.demoClients()
                let token = try #require(admin.token)
                let byHeader = try WebSocketClient(
                    port: station.port, target: "/notifications", fields: [("Authorization", "Bearer \(token)")])
                let byQuery = try WebSocketClient(port: station.port, target: "/notifications?token=\(token)")
                let byFrame = try WebSocketClient(port: station.port, target: "/notifications")
                try byFrame.send(#"{"event":"auth","data":{"token":"\#(token)"}}"#)
                let greeting: JSONValue = [
                    "event": "connected",
                    "data": ["message": "Successfully connected", "userId": 2, "role": "admin"],
                ]
                for socket in [byHeader, byQuery, byFrame] {
                    #expect(try JSONParser.parse(socket.receiveText()) == greeting)
                }
                try driver.request("POST", "/api/v1/support", ["user_id": 1, "description": "Plain"])
                var seen: Set<String> = []
                for socket in [byHeader, byQuery, byFrame] {
                    let text = try socket.receiveText()
                    let event = try JSONParser.parse(text)
                    #expect(event["event"] == "support:ticket:created")
                    #expect(event["data"]?["data"]?["description"] == "Plain")
                    seen.insert(text)
                }
                #expect(seen.count == 1)
                let wrong = try WebSocketClient(port: station.port, target: "/notifications?token=no")
                let refusal = try JSONParser.parse(wrong.receiveText())
                #expect(refusal["event"] == "error")
                #expect(refusal["data"]?["message"] == "Authentication required")
                guard case .close = try wrong.receive() else { return #expect(Bool(false), "no close frame") }
            }
        }
    }
}
