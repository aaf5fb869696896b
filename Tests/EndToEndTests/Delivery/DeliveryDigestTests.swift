import Foundation
import JSON
import Testing

extension EndToEnd {
    /// A client that was away for long first gets a digest, then the most urgent notifications first if it asks for
    /// that, and a gap for those no longer kept.
    @Suite struct DeliveryDigests {
        private static let priorities = ["low", "urgent", "medium", "high", "urgent", "low", "high"]

        @Test(arguments: NotificationSocket.Way.allCases)
        func `a digest summarises a long backlog`(way: NotificationSocket.Way) throws {
            try StationProcess.running(.delivery(notifications: ["digest_above": 9])) { station in
                let admin = try station.logIn("admin@example.com")
                let own = try admin.file(7, for: DemoUser.admin, priorities: Self.priorities)[0]
                let path = "/support/\(own["support_id"]?.text ?? "")"
                try admin.change(path, ["response": "Seen"])
                try admin.change(path, ["response": "Done", "status": "closed"])
                // Nine notifications do not exceed the limit of nine.
                #expect(try station.listen(admin, way).events(9).areReplayed)
                try admin.change(path, .null, method: "DELETE")

                let socket = try station.listen(admin, way)
                let digest = try socket.nextEvent()
                let events = try socket.events(10)
                #expect(digest.name == "notifications:digest")
                #expect(
                    digest.payload == [
                        "count": 10,
                        "by_type": [
                            "support_ticket_created": 7, "support_ticket_updated": 1, "support_ticket_resolved": 1,
                            "support_ticket_deleted": 1,
                        ],
                        "by_priority": ["urgent": 2, "high": 2, "medium": 2, "low": 4],
                        "oldest": events[0].payload["timestamp"] ?? .null,
                        "newest": events[9].payload["timestamp"] ?? .null,
                    ])
                #expect(events.areReplayed)
                #expect(events.isRising)
                try socket.prove()

                // All members are present, even those that are 0.
                try admin.file(10, named: "Low", priorities: ["low"])
                let second = try station.listen(admin, way).nextEvent()
                #expect(second.payload["by_priority"] == ["urgent": 0, "high": 0, "medium": 0, "low": 10])
                #expect(
                    second.payload["by_type"] == [
                        "support_ticket_created": 10, "support_ticket_updated": 0, "support_ticket_resolved": 0,
                        "support_ticket_deleted": 0,
                    ])
            }
        }

        @Test(arguments: NotificationSocket.Way.allCases)
        func `the most urgent notifications come first if the client asks for that`(way: NotificationSocket.Way) throws
        {
            try StationProcess.running(.delivery(notifications: ["digest_above": 3])) { station in
                let (driver, admin, _) = try station.demoClients()
                try driver.file(14, priorities: Self.priorities)
                for order in ["oldest", "newest-first-please"] {
                    let socket = try station.listen(admin, way, order: order)
                    #expect(try socket.nextEvent().name == "notifications:digest")
                    #expect(try socket.events(14).descriptions == names(1...14))
                }
                let socket = try station.listen(admin, way, order: "priority")
                let digest = try socket.nextEvent()
                #expect(digest.payload["by_priority"] == ["urgent": 4, "high": 4, "medium": 2, "low": 4])
                let events = try socket.events(14)
                #expect(events.areReplayed)
                let numbers = [2, 5, 9, 12, 4, 7, 11, 14, 3, 10, 1, 6, 8, 13]
                #expect(events.descriptions == numbers.map { "Ticket \($0)" })
                try driver.file(2, named: "Live", priorities: ["low", "urgent"])
                let live = try socket.events(2)
                #expect(live.descriptions == names(1...2, "Live"))
                #expect(live.areLive)
                try socket.prove()
                #expect(try station.hasNothing(for: admin, way))
            }
        }

        @Test func `a plain WebSocket can ask for an order in its first frame`() throws {
            try StationProcess.running(.delivery()) { station in
                let (driver, admin, _) = try station.demoClients()
                try driver.file(3, priorities: ["low", "medium", "urgent"])
                let socket = try WebSocketClient(port: station.port, target: "/notifications")
                let first: JSONValue = [
                    "event": "auth", "data": ["token": .string(admin.token ?? ""), "order": "priority"],
                ]
                try socket.send(first.text)
                let frames = try (0..<4).map { _ in try JSONParser.parse(socket.receiveText()) }
                #expect(frames[0]["event"] == "connected")
                let descriptions = frames.dropFirst().map { $0["data"]?["data"]?["description"] }
                #expect(descriptions == ["Ticket 3", "Ticket 2", "Ticket 1"])
            }
        }

        /// With the most urgent first, the part that was read is not the beginning of the backlog.
        @Test(arguments: [NotificationSocket.Way.webSocket, .polling, .plain])
        func `a delivery by urgency that is cut off loses nothing`(way: NotificationSocket.Way) throws {
            let limits = [("early_ping_floor_millis", 10), ("send_window_bytes_max", 16_384)]
            try StationProcess.running(.delivery(limits: limits)) { station in
                let (driver, admin, _) = try station.demoClients()
                try driver.file(300, priorities: Self.priorities, padding: 2000)
                var options = NotificationSocket.Options(way: way, order: "priority", receiveBufferBytes: 16_384)
                options.patience = 10
                var received: Set<String> = []
                for _ in 0..<5 {
                    let socket = try station.listen(admin, with: options)
                    var pings = 0
                    while pings < 2, let heard = try socket.next(within: 0.3) {
                        switch heard {
                        case .ping: pings += 1
                        case .event(let event):
                            if let id = event.id { received.insert(id) }
                            usleep(500)
                        }
                    }
                }
                received.formUnion(try station.listen(admin, way).eventsUntilQuiet(for: 0.5).ids)
                #expect(try received.isSuperset(of: admin.inboxIDs()))
                #expect(received.count == 300)
            }
        }

        // MARK: Gaps

        @Test(arguments: NotificationSocket.Way.allCases)
        func `a gap comes before what is still kept, until both are proven read`(way: NotificationSocket.Way) throws {
            let settings: JSONObject = ["kept_count": 20, "digest_above": 5]
            try StationProcess.running(.impatientDelivery(notifications: settings)) { station in
                let (driver, admin, staff) = try station.demoClients()
                let witness = try station.listen(staff)
                let tickets = try driver.file(50)
                let all = try witness.events(50)

                var first: JSONValue = .null
                for round in 0..<2 {
                    let socket = try station.listen(admin, way)
                    socket.answersPings = round > 0
                    let gap = try socket.nextEvent()
                    #expect(gap.name == "notifications:gap")
                    #expect(gap.payload.names == ["count", "from", "query", "through"])
                    #expect(gap.payload["count"] == 30)
                    #expect(gap.payload["from"]?.stringValue == all[0].id)
                    #expect(gap.payload["through"]?.stringValue == all[29].id)
                    if round == 0 { first = gap.payload } else { #expect(gap.payload == first) }
                    let digest = try socket.nextEvent()
                    #expect(digest.name == "notifications:digest")
                    #expect(digest.payload["count"] == 20)
                    let events = try socket.events(20)
                    #expect(events.ids == all.dropFirst(30).map { $0.id })
                    #expect(events.areReplayed)
                    if round == 0 {
                        #expect(socket.isCut(within: 5))
                    } else {
                        try socket.prove()
                    }
                }
                #expect(try station.hasNothing(for: admin, way))

                let query = try #require(first["query"]?.stringValue)
                #expect(query.hasPrefix("/api/v1/support?"))
                let found = try admin.get(query).json.arrayValue ?? []
                #expect(
                    Set(found.compactMap { $0["support_id"] })
                        == Set(tickets.prefix(30).compactMap { $0["support_id"] })
                )
            }
        }

        @Test func `the query of a gap finds the tickets that changed`() throws {
            try StationProcess.running(.delivery(notifications: ["kept_count": 3])) { station in
                let (driver, admin, _) = try station.demoClients()
                let tickets = try driver.file(4)
                for round in 0..<2 {
                    for ticket in tickets.reversed() {
                        try admin.change(
                            "/support/\(ticket["support_id"]?.text ?? "")", ["response": "Answer \(round)"])
                    }
                }
                let socket = try station.listen(driver)
                let gap = try socket.nextEvent()
                #expect(gap.name == "notifications:gap")
                #expect(gap.payload["count"] == 5)
                let events = try socket.events(3)
                #expect(events.allSatisfy { $0.payload["data"]?["response"] == "Answer 1" })
                #expect(events.isRising)
                #expect(try socket.isQuiet(for: 0.15))
                let query = try #require(gap.payload["query"]?.stringValue)
                let found = try driver.get(query)
                #expect(found.status == 200)
                // These four are all the tickets that the driver has.
                #expect(found.json.arrayValue?.count == 4)
            }
        }

        /// The journal is bounded in bytes, which bounds what can be sent again.
        @Test(arguments: [nil, "priority"] as [String?])
        func `records that the journal has dropped are reported as a gap`(order: String?) throws {
            let limits = [("segment_bytes", 262_144), ("journal_bytes_max", 1 << 20)]
            try StationProcess.running(.delivery(limits: limits)) { station in
                let (driver, admin, _) = try station.demoClients()
                let count = 500
                for number in 1...count {
                    let body: JSONValue = [
                        "user_id": 1, "description": .string("Ticket \(number)" + String(repeating: ".", count: 4000)),
                    ]
                    // There may be no room until the documents hold what is in the oldest segment.
                    while try driver.request("POST", "/api/v1/support", body).status == 507 { usleep(20_000) }
                }
                // The journal drops the last surplus records after the next checkpoint.
                var segments: [String] = []
                while segments != WholeFile.names(in: station.data + "/journal") {
                    segments = WholeFile.names(in: station.data + "/journal")
                    usleep(1_000_000)
                }
                let socket = try station.listen(admin, order: order)
                let gap = try socket.nextEvent()
                #expect(gap.name == "notifications:gap")
                let missing = try #require(gap.payload["count"]?.integerValue.map(Int.init))
                #expect(missing > 100)
                let digest = try socket.nextEvent()
                #expect(digest.payload["count"]?.integerValue.map(Int.init) == count - missing)
                let events = try socket.events(count - missing)
                #expect(events.descriptions.first?.hasPrefix("Ticket \(missing + 1).") == true)
                #expect(events.descriptions.last?.hasPrefix("Ticket \(count).") == true)
                #expect(events.isRising)
                #expect(events.areReplayed)
                let query = try #require(gap.payload["query"]?.stringValue)
                let found = try admin.get(query + "&limit=1")
                #expect(found["X-Total-Count"] == String(missing))
                try socket.prove()
                #expect(try station.hasNothing(for: admin))
            }
        }
    }
}
