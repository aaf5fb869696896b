import Bytes
import Foundation
import JSON
import Testing

extension EndToEnd {
    /// A box without a battery for its clock delivers as usual.
    @Suite(.enabled(if: ShiftedClock.problem == nil, "needs a C compiler and a station that is not linked statically"))
    struct DeliveryClocks {
        private static let hour: Int64 = 3600
        private static let day = 24 * hour

        private func withClock(
            notifications: JSONObject = [:], _ body: (StationProcess, ShiftedClock) throws -> Void
        ) throws {
            let clock = try ShiftedClock()
            var options = StationProcess.Options.delivery(notifications: notifications)
            options.preparation = clock.preparation
            try StationProcess.running(options) { try body($0, clock) }
        }

        /// How far a ticket's time of creation is ahead of our clock, in seconds.
        private func lead(_ ticket: JSONValue?) -> Int64 {
            let time = Timestamp(iso8601: ticket?["created_at"]?.stringValue ?? "")
            return (time?.seconds ?? 0) - Int64(Date().timeIntervalSince1970)
        }

        @Test(arguments: [-hour, -400 * day, hour], NotificationSocket.Way.allCases)
        func `notifications keep the order of the events whatever the clock says`(
            ahead: Int64, way: NotificationSocket.Way
        ) throws {
            try withClock { station, clock in
                let (driver, admin, _) = try station.demoClients()
                let first = try station.listen(admin, way)
                try driver.file(1, named: "Proven")
                let proven = try first.nextEvent()
                try first.prove()
                try driver.file(3, named: "Before")
                try clock.set(secondsAhead: ahead)
                let tickets = try station.logIn("driver@example.com").file(3, named: "After")
                try #require(abs(lead(tickets.first) - ahead) < 60)
                // The socket hears of everything live.
                let live = try first.events(6)
                #expect(live.descriptions == names(1...3, "Before") + names(1...3, "After"))
                #expect(live.areLive)
                #expect(([proven] + live).isRising)
            }
        }

        @Test(arguments: [-hour, -400 * day])
        func `missed notifications from before and after a clock change arrive in order`(ahead: Int64) throws {
            try withClock { station, clock in
                var (driver, admin, _) = try station.demoClients()
                try driver.file(2, named: "Proven")
                let socket = try station.listen(admin)
                #expect(try socket.events(2).descriptions == names(1...2, "Proven"))
                try socket.prove()
                try driver.file(3, named: "Before")
                // Switch the station off, as if for the night, and on again at another time.
                #expect(station.stop() == .code(0))
                try clock.set(secondsAhead: ahead)
                try station.start()
                // To a clock that is behind, their tokens are from the future.
                (driver, admin, _) = try station.demoClients()
                let tickets = try driver.file(3, named: "After")
                try #require(abs(lead(tickets.first) - ahead) < 60)
                let back = try station.listen(admin)
                let events = try back.events(6)
                #expect(events.descriptions == names(1...3, "Before") + names(1...3, "After"))
                #expect(events.areReplayed)
                #expect(events.isRising)
                try back.prove()
                #expect(try station.hasNothing(for: admin))
                // The same after the clock is right again.
                try clock.set(secondsAhead: 0)
                try station.logIn("driver@example.com").file(1, named: "Later")
                let later = try back.nextEvent()
                #expect(later.payload["data"]?["description"] == "Later 1")
                #expect(later.isLive)
            }
        }

        @Test(arguments: [3 * day, 400 * day, -40 * day])
        func `a clock that is set makes nothing too old`(ahead: Int64) throws {
            try withClock(notifications: ["kept_days": 1]) { station, clock in
                let (driver, _, _) = try station.demoClients()
                try driver.file(4, named: "Before")
                let keyed: JSONValue = ["user_id": 1, "description": "Keyed"]
                let key = [("Idempotency-Key", "one")]
                let first = try driver.request("POST", "/api/v1/support", keyed, fields: key)
                try clock.set(secondsAhead: ahead)
                // Tokens are valid for a day, so log in again.
                let later = try station.logIn("driver@example.com")
                let again = try later.request("POST", "/api/v1/support", keyed, fields: key)
                #expect(first.status == 201 && again.status == 201 && again.body == first.body)
                try later.file(2, named: "After")
                let admin = try station.logIn("admin@example.com")
                let events = try station.listen(admin).events(7)
                #expect(events.descriptions == names(1...4, "Before") + ["Keyed"] + names(1...2, "After"))
                #expect(events.areReplayed && events.isRising)
            }
        }
    }
}
