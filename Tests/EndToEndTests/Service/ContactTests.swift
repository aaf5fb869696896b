import Foundation
import JSON
import Testing

extension EndToEnd {
    /// Addresses and telephone numbers of drivers, and who sees them.
    @Suite struct Contacts {
        /// The driver `number`, as made by `scene`.
        private static func contact(_ number: Int) -> [String] {
            ["contact\(number)@example.com", "+8490000\(number)\(number)"]
        }

        private static func shows(_ text: String, _ number: Int) -> Bool {
            contact(number).contains { text.contains($0) }
        }

        /// Four drivers beside those of the demonstration: one with a ticket at the staff's swap station, one with a
        /// ticket elsewhere, one whose ticket has moved away, and one without a ticket.
        private static func scene(_ admin: HTTPClient) throws {
            #expect(
                try admin.request("POST", "/api/v1/stations", ["name": "Second", "address": "Elsewhere 2"]).status
                    == 201)
            for number in 1...4 {
                let user = try admin.request(
                    "POST", "/api/v1/users",
                    [
                        "username": .string("driver_\(number)"), "email": .string(contact(number)[0]),
                        "phone": .string(contact(number)[1]), "password": "driver-password", "role": "driver",
                    ])
                guard number < 4 else { continue }
                let place: Int64 = number == 2 ? 2 : 1
                let filed = try admin.request(
                    "POST", "/api/v1/support",
                    [
                        "user_id": user.json["user_id"] ?? 0, "station_id": .integer(place),
                        "description": .string("Case \(number)"),
                    ])
                #expect(filed.status == 201)
            }
            #expect(try admin.request("PATCH", "/api/v1/support/3", ["station_id": 2]).status == 200)
        }

        /// The targets of all GETs that the station describes, with numbers in place of parameters.
        private static func targets(_ client: HTTPClient) throws -> [String] {
            let paths = try #require(try client.get("/api/openapi.json").json["paths"]?.objectValue)
            return paths.members.flatMap { path, item -> [String] in
                guard item["get"] != nil else { return [] }
                let parts = path.split(separator: "{", maxSplits: 1)
                guard parts.count == 2 else { return [path] }
                return ["1", "2", "3", "4", "5", "6", "7", "8", "open"].map { value in
                    path.replacingOccurrences(of: "\\{[a-z_]*\\}", with: value, options: .regularExpression)
                }
            }
        }

        @Test func `staff see those of drivers with tickets at their station alone, on every route`() throws {
            try StationProcess.running { station in
                let (driver, admin, staff) = try station.demoClients()
                try Self.scene(admin)
                let targets = try Self.targets(admin)
                #expect(targets.count > 60)
                let queries = (1...4).flatMap { number in
                    ["/api/v1/support?q=contact\(number)", "/api/v1/support?q=%2B8490000\(number)\(number)"]
                }
                var seen: Set<Int> = []
                for target in targets + queries {
                    let text = try staff.get(target).text
                    for number in 1...4 where Self.shows(text, number) {
                        seen.insert(number)
                        #expect(number == 1, "\(target) shows the driver \(number)")
                    }
                    let others = try driver.get(target).text
                    #expect(!(1...4).contains { Self.shows(others, $0) }, "\(target) shows a driver another one")
                }
                #expect(seen == [1])
                // Nobody finds by what they do not see.
                for number in 1...4 {
                    let found = try staff.get("/api/v1/support?q=contact\(number)")
                    #expect(found["X-Total-Count"] == (number == 1 ? "1" : "0"))
                }
                expectError(try staff.get("/api/v1/users"), 403)
                #expect(Self.shows(try admin.get("/api/v1/users").text, 4))
            }
        }

        @Test(arguments: NotificationSocket.Way.allCases)
        func `no event carries them to staff`(_ way: NotificationSocket.Way) throws {
            try StationProcess.running { station in
                let (_, admin, staff) = try station.demoClients()
                try Self.scene(admin)
                // What is missed, and what is live.
                let socket = try NotificationSocket(
                    port: station.port, token: try #require(staff.token), .init(way: way))
                let comment = try admin.request("POST", "/api/v1/support/1/comments", ["body": "x", "internal": true])
                #expect(comment.status == 201)
                let last = try admin.request(
                    "POST", "/api/v1/support", ["user_id": 1, "station_id": 1, "description": "The last one"])
                #expect(last.status == 201)
                var heard = 0
                while true {
                    let event = try socket.nextEvent()
                    heard += 1
                    #expect(!event.payload.text.contains("@example.com") && !event.payload.text.contains("+8490000"))
                    if event.payload["data"]?["support_id"] == last.json["support_id"] { break }
                }
                #expect(heard >= 2)
                let list = try socket.call("notifications:list", [:]).text
                #expect(!list.contains("@example.com") && !list.contains("+8490000"))
            }
        }
    }
}
