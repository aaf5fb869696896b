import Bytes
import JSON
import Testing

@testable import Domain

/// How an event of a station is understood, whatever its size.
@Suite struct FleetEventTests {
    private func station() throws -> ReportingStation {
        var station = ReportingStation(scene: try Scene.furnished(), number: 7)
        try station.scene.file("one")
        return station
    }

    @Test func `an event too large for a record is kept as its envelope`() throws {
        let large = JSONValue.string(String(repeating: "x", count: 100_000))
        var members = try #require(try station().events().last?.objectValue)
        members["unknown"] = large
        members["subject"] = large
        let event = try FleetEvent(.object(members), station: 7)
        #expect(event.problem == nil && event.ticket == 1)
        let reduced = event.reduced
        #expect(reduced.cloudEvent["data"] == nil && reduced.ticket == nil)
        #expect(reduced.cloudEvent["subject"] == nil && reduced.cloudEvent["datacontenttype"] == "application/json")
        #expect(reduced.problem?.hasSuffix("(support.ticket.created): the event is too large for a record") == true)
        #expect((reduced.id, reduced.sequence, reduced.previous) == (event.id, event.sequence, event.previous))
        // Reading its record gives the same event.
        #expect(try FleetEvent(reduced.cloudEvent, station: 7) == reduced)
    }

    @Test func `the largest envelope makes a small record`() throws {
        let epoch = String(repeating: "e", count: 64)
        let name = String(repeating: "\u{1}", count: 255 - "support.".count)
        var station = try station()
        station.epoch = epoch
        let command = String(repeating: "\u{1}", count: FleetLimits.nameBytesMax)
        let data: JSONObject = ["by": "central", "command": ["id": .string(command)], "message": .string(command)]
        let suffix = "." + String(repeating: "\u{1}", count: 255 - 84 - 1 - 1)
        let time: JSONValue = "2025-01-12T10:30:01.123456789Z"
        let event = station.event(name, UInt64(Int64.max), UInt64(Int64.max) - 1, time, data, suffix: suffix)
        let reduced = try FleetEvent(event, station: 7).reduced
        #expect(reduced.cloudEvent.encoded().count < 8_192)
        #expect(reduced.cloudEvent["data"]?["command"]?["id"] == .string(command))
    }

    @Test(arguments: ["command.refused", "ticket.updated"])
    func `a command has its outcome even if the event is too large`(_ type: String) throws {
        var central = try Scene.central(7)
        let command = try central.queue(["type": "ticket.delete", "data": ["support_id": 1]], for: 7)
        let data: JSONObject = [
            "by": "central", "command": ["id": .string(command.id)], "name": "ticket.delete", "statusCode": 404,
            "message": .string(String(repeating: "x", count: 2_000_000)),
        ]
        let event = try FleetEvent(try station().event(type, data, behind: 0), station: 7).reduced
        #expect(event.cloudEvent.encoded().count < 1_000)
        try central.ingest([event.cloudEvent], of: 7)
        let finished = try central.desk.fleetCommand(command.number, of: 7)
        #expect(finished.outcome?.status == (type == "command.refused" ? .refused : .applied))
        #expect(finished.outcome?.statusCode == (type == "command.refused" ? 404 : nil))
        #expect(try central.replayed().dump() == central.desk.dump())
    }
}
