import Foundation
import JSON
import Testing

extension EndToEnd {
    /// The right to a notification is checked when it is sent, and a role counts from when it is given.
    @Suite struct DeliveryRoles {
        /// Runs `body` with a second admin, who changes the roles of the others.
        private func withSecondAdmin(
            _ body: (_ station: StationProcess, _ second: HTTPClient) throws -> Void
        ) throws {
            try StationProcess.running(.delivery()) { station in
                try station.logIn("admin@example.com").change(
                    "/users",
                    [
                        "username": "second", "email": "second@example.com", "password": "station-demo",
                        "role": "admin",
                    ], method: "POST")
                try body(station, try station.logIn("second@example.com"))
            }
        }

        @Test(arguments: NotificationSocket.Way.allCases)
        func `a former admin receives nothing that admins missed`(way: NotificationSocket.Way) throws {
            try withSecondAdmin { station, second in
                let driver = try station.logIn("driver@example.com")
                try driver.file(5)
                // A notification that any user would get.
                let own = try second.file(1, named: "Own", for: DemoUser.admin)[0]
                try second.change("/support/\(own["support_id"]?.text ?? "")", ["response": "Seen"])
                try second.change("/users/\(DemoUser.admin)", ["role": "driver"])
                try driver.file(2, named: "More")
                let socket = try station.listen(try station.logIn("admin@example.com"), way)
                #expect(socket.greeting["role"] == "driver")
                let event = try socket.nextEvent()
                #expect(event.name == "support:ticket:updated")
                #expect(event.isReplayed)
                #expect(try socket.isQuiet(for: 0.2))
                try driver.file(1, named: "Live")
                #expect(try socket.isQuiet(for: 0.2))
            }
        }

        /// That holds even for a backlog that is already being sent.
        @Test func `a connected user who stops being an admin receives no more`() throws {
            try withSecondAdmin { station, second in
                let driver = try station.logIn("driver@example.com")
                try driver.file(400, padding: 4900)
                let admin = try station.logIn("admin@example.com")
                let reading = try station.listen(admin)
                let waiting = try station.listen(
                    admin, with: NotificationSocket.Options(way: .plain, receiveBufferBytes: 16_384))
                try second.change("/users/\(DemoUser.admin)", ["role": "driver"])
                try driver.file(3, named: "Later")
                let own = try second.file(1, named: "Own", for: DemoUser.admin)[0]
                try second.change("/support/\(own["support_id"]?.text ?? "")", ["response": "Seen"])
                for socket in [reading, waiting] {
                    let events = try socket.eventsUntilQuiet(for: 0.4)
                    #expect(events.last?.name == "support:ticket:updated")
                    #expect(events.descriptions.filter { $0.hasPrefix("Later") } == [])
                }
            }
        }

        @Test func `a new admin starts at the present`() throws {
            try withSecondAdmin { station, second in
                let (driver, _, _) = try station.demoClients()
                let before = try driver.file(5, named: "Before")
                try second.change("/support/\(before[0]["support_id"]?.text ?? "")", ["response": "Seen"])
                try second.change("/users/\(DemoUser.driver)", ["role": "admin"])
                try second.file(2, named: "Since")
                let promoted = try station.logIn("driver@example.com")
                let socket = try station.listen(promoted)
                let events = try socket.events(3)
                #expect(events[0].name == "support:ticket:updated")
                #expect(events.dropFirst().map(\.name) == ["support:ticket:created", "support:ticket:created"])
                #expect([NotificationSocket.Event](events.dropFirst()).descriptions == names(1...2, "Since"))
                #expect(events.isRising)
                #expect(events.areReplayed)
                #expect(try socket.isQuiet(for: 0.2))
            }
        }

        @Test func `a role that is taken away and given back starts anew`() throws {
            try withSecondAdmin { station, second in
                let (driver, _, _) = try station.demoClients()
                try driver.file(3, named: "First")
                try second.change("/users/\(DemoUser.admin)", ["role": "driver"])
                try driver.file(3, named: "Between")
                try second.change("/users/\(DemoUser.admin)", ["role": "admin"])
                try driver.file(2, named: "Again")
                let admin = try station.logIn("admin@example.com")
                let socket = try station.listen(admin)
                #expect(try socket.events(2).descriptions == names(1...2, "Again"))
                #expect(try socket.isQuiet(for: 0.2))
                #expect(try admin.inboxIDs().count == 2)
            }
        }

        @Test func `staff who move hear of their new swap station from then on`() throws {
            try withSecondAdmin { station, second in
                let (driver, _, _) = try station.demoClients()
                let other = try second.change(
                    "/stations", ["name": "Other", "address": "2 Example Street"], method: "POST")
                let place = try #require(other["station_id"]?.integerValue)
                try driver.file(2, named: "Old", at: DemoUser.station)
                try driver.file(2, named: "Too early", at: place)
                try second.change("/users/\(DemoUser.staff)", ["station_id": .integer(place)])
                try driver.file(2, named: "No longer", at: DemoUser.station)
                try driver.file(2, named: "New", at: place)
                let socket = try station.listen(try station.logIn("staff@example.com"))
                #expect(try socket.events(2).descriptions == names(1...2, "New"))
                #expect(try socket.isQuiet(for: 0.2))
            }
        }

        @Test func `a reactivated user receives what is in the inbox`() throws {
            try withSecondAdmin { station, second in
                let (driver, admin, _) = try station.demoClients()
                let socket = try station.listen(admin)
                try driver.file(1, named: "Read")
                let read = try socket.nextEvent()
                try socket.prove()
                socket.answersPings = false
                try driver.file(2, named: "Missed")
                _ = try socket.events(2)
                try second.change("/users/\(DemoUser.admin)", ["active": false])
                // The socket is told why and is closed.
                #expect(try socket.nextEvent().name == "error")
                #expect(socket.isCut(within: 5))
                try driver.file(2, named: "Meanwhile")
                #expect(throws: (any Error).self) { try station.listen(admin) }
                try second.change("/users/\(DemoUser.admin)", ["active": true])
                try driver.file(2, named: "Since")
                let again = try station.logIn("admin@example.com")
                let inbox = try again.inboxIDs().filter { $0 != read.id }
                let events = try station.listen(again).events(inbox.count)
                #expect(events.ids == inbox)
                #expect(Set(events.descriptions).isSuperset(of: names(1...2, "Missed") + names(1...2, "Since")))
                #expect(events.areReplayed)
            }
        }
    }
}
