import Foundation
import JSON
import Testing

extension EndToEnd {
    /// Who hears of comments, live and afterwards.
    @Suite struct CommentNews {
        private func comment(_ client: HTTPClient, _ path: String, _ body: JSONValue) throws -> JSONValue {
            let answer = try client.request("POST", "\(path)/comments", body)
            #expect(answer.status == 201, "\(answer.text)")
            return answer.json
        }

        @Test(arguments: NotificationSocket.Way.allCases)
        func `comments reach the other side at once, and nobody hears their own`(way: NotificationSocket.Way) throws {
            try StationProcess.running { station in
                let (driver, admin, staff) = try station.demoClients()
                let filed = try driver.request(
                    "POST", "/api/v1/support", ["user_id": 1, "description": "No power", "station_id": 1])
                let path = try #require(filed["Location"])
                let sockets = try [driver, admin, staff].map {
                    try NotificationSocket(
                        port: station.port, token: try #require($0.token), .init(way: way, acknowledges: way != .plain))
                }
                for socket in sockets.dropFirst() {
                    let missed = try socket.nextEvent()
                    #expect(missed.name == "support:ticket:created")
                    if missed.wantsAcknowledgement { try socket.acknowledge(missed) }
                }

                let answer = try comment(staff, path, ["body": "Try again"])
                let told = try sockets[0].nextEvent()
                #expect(told.name == "support:ticket:commented" && told.isLive)
                #expect(told.payload["type"] == "support_ticket_commented" && told.payload["priority"] == "medium")
                #expect(told.payload["title"] == "New Comment on Support Ticket")
                #expect(told.payload["message"] == "staff commented on support ticket #1")
                let data = told.payload["data"]
                #expect(data?["comment"] == "Try again" && data?["comment_id"] == answer["comment_id"])
                #expect(data?["updated_at"] == answer["created_at"] && data?["description"] == "No power")
                if told.wantsAcknowledgement { try sockets[0].acknowledge(told) }

                let own = try comment(driver, path, ["body": "It works"])
                for socket in sockets.dropFirst() {
                    let heard = try socket.nextEvent()
                    #expect(heard.name == "support:ticket:commented")
                    #expect(heard.payload["message"] == "john_driver commented on support ticket #1")
                    #expect(heard.payload["data"]?["comment_id"] == own["comment_id"])
                    if heard.wantsAcknowledgement { try socket.acknowledge(heard) }
                }
                // An internal comment is heard by nobody; the next event of everyone is another one.
                _ = try comment(admin, path, ["body": "Between us", "internal": true])
                _ = try comment(admin, path, ["body": "last"])
                #expect(try sockets[0].nextEvent().payload["data"]?["comment"] == "last")
                for socket in sockets { #expect(try socket.isQuiet(for: 0.3)) }
            }
        }

        @Test func `comments stand in the inbox, are counted, and come after an absence`() throws {
            try StationProcess.running { station in
                let (driver, admin, staff) = try station.demoClients()
                let filed = try driver.request(
                    "POST", "/api/v1/support", ["user_id": 1, "description": "No power", "station_id": 1])
                let path = try #require(filed["Location"])
                let tag = try #require(try driver.get(path)["ETag"])
                _ = try comment(staff, path, ["body": "first"])
                let changed = try driver.get(path)
                #expect(changed["ETag"] != tag && changed.json["updated_at"] != filed.json["updated_at"])
                expectError(
                    try admin.request("PATCH", path, ["priority": "low"], fields: [("If-Match", tag)]), 412)
                let quiet = try #require(changed["ETag"])
                _ = try comment(staff, path, ["body": "hidden", "internal": true])
                #expect(try driver.get(path)["ETag"] == quiet)
                _ = try comment(driver, path, ["body": "second"])
                func unread(_ client: HTTPClient) throws -> JSONValue? {
                    try client.get("/api/v1/notifications/unread-count").json["count"]
                }
                #expect(try unread(driver) == 1 && unread(admin) == 2 && unread(staff) == 2)
                let listed = try admin.get("/api/v1/notifications").json.arrayValue ?? []
                #expect(listed.map { $0["type"] } == ["support_ticket_created", "support_ticket_commented"])
                station.kill()
                try station.restart()
                let token = try #require(driver.token)
                let socket = try NotificationSocket(port: station.port, token: token)
                let missed = try socket.nextEvent()
                #expect(missed.name == "support:ticket:commented" && missed.isReplayed)
                #expect(missed.payload["data"]?["comment"] == "first")
                let id = try #require(missed.id)
                let again = HTTPClient(port: station.port, token: token)
                #expect(try again.request("PATCH", "/api/v1/notifications/\(id)", ["read": true]).status == 200)
                #expect(try again.get("/api/v1/notifications/unread-count").json["count"] == 0)
            }
        }

        @Test func `staff who are not to hear of new tickets hear of no comments either`() throws {
            var options = StationProcess.Options()
            options.settings = [("notifications", ["station_staff": false])]
            try StationProcess.running(options) { station in
                let (driver, admin, staff) = try station.demoClients()
                let filed = try driver.request(
                    "POST", "/api/v1/support", ["user_id": 1, "description": "x", "station_id": 1])
                _ = try comment(driver, try #require(filed["Location"]), ["body": "y"])
                #expect(try admin.get("/api/v1/notifications").json.arrayValue?.count == 2)
                #expect(try staff.get("/api/v1/notifications").json.arrayValue?.count == 0)
            }
        }

        @Test func `admins of a central server hear of members' comments, but not of their own`() throws {
            try StationProcess.running(.central) { server in
                let admin = try server.logIn("admin@example.com")
                let station = try server.reporter(7)
                _ = try station.post([station.created(1)])
                let socket = try NotificationSocket(port: server.port, token: try #require(admin.token))
                func commented(_ body: String, news: Bool = true, command: String? = nil) -> JSONValue {
                    var data: [String: JSONValue] = [
                        "support_id": 1, "user_id": 1, "station_id": 1,
                        "comment": [
                            "comment_id": .integer(Int64(station.last) + 1), "user_id": 1, "username": "john",
                            "body": .string(body), "internal": false, "created_at": "2025-01-12T10:31:00.000Z",
                        ],
                    ]
                    if news {
                        data["ticket"] = FleetReporter.ticket(1, ["updated_at": "2025-01-12T10:31:00.000Z"])
                        data["number"] = 1
                    }
                    if let command { data["command"] = ["id": .string(command)] }
                    return station.event("ticket.commented", data)
                }
                // As stations of earlier versions report it.
                _ = try station.post([commented("old", news: false)])
                _ = try station.post([commented("new")])
                let heard = try socket.nextEvent()
                #expect(heard.name == "support:ticket:commented")
                #expect(heard.payload["message"] == "john commented on support ticket #1 of station 7")
                #expect(heard.payload["data"]?["fleet_station_id"] == 7 && heard.payload["data"]?["comment"] == "new")
                let path = "/api/v1/stations/7/support/1"
                #expect(try admin.get(path).json["updated_at"] == "2025-01-12T10:31:00.000Z")
                #expect(try admin.get("\(path)/comments").json.arrayValue?.count == 2)
                let queued = try admin.request("POST", "\(path)/comments", ["body": "from above"])
                let id = try #require(queued.json["command_id"]?.stringValue)
                _ = try station.post([commented("from above", command: id)])
                #expect(try socket.nextEvent().name == "fleet:command:finished")
            }
        }
    }
}
