import JSON
import Testing

extension EndToEnd {
    /// One person cannot push out of the index what others have caused.
    @Suite struct DeliveryFloods {
        private static let keptCount = 10_000
        private static let floodCount = keptCount + 150

        @Test(arguments: [(NotificationSocket.Way.polling, nil), (.webSocket, "priority"), (.plain, nil)])
        func `an admin who was away hears of the urgent ticket amid a flood`(
            way: NotificationSocket.Way, order: String?
        ) throws {
            try StationProcess.running(.delivery(notifications: ["digest_above": 10_000])) { station in
                let (driver, admin, staff) = try station.demoClients()
                do {
                    let first = try station.listen(admin)
                    try staff.file(1, named: "Known", priorities: ["urgent"])
                    #expect(try first.nextEvent().isLive)
                    try first.prove()
                }
                try staff.file(1, named: "Urgent", priorities: ["urgent"])
                // A connection serves 10,000 requests.
                try driver.file(Self.floodCount - 1_000, named: "Flood")
                try station.client(token: driver.token).file(1_000, named: "End of the flood")
                let second = try station.listen(admin, way, order: order)
                let gap = try second.nextEvent()
                #expect(gap.name == "notifications:gap")
                // "Known" and "Urgent" stay in the index.
                #expect(gap.payload["count"]?.integerValue == Int64(Self.floodCount + 2 - Self.keptCount))
                let events = try second.events(Self.keptCount - 1)
                #expect(events.first?.payload["data"]?["description"] == "Urgent 1")
                #expect(events.last?.payload["data"]?["description"] == "End of the flood 1000")
                #expect(events.areReplayed && events.isRising)
                try staff.file(1, named: "Later")
                var later = try second.nextEvent()
                // The new ticket takes the place of one of the flood. While urgent ones still go first, that one is
                // reported although it was sent.
                if order != nil, later.name == "notifications:gap" {
                    #expect(later.payload["count"] == 1)
                    later = try second.nextEvent()
                }
                #expect(later.isLive && later.payload["data"]?["description"] == "Later 1")
                try second.prove()
                #expect(try station.hasNothing(for: admin, way))
            }
        }
    }
}
