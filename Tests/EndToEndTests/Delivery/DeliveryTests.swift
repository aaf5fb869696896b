import Foundation
import JSON
import Testing

extension EndToEnd {
    /// A client that was away gets what it missed, in order, until it proves that it read it.
    @Suite struct Delivery {
        @Test(arguments: NotificationSocket.Way.allCases)
        func `an admin gets what was missed in order, and nothing again once read`(way: NotificationSocket.Way)
            throws
        {
            try StationProcess.running(.delivery()) { station in
                let (driver, admin, _) = try station.demoClients()
                try driver.file(1000)

                let back = try station.listen(admin, way)
                let digest = try back.nextEvent()
                #expect(digest.name == "notifications:digest")
                #expect(digest.payload["count"] == 1000)
                let missed = try back.events(1000)
                #expect(missed.allSatisfy { $0.name == "support:ticket:created" && $0.isReplayed })
                #expect(missed.descriptions == names(1...1000))
                #expect(missed.isRising)
                try driver.file(1, named: "Live")
                let live = try back.nextEvent()
                #expect(live.payload["data"]?["description"] == "Live 1")
                #expect(live.isLive)
                #expect((missed + [live]).isRising)
                #expect(try admin.inboxIDs() == (missed.dropFirst(1) + [live]).ids)
                try back.prove()

                let again = try station.listen(admin, way)
                #expect(try again.isQuiet(for: 0.2))
                try driver.file(1, named: "Next")
                let next = try again.nextEvent()
                #expect(next.payload["data"]?["description"] == "Next 1")
                #expect(next.isLive)
            }
        }

        @Test(arguments: NotificationSocket.Way.allCases)
        func `a client that answers no ping gets the same again`(way: NotificationSocket.Way) throws {
            try StationProcess.running(.impatientDelivery()) { station in
                let (driver, admin, _) = try station.demoClients()
                try driver.file(3)
                var first: [JSONValue] = []
                for round in 0..<3 {
                    let deaf = try station.listen(admin, way)
                    deaf.answersPings = false
                    let events = try deaf.events(round < 2 ? 3 : 4)
                    #expect(events.areReplayed)
                    #expect(events.isRising)
                    if round == 0 { first = events.map(\.payload) }
                    #expect(Array(events.map(\.payload).prefix(3)) == first)
                    if round == 1 {
                        // A live notification, which it does not prove either.
                        try driver.file(1, named: "Live")
                        #expect(try deaf.nextEvent().isLive)
                    }
                    #expect(deaf.isCut(within: 5))
                }
                let good = try station.listen(admin, way)
                #expect(try good.events(4).descriptions == names(1...3) + ["Live 1"])
                try good.prove()
                #expect(try station.hasNothing(for: admin, way))
            }
        }

        @Test func `every socket of a user hears everything, and the furthest proof counts`() throws {
            // Pings come only after something was sent, so a client that answers none is not cut off.
            try StationProcess.running(.delivery()) { station in
                let (driver, admin, _) = try station.demoClients()
                let sockets = try NotificationSocket.Way.allCases.map { try station.listen(admin, $0) }
                for socket in sockets { socket.answersPings = false }
                try driver.file(5)
                for socket in sockets {
                    let events = try socket.events(5)
                    #expect(events.descriptions == names(1...5))
                    #expect(events.areLive)
                }
                // No socket has answered a ping.
                let late = try station.listen(admin)
                let replayed = try late.events(5)
                #expect(replayed.descriptions == names(1...5))
                #expect(replayed.areReplayed)
                try late.prove()
                #expect(try station.hasNothing(for: admin))
                // Sockets that have proven nothing still hear of new events.
                try driver.file(1, named: "Live")
                for socket in sockets + [late] {
                    let event = try socket.nextEvent()
                    #expect(event.payload["data"]?["description"] == "Live 1")
                    #expect(event.isLive)
                }
            }
        }

        @Test(arguments: [true, false], [0, 1, 40])
        func `an upgrade while catching up loses nothing`(withOpenPoll: Bool, reading: Int) throws {
            let options = StationProcess.Options.delivery(
                limits: [("send_window_bytes_max", 16_384)], notifications: ["digest_above": 1000])
            try StationProcess.running(options) { station in
                let (driver, admin, _) = try station.demoClients()
                try driver.file(100, padding: 1000)
                let socket = try station.listen(admin, .polling)
                var events = try socket.events(reading)
                try socket.upgrade(withOpenPoll: withOpenPoll)
                try driver.file(3, named: "Live")
                events += try socket.events(103 - reading)
                #expect(events.isRising)
                #expect(events.prefix(100).allSatisfy { $0.isReplayed })
                #expect(events.suffix(3).allSatisfy { $0.isLive })
                try socket.prove()
                #expect(try station.hasNothing(for: admin))
            }
        }

        @Test func `users get only their own notifications`() throws {
            try StationProcess.running(.delivery()) { station in
                let (driver, admin, staff) = try station.demoClients()
                let here = try driver.file(2, named: "Here")
                let elsewhere = try admin.file(2, named: "Elsewhere", for: DemoUser.staff, at: nil)
                for ticket in [here[0], elsewhere[0]] {
                    let path = "/support/\(ticket["support_id"]?.text ?? "")"
                    try admin.change(path, ["response": "Seen"])
                    try admin.change(path, ["response": "Done", "status": "closed"])
                    try admin.change(path, .null, method: "DELETE")
                }
                let forAdmin = try station.listen(admin).events(4)
                #expect(forAdmin.descriptions == names(1...2, "Here") + names(1...2, "Elsewhere"))
                let kinds = ["updated", "resolved", "deleted"].map { "support:ticket:\($0)" }
                let forDriver = try station.listen(driver).events(3)
                #expect(forDriver.map(\.name) == kinds)
                #expect(forDriver.allSatisfy { $0.payload["data"]?["support_id"] == here[0]["support_id"] })
                let forStaff = try station.listen(staff).events(5)
                #expect(forStaff.map(\.name) == [String](repeating: "support:ticket:created", count: 2) + kinds)
                for events in [forAdmin, forDriver, forStaff] {
                    #expect(events.isRising)
                    #expect(events.areReplayed)
                }
            }
        }

        @Test func `a new user starts at the present`() throws {
            try StationProcess.running(.delivery()) { station in
                let (driver, admin, _) = try station.demoClients()
                try driver.file(3)
                try admin.change(
                    "/users",
                    [
                        "username": "second", "email": "second@example.com", "password": "station-demo",
                        "role": "admin",
                    ], method: "POST")
                let second = try station.logIn("second@example.com")
                #expect(try station.hasNothing(for: second))
                try driver.file(1, named: "Later")
                #expect(try station.listen(second).nextEvent().payload["data"]?["description"] == "Later 1")
            }
        }

        // MARK: Acknowledgements

        @Test(arguments: [NotificationSocket.Way.polling, .webSocket, .upgrade])
        func `for a client that acknowledges, only acknowledgements prove`(way: NotificationSocket.Way) throws {
            try StationProcess.running(.delivery(notifications: ["digest_above": 2])) { station in
                let (driver, admin, _) = try station.demoClients()
                try driver.file(4)
                let options = NotificationSocket.Options(way: way, acknowledges: true)
                let socket = try station.listen(admin, with: options)
                let digest = try socket.nextEvent()
                #expect(digest.name == "notifications:digest")
                #expect(!digest.wantsAcknowledgement)
                let events = try socket.events(4)
                #expect(events.count(where: \.wantsAcknowledgement) == 4)
                // Its pongs prove nothing.
                #expect(try socket.isQuiet(for: 0.3))
                for event in events.prefix(2) { try socket.acknowledge(event) }
                _ = try socket.call("notifications:list", ["limit": 1])

                let second = try station.listen(admin, with: options)
                let rest = try second.events(2)
                #expect(rest.ids == events.dropFirst(2).map { $0.id })
                // Acknowledging only the last does not prove those before it.
                try second.acknowledge(rest[1])
                _ = try second.call("notifications:list", ["limit": 1])
                let third = try station.listen(admin, with: options)
                let left = try third.nextEvent()
                #expect(left.id == rest[0].id)
                try second.acknowledge(rest[0])
                _ = try second.call("notifications:list", ["limit": 1])
                #expect(try station.hasNothing(for: admin))

                try driver.file(1, named: "Live")
                let live = try third.events(2).last
                #expect(live?.wantsAcknowledgement == true)
                #expect(live?.isLive == true)
            }
        }

        /// All of them together exceed the send window.
        @Test(arguments: [NotificationSocket.Way.polling, .webSocket], [true, false])
        func `large notifications reach a client that acknowledges them`(way: NotificationSocket.Way, isMissed: Bool)
            throws
        {
            try StationProcess.running(.delivery(limits: [("send_window_bytes_max", 16_384)])) { station in
                let (driver, admin, _) = try station.demoClients()
                let options = NotificationSocket.Options(way: way, acknowledges: true)
                if isMissed { try driver.file(40, padding: 2500) }
                let socket = try station.listen(admin, with: options)
                if !isMissed { try driver.file(40, padding: 2500) }
                var events: [NotificationSocket.Event] = []
                while events.count < 40 {
                    events.append(try socket.nextEvent())
                    // Some arrive together, some one after the other.
                    if events.count % 8 == 0 { usleep(20_000) }
                    try socket.acknowledge(events[events.count - 1])
                }
                #expect(events.isRising)
                #expect(events.ids == (try admin.inboxIDs()))
                _ = try socket.call("notifications:list", ["limit": 1])
                #expect(try station.hasNothing(for: admin))
            }
        }

        /// With the most urgent first, the acknowledgements do not come in the order of the events.
        @Test(arguments: [nil, "priority"] as [String?])
        func `a client that acknowledged everything is sent nothing again`(order: String?) throws {
            try StationProcess.running(.delivery()) { station in
                let (driver, admin, _) = try station.demoClients()
                try driver.file(6, priorities: ["low", "urgent", "medium"])
                let options = NotificationSocket.Options(order: order, acknowledges: true)
                let socket = try station.listen(admin, with: options)
                for event in try socket.events(6) { try socket.acknowledge(event) }
                _ = try socket.call("notifications:list", ["limit": 1])
                #expect(try station.hasNothing(for: admin))
            }
        }
    }
}
