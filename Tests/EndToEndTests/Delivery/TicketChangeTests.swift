import Foundation
import JSON
import Testing

extension EndToEnd {
    /// `support:ticket:changed`: who hears of a change to a ticket, and what.
    @Suite struct TicketChanges {
        @Test(arguments: NotificationSocket.Way.allCases)
        func `admins and the staff hear of every change, and drivers of none`(way: NotificationSocket.Way) throws {
            try StationProcess.running { station in
                let (driver, admin, staff) = try station.demoClients()
                let filed = try driver.request(
                    "POST", "/api/v1/support", ["user_id": 1, "description": "No power", "station_id": 1])
                let path = try #require(filed["Location"])
                let sockets = try [admin, staff].map { client in
                    let socket = try station.listen(client, with: .init(way: way, hearsChanges: true))
                    #expect(try socket.nextEvent().name == "support:ticket:created")
                    return socket
                }
                let own = try station.listen(driver, with: .init(way: way, hearsChanges: true))

                func changed(
                    _ change: String, sourceLocation: SourceLocation = #_sourceLocation
                ) throws -> JSONValue {
                    let heard = try sockets.map { try $0.nextEvent() }
                    for event in heard {
                        #expect(event.name == "support:ticket:changed", sourceLocation: sourceLocation)
                        #expect(event.payload["change"]?.stringValue == change, sourceLocation: sourceLocation)
                        #expect(event.payload["support_id"] == 1, sourceLocation: sourceLocation)
                        #expect(
                            event.payload == heard[0].payload && event.offset == nil, sourceLocation: sourceLocation)
                        #expect(!event.wantsAcknowledgement, sourceLocation: sourceLocation)
                    }
                    return heard[0].payload
                }
                let taken = try staff.request("PATCH", path, ["assignee_id": 3, "status": "in_progress"])
                let first = try changed("assigned")
                #expect(first["by"] == ["user_id": 3, "username": "staff"])
                #expect(first["ticket"] == taken.json)
                #expect(first["changes"]?.arrayValue?.map { $0["field"] } == ["status", "assignee_id"])
                _ = try admin.request("PATCH", path, ["priority": "urgent"])
                #expect(try changed("updated")["changes"] == [["field": "priority", "from": "high", "to": "urgent"]])
                _ = try staff.request("POST", "\(path)/comments", ["body": "On my way"])
                let comment = try changed("commented")
                #expect(comment["comment"]?["body"] == "On my way" && comment["ticket"]?["support_id"] == 1)
                _ = try staff.request("POST", "\(path)/comments", ["body": "Between us", "internal": true])
                let note = try changed("commented")
                #expect(note["comment"]?["internal"] == true && note["ticket"] == nil)
                _ = try staff.request("PATCH", "\(path)/status", ["status": "closed"])
                _ = try changed("closed")
                _ = try driver.request("PATCH", "\(path)/rating", ["rating": 4])
                #expect(try changed("rated")["ticket"]?["rating"] == 4)
                _ = try staff.request("PATCH", "\(path)/status", ["status": "open"])
                _ = try changed("reopened")
                // One who could see the ticket until now is told that it has gone elsewhere.
                _ = try admin.request("POST", "/api/v1/stations", ["name": "Elsewhere"])
                _ = try admin.request("PATCH", path, ["station_id": 2])
                #expect(try changed("updated")["ticket"]?["station_id"] == 2)
                _ = try admin.request("DELETE", path)
                let gone = try sockets[0].nextEvent().payload
                #expect(gone["change"] == "deleted" && gone["ticket"] == nil && gone["support_id"] == 1)
                for socket in sockets { #expect(try socket.isQuiet(for: 0.3)) }
                let heard = try own.eventsUntilQuiet(for: 0.3)
                #expect(heard.count == 8 && heard.allSatisfy { $0.name != "support:ticket:changed" }, "\(heard)")
                // It stands in no inbox, and nobody catches up on it.
                #expect(try admin.get("/api/v1/notifications").json.arrayValue?.count == 1)
            }
        }

        @Test func `a client that does not read misses changes and is told so`() throws {
            try StationProcess.running(.delivery(limits: [("send_window_bytes_max", 65_536)])) { station in
                let (driver, admin, _) = try station.demoClients()
                let slow = try station.listen(
                    admin, with: .init(way: .plain, hearsChanges: true, receiveBufferBytes: 4_096))
                let filed = try driver.request("POST", "/api/v1/support", ["user_id": 1, "description": "No power"])
                let path = try #require(filed["Location"])
                for round in 0..<1_500 {
                    let text = String(repeating: "x", count: 4_000)
                    _ = try admin.request("PATCH", path, ["response": .string("\(round) \(text)")])
                }
                #expect(try slow.nextEvent().name == "support:ticket:created")
                var events = 0
                var last = try slow.nextEvent()
                while last.payload["change"] == "updated" {
                    events += 1
                    last = try slow.nextEvent()
                }
                #expect(last.payload == ["change": "missed"])
                #expect(events > 0 && events < 1_500)
                _ = try admin.request("PATCH", path, ["priority": "low"])
                #expect(try slow.nextEvent().payload["ticket"]?["priority"] == "low")
            }
        }
    }
}

extension EndToEnd {
    /// `notifications.ticket_changes`: changes as notifications.
    @Suite struct TicketNotes {
        @Test(arguments: NotificationSocket.Way.allCases)
        func `changes stand in the inboxes of admins and staff, and come after an absence`(
            way: NotificationSocket.Way
        ) throws {
            try StationProcess.running(.delivery(notifications: ["ticket_changes": true])) { station in
                let (driver, admin, staff) = try station.demoClients()
                let filed = try driver.request(
                    "POST", "/api/v1/support", ["user_id": 1, "description": "No power", "station_id": 1])
                let path = try #require(filed["Location"])
                let socket = try station.listen(admin, way)
                #expect(try socket.nextEvent().name == "support:ticket:created")
                _ = try staff.request("PATCH", path, ["assignee_id": 3])
                let live = try socket.nextEvent()
                #expect(live.name == "support:ticket:noted" && live.isLive)
                #expect(live.payload["message"] == "staff changed support ticket #1")
                #expect(live.payload["data"]?["change"] == "assigned" && live.payload["data"]?["by"] == "staff")
                _ = try staff.request("POST", "\(path)/comments", ["body": "On my way"])
                #expect(try socket.nextEvent().payload["data"]?["comment"] == "On my way")
                _ = try staff.request("POST", "\(path)/comments", ["body": "Between us", "internal": true])
                _ = try driver.request("POST", "\(path)/comments", ["body": "Thanks"])
                #expect(try socket.nextEvent().name == "support:ticket:commented")
                try socket.prove()

                // The driver is told as ever, and the author of a change is not.
                let types = { (client: HTTPClient) in
                    try client.get("/api/v1/notifications").json.arrayValue?.map { $0["type"]?.stringValue ?? "" }
                }
                #expect(try types(driver) == ["support_ticket_updated", "support_ticket_commented"])
                #expect(try types(staff) == ["support_ticket_created", "support_ticket_commented"])
                let (created, noted) = ("support_ticket_created", "support_ticket_noted")
                #expect(try types(admin) == [created, noted, noted, "support_ticket_commented"])

                _ = try staff.request("PATCH", path, ["status": "closed"])
                _ = try admin.request("DELETE", path)
                let late = try station.listen(staff, way)
                let missed = try late.events(3)
                #expect(
                    missed.map(\.name) == [
                        "support:ticket:created", "support:ticket:commented", "support:ticket:noted",
                    ])
                #expect(missed.areReplayed && missed[2].payload["data"]?["change"] == "deleted")
                let back = try station.listen(admin, way)
                #expect(try back.nextEvent().payload["data"]?["change"] == "closed")
                let id = try #require(missed[2].id)
                #expect(try staff.request("PATCH", "/api/v1/notifications/\(id)", ["read": true]).json["read"] == true)
            }
        }
    }
}
