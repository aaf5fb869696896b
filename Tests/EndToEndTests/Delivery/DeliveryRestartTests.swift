import Foundation
import JSON
import Testing

extension EndToEnd {
    /// What is proven read, and what is not, outlives the station's process.
    @Suite struct DeliveryRestarts {
        enum End: CaseIterable, Sendable { case stop, kill }

        private func restart(_ station: StationProcess, by end: End) throws {
            switch end {
            case .stop: #expect(station.stop() == .code(0))
            case .kill: station.kill()
            }
            try station.start()
        }

        @Test(arguments: End.allCases, NotificationSocket.Way.allCases)
        func `notifications missed on both sides of a restart arrive in order`(end: End, way: NotificationSocket.Way)
            throws
        {
            try StationProcess.running(.delivery()) { station in
                var (driver, admin, _) = try station.demoClients()
                try driver.file(10, named: "Before")
                try restart(station, by: end)
                driver = station.client(token: driver.token)
                admin = station.client(token: admin.token)
                try driver.file(10, named: "Between")
                try restart(station, by: end)
                driver = station.client(token: driver.token)
                admin = station.client(token: admin.token)
                let socket = try station.listen(admin, way)
                let events = try socket.events(20)
                #expect(events.descriptions == names(1...10, "Before") + names(1...10, "Between"))
                #expect(events.areReplayed)
                #expect(events.isRising)
                try driver.file(1, named: "Live")
                let live = try socket.nextEvent()
                #expect(live.isLive)
                #expect((events + [live]).isRising)
            }
        }

        @Test func `a clean stop stores every proof`() throws {
            let never = StationProcess.Options.delivery(limits: [("proof_store_millis", 600_000)])
            try StationProcess.running(never) { station in
                let (driver, admin, _) = try station.demoClients()
                try driver.file(3)
                let socket = try station.listen(admin)
                let events = try socket.events(3)
                try socket.prove()
                try restart(station, by: .stop)
                #expect(try station.hasNothing(for: admin))
                // After a crash some notifications may come again, marked as replayed.
                try station.client(token: driver.token).file(2, named: "More")
                let second = try station.listen(admin)
                let more = try second.events(2)
                try second.prove()
                try restart(station, by: .kill)
                let third = try station.listen(admin)
                let repeated = try third.events(2)
                #expect(repeated.map(\.payload) == more.map(\.payload))
                #expect((events + repeated).isRising)
            }
        }

        @Test func `a crash loses no proof older than the setting`() throws {
            try StationProcess.running(.delivery()) { station in
                let (driver, admin, _) = try station.demoClients()
                try driver.file(3)
                let socket = try station.listen(admin)
                #expect(try socket.events(3).descriptions == names(1...3))
                try socket.prove()
                usleep(500_000)
                try restart(station, by: .kill)
                #expect(try station.hasNothing(for: admin))
                try station.client(token: driver.token).file(1, named: "Next")
                let next = try station.listen(admin).nextEvent()
                #expect(next.payload["data"]?["description"] == "Next 1")
                #expect(next.isReplayed)
            }
        }

        /// By then the journal has long dropped the record of the proof.
        @Test func `a proof outlives its record`() throws {
            let limits = [("segment_bytes", 262_144), ("journal_bytes_max", 1 << 20)]
            try StationProcess.running(.delivery(limits: limits)) { station in
                let (driver, admin, staff) = try station.demoClients()
                try driver.file(10, named: "Proven")
                let socket = try station.listen(staff)
                #expect(try socket.events(10).descriptions == names(1...10, "Proven"))
                try socket.prove()
                let first = try #require(WholeFile.names(in: station.data + "/journal").first)
                // Only admins hear of these.
                let body: JSONValue = ["user_id": 1, "description": .string(String(repeating: ".", count: 4900))]
                let deadline = Deadline(seconds: 60)
                while WholeFile.names(in: station.data + "/journal").contains(first), !deadline.isOver {
                    // There may be no room until the documents hold what is in the oldest segment.
                    if try admin.request("POST", "/api/v1/support", body).status == 507 { usleep(20_000) }
                }
                try #require(!deadline.isOver)
                try driver.file(2, named: "Missed")
                try restart(station, by: .kill)
                let back = try station.listen(staff)
                let events = try back.events(2)
                #expect(events.descriptions == names(1...2, "Missed"))
                #expect(events.areReplayed)
                #expect(try back.isQuiet(for: 0.1))
            }
        }
    }
}
