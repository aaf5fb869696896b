import Bytes
import JSON
import Testing

@testable import Domain

/// Ends of commands that no station reports.
@Suite struct FleetCommandEndTests {
    private static let body: JSONValue = ["type": "ticket.delete", "data": ["support_id": 1]]

    private func stage(_ count: Int) throws -> (central: Scene, station: ReportingStation, commands: [FleetCommand]) {
        var station = ReportingStation(scene: try Scene.furnished(), number: 7)
        try station.scene.file("one")
        var central = try Scene.central(7)
        try central.ingest(try station.events(), of: 7)
        let commands = try (0..<count).map { _ in try central.queue(Self.body, for: 7) }
        return (central, station, commands)
    }

    private func status(_ central: Scene, _ command: FleetCommand) throws -> FleetOutcome.Status? {
        try central.desk.fleetCommand(command.number, of: 7).outcome?.status
    }

    /// The end of a pass after the last event, with the station's progress.
    private func end(_ station: ReportingStation, _ command: JSONValue?) -> JSONValue {
        let last = station.scene.desk.lastSequence
        var data: JSONObject = [
            "from": JSONValue(last + 1), "through": JSONValue(last + 1), "snapshot": 1, "tickets": 0,
        ]
        data["command"] = command
        return station.event("history.missing", data, behind: last)
    }

    @Test func `a command handled in missing history ends as unknown`() throws {
        var (central, station, commands) = try stage(3)
        let progress: JSONValue = ["number": JSONValue(commands[1].number), "epoch": .string(Scene.centralEpoch)]
        let event = try FleetEvent(end(station, progress), station: 7)
        #expect(event.problem == nil && event.reduced.progress == event.progress && event.progress != nil)
        let told = central.desk.fleetCommands(finishedBy: central.desk.fleetEvent(.reported(event), now: central.now))
        #expect(told.map(\.id) == commands[..<2].map(\.id) && told.allSatisfy { $0.outcome?.status == .unknown })
        try central.ingest([end(station, progress)], of: 7)
        #expect(try commands.map { try status(central, $0) } == [.unknown, .unknown, nil])
        #expect(central.desk.fleetCommandsWaitingCount(for: 7) == 1)
        // The history was not missing after all: what the station reports is final.
        let data: JSONObject = ["by": "central", "command": ["id": .string(commands[0].id)], "name": "x"]
        let late = station.event("command.unchanged", data, behind: station.scene.desk.lastSequence + 1)
        try central.ingest([late], of: 7)
        #expect(try commands.map { try status(central, $0) } == [.unchanged, .unknown, nil])
        #expect(try central.replayed().dump() == central.desk.dump())
    }

    @Test func `a command that a station does not believe ends, until the station has carried it out`() throws {
        var (central, station, commands) = try stage(2)
        let last = station.scene.desk.lastSequence
        let data: JSONObject = [
            "by": "station", "distrusted": .string(commands[0].id), "name": "ticket.delete", "statusCode": 403,
            "error": "Forbidden", "message": "The command is not signed",
        ]
        let event = station.event("command.refused", data, behind: last)
        #expect(try FleetEvent(event, station: 7).reduced.outcome?.status == .unverified)
        try central.ingest([event], of: 7)
        #expect(try commands.map { try status(central, $0) } == [.unverified, nil])
        let outcome = try central.desk.fleetCommand(commands[0].number, of: 7).outcome
        #expect(outcome?.message == "The command is not signed" && outcome?.statusCode == 403)
        let done: JSONObject = ["by": "central", "command": ["id": .string(commands[0].id)], "name": "x"]
        try central.ingest([station.event("command.unchanged", done, behind: last + 1)], of: 7)
        #expect(try commands.map { try status(central, $0) } == [.unchanged, nil])
        #expect(try central.replayed().dump() == central.desk.dump())
    }

    static let strangers: [JSONValue?] = [
        nil, "x", ["number": 9_000, "epoch": "other"], ["number": "9000", "epoch": "central"],
        ["number": -1, "epoch": "central"], ["epoch": "central"], ["number": 9_000], ["id": "central-9000"],
    ]

    @Test(arguments: strangers) func `malformed or foreign progress finishes nothing`(_ command: JSONValue?) throws {
        var (central, station, commands) = try stage(1)
        try central.ingest([end(station, command)], of: 7)
        #expect(try status(central, commands[0]) == nil)
        #expect(central.desk.fleetMember(7)?.notUnderstoodJSON["count"] == 0)
    }

    @Test func `a command is cancelled once, and its later outcome is final`() throws {
        var (central, station, commands) = try stage(2)
        func cancel(_ number: UInt64) -> Refusal? {
            refusal { () throws(Refusal) in try central.run(fleet: .cancel(7, number), by: Scene.admin) }
        }
        #expect(cancel(commands[0].number) == nil)
        #expect(try commands.map { try status(central, $0) } == [.cancelled, nil])
        #expect(central.desk.fleetCommands(waitingFor: 7, after: 0).map(\.id) == [commands[1].id])
        let again = cancel(commands[0].number)
        #expect(
            again?.statusCode == 409 && again?.sentences == ["Command \(commands[0].number) is finished: cancelled"])
        #expect(cancel(1)?.statusCode == 404)
        let data: JSONObject = [
            "by": "central", "command": ["id": .string(commands[0].id)], "name": "x", "statusCode": 404,
            "message": "gone",
        ]
        let last = station.scene.desk.lastSequence
        try central.ingest([station.event("command.refused", data, behind: last)], of: 7)
        #expect(try status(central, commands[0]) == .refused)
        // No other outcome replaces that one.
        let other: JSONObject = ["by": "central", "command": ["id": .string(commands[0].id)], "name": "x"]
        try central.ingest([station.event("command.unchanged", other, behind: last + 1)], of: 7)
        #expect(try status(central, commands[0]) == .refused)
        #expect(try central.desk.fleetCommands(of: 7).count == 2)
        #expect(try central.replayed().dump() == central.desk.dump())
    }

    @Test func `only admins cancel commands`() throws {
        var (central, _, commands) = try stage(1)
        for caller in [Scene.driver, Scene.staff] {
            let refused = refusal { () throws(Refusal) in
                try central.run(fleet: .cancel(7, commands[0].number), by: caller)
            }
            #expect(refused?.statusCode == 403)
        }
    }

    @Test func `removing a station cancels the commands that wait for it`() throws {
        var (central, station, commands) = try stage(3)
        try central.run(fleet: .cancel(7, commands[1].number))
        try central.run(fleet: .removeStation(7))
        #expect(try commands.map { try status(central, $0) } == [.cancelled, .cancelled, .cancelled])
        // It comes back and has carried out one command meanwhile.
        try central.run(fleet: .addStation(7, name: nil, tokenDigest: "e"))
        #expect(central.desk.fleetCommands(waitingFor: 7, after: 0).isEmpty)
        let data: JSONObject = ["by": "central", "command": ["id": .string(commands[2].id)], "name": "x"]
        try central.ingest(
            [station.event("command.unchanged", data, behind: station.scene.desk.lastSequence)], of: 7)
        #expect(try commands.map { try status(central, $0) } == [.cancelled, .cancelled, .unchanged])
        #expect(try central.replayed().dump() == central.desk.dump())
    }

    // MARK: Purges

    @Test func `a purged station begins anew`() throws {
        var (central, station, _) = try stage(0)
        try station.scene.file("two")
        var other = ReportingStation(scene: try Scene.furnished(), number: 8)
        try other.scene.file("of another")
        try central.run(fleet: .addStation(8, name: nil, tokenDigest: "e"))
        try central.ingest(try other.events(), of: 8)
        try central.ingest(try station.events(behind: station.scene.desk.lastSequence - 1), of: 7)
        try central.ingest([end(station, nil)], of: 7)
        try central.run(fleet: .removeStation(7))
        for change in central.desk.fleetPurge(of: 7) {
            central.apply(central.desk.fleetEvent(change, by: .operator, now: central.now))
        }
        let row = try #require(central.desk.fleetMember(7))
        #expect(row.epoch == nil && row.acceptedThrough == 0 && row.missing.isEmpty && row.isRemoved)
        #expect(try central.desk.fleetStatistics(of: 7).total == 0)
        #expect(try central.desk.fleetStatistics(of: 8).total == 1)
        #expect(central.desk.fleet.tickets[7]?.bytes == 0)
        #expect(try central.replayed().dump() == central.desk.dump())
        try central.run(fleet: .addStation(7, name: nil, tokenDigest: "e"))
        try central.ingest(try station.events(), of: 7)
        try central.expectTickets(of: station)
    }
}
