import Foundation
import JSON
import Testing

extension EndToEnd {
    /// What one station can do to a central server, and what its operator can do about it.
    @Suite struct CentralBounds {
        private static var smallRecords: StationProcess.Options {
            var options = StationProcess.Options.central
            options.limits = [("segment_bytes", 262_144), ("journal_bytes_max", 4 << 20)]
            return options
        }

        @Test func anEventThatNoRecordHoldsStopsNothing() throws {
            try StationProcess.running(Self.smallRecords) { server in
                let admin = try server.logIn("admin@example.com")
                let station = try server.reporter(7)
                let large = JSONValue.string(String(repeating: "x", count: 200_000))
                let strange = station.created(1).with(["note": large])
                let answer = try station.post([strange, station.created(2), station.event("x", ["text": large])])
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.json["acceptedThrough"] == FleetReporter.padded(3))
                let row = try admin.get("/api/v1/fleet/7").json
                #expect(row["not_understood"]?["count"] == 1)
                #expect(row["not_understood"]?["last"]?["problem"] == "the event is too large for a record")
                #expect(server.waitForLog("(support.ticket.created): the event is too large for a record"))
                #expect(try admin.get("/api/v1/stations/7/support").json.arrayValue?.count == 1)
            }
        }
    }
}
