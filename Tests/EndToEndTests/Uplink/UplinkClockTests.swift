import Foundation
import JSON
import Testing

extension EndToEnd {
    /// On a box without a battery for its clock the uplink works as usual, but the clock is marked as wrong.
    @Suite(.enabled(if: ShiftedClock.problem == nil, "needs a C compiler and a station that is not linked statically"))
    struct UplinkClocks {
        @Test func `a station whose clock is wrong is marked until it is right`() throws {
            let stage = try UplinkStage()
            defer { stage.remove() }
            let clock = try ShiftedClock()
            try clock.set(secondsAhead: -86_400)
            let member = try stage.addMember(7, preparation: clock.preparation)
            try member.waitUntilShipped()
            let body: JSONValue = ["user_id": 1, "description": "Yesterday, it says", "station_id": 1]
            #expect(try member.admin.request("POST", "/api/v1/support", body).status == 201)
            try member.waitUntilShipped()
            let fleet = try stage.admin.get("/api/v1/fleet/7").json
            #expect(fleet["clock_wrong"] == true)
            let offset = try #require(fleet["clock_offset_seconds"]?.integerValue)
            #expect(abs(offset + 86_400) <= 2)
            let here = try #require(try member.upstream()["clock_offset_seconds"]?.integerValue)
            #expect(abs(here - 86_400) <= 2)
            #expect(member.station.log.contains("The clock is 86"))

            // Set the clock right while the connection is open. The next contact shows it.
            try clock.set(secondsAhead: 0)
            let deadline = Deadline(seconds: 10)
            while try stage.admin.get("/api/v1/fleet/7").json["clock_wrong"] != false {
                guard !deadline.isOver else { throw HarnessFault("the clock is still marked as wrong") }
                usleep(50_000)
            }
            let after: JSONValue = ["user_id": 1, "description": "Today", "station_id": 1]
            let login = try member.station.logIn("driver@example.com")
            #expect(try login.request("POST", "/api/v1/support", after).status == 201)
            member.admin = try member.station.logIn("admin@example.com")
            try member.waitUntilShipped()
            // The sequences decide the order, whatever the times say.
            #expect(try stage.differences(member) == [])
        }
    }
}
