import JSON
import Testing

@testable import Domain
@testable import Server
@testable import Store

/// How upkeep handles the end of a checkpointer, and a stop.
@Suite struct UpkeepTests {
    private let finding = Finding(.damage, file: "tickets/1.json", problem: "not a document", action: "made anew")

    // MARK: The child's report

    @Test func `the result lists the findings`() {
        var outcome = Checkpoint.Outcome(sequence: 9)
        #expect(StationCheckpoint.result(of: outcome) == ["done": true])
        outcome.findings = [finding]
        let text = JSONValue.string("damage: tickets/1.json: not a document; made anew")
        #expect(StationCheckpoint.result(of: outcome) == ["done": true, "findings": [text]])
        outcome.findings = Array(repeating: finding, count: 1000)
        #expect(StationCheckpoint.result(of: outcome)["findings"]?.arrayValue?.count == 20)
        #expect(StationCheckpoint.result(ofFailure: "no", []) == ["error": "no"])
        #expect(StationCheckpoint.result(ofFailure: "no", [finding]) == ["error": "no", "findings": [text]])
    }

    @Test func `the log lists the findings`() throws {
        for isDone in [true, false] {
            let station = try StoredStation(try StoredStation.stopped(ticketCount: 1))
            try station.file("Another")
            station.maintain()
            let through = try #require(station.checkpoint?.through)
            var result = StationCheckpoint.result(ofFailure: "no space", [finding])
            if isDone {
                var outcome = try StationCheckpoint.run(station.disk, through: through)
                outcome.findings = [finding]
                result = StationCheckpoint.result(of: outcome)
            }
            station.endCheckpoint(result.text)
            #expect(station.log.contains(" ERROR [Checkpoint] damage: tickets/1.json: not a document; made anew\n"))
            let failure = " WARNING [Checkpoint] The documents were not brought up to date: no space\n"
            #expect(station.log.contains(failure) == !isDone)
            #expect((station.service.durable.checkpointed == through) == isDone)
        }
    }

    // MARK: The journal at its limit

    /// The checkpointer finds damage, sets its cursor back, and then fails. The records that it was about to read again
    /// must be kept, although the documents held them once.
    @Test func `records that a failed checkpoint needs again are kept`() throws {
        let station = try StoredStation(try StoredStation.stopped(ticketCount: 1))
        let service = station.service
        let text = String(repeating: "x", count: 1500)
        let limit = StoredStation.options.configuration.limits.journalBytesMax
        // Fill the journal as far as it goes without dropping records, with everything in the documents.
        while service.durable.journal.bytes < limit - 8 * 1024 { try station.file(text) }
        station.maintain()
        let through = try #require(station.checkpoint?.through)
        _ = try StationCheckpoint.run(station.disk, through: through)
        #expect(service.durable.journal.oldestSequence == 1)
        try Checkpoint.rewind(station.disk, to: 0)
        station.maintain()
        #expect(service.durable.journal.oldestSequence == 1)
        station.endCheckpoint(#"{"error":"no"}"#)
        #expect(service.durable.journal.oldestSequence == 1)
        #expect(service.durable.checkpointed == 0)
        // A write that would fit only if they were dropped is refused.
        #expect(throws: (any Error).self) { for _ in 0..<20 { try station.file(text) } }
        station.maintain()
        #expect(service.durable.journal.oldestSequence == 1)

        // The next checkpoint begins there, and once it is done the oldest records are dropped.
        station.wait(Upkeep.retryMillis)
        station.maintain()
        let next = try #require(station.checkpoint)
        #expect(next.behind == 0 && next.through >= through)
        _ = try StationCheckpoint.run(station.disk, behind: next.behind, through: next.through)
        station.endCheckpoint(#"{"done":true}"#)
        #expect(service.durable.journal.oldestSequence > 1)
        try station.file(text)
    }

    /// A segment that does not belong to the journal, and no space to move it. The station is read-only and says why.
    @Test func `a stray segment is reported, and moved once there is space`() throws {
        let disk = try StoredStation.stopped(ticketCount: 3)
        let stray = StorePath.segment(first: 500)
        disk.put(stray, try #require(disk.bytes(StorePath.segment(first: 1))))
        // A number that must be recorded before the segment is moved.
        try Cursors.write(disk, reader: "other", sequence: 1000)
        // The documents lag behind the journal.
        try Checkpoint.rewind(disk, to: 0)
        disk.capacity = disk.usedBytes
        let station = try StoredStation(disk)
        let readiness = station.service.status.readiness()
        let text = String(decoding: readiness.body, as: UTF8.self)
        #expect(readiness.status == .serviceUnavailable)
        #expect(
            text.contains(#""status":"read-only""#)
                && text.contains("damage: \(stray): its header says that it begins with record 1"), "\(text)")
        #expect(text.contains("left where it is, for want of space"))
        #expect(station.service.desk.tickets.count == 3)
        #expect(throws: (any Error).self) { try station.file("Another") }
        station.maintain()
        station.wait(Upkeep.retryMillis)
        station.maintain()
        #expect(disk.bytes(stray) != nil && station.checkpoint == nil)

        disk.capacity = .max
        station.wait(Upkeep.retryMillis)
        station.maintain()
        #expect(disk.bytes(stray) == nil && station.checkpoint != nil)
        #expect(station.service.status.readiness().status == .ok)
        try station.file("Another")
        #expect(station.service.durable.journal.committedSequence == 1001)
    }

    // MARK: Stopping

    /// A stop has no time to read the whole journal, but the next start has.
    @Test func `a stop leaves damage to the next start`() throws {
        let disk = try StoredStation.stopped(ticketCount: 3)
        let station = try StoredStation(disk)
        let cursor = station.service.durable.checkpointed
        try station.run(.addComment(ticket: 1, .init(body: "Still")), by: .user(1))
        disk.put("tickets/1.json", "{")
        var found: [Finding] = []
        try station.service.finish(now: station.now) { found += $0 }
        #expect(found.map(\.file) == ["tickets/1.json"])
        #expect(found.first?.action == "left to the next start")
        #expect(try Cursors.read(disk, reader: Cursors.checkpointer) == cursor)
        #expect(disk.text("tickets/1.json") == "{")

        disk.killProcess()
        let again = try StoredStation(disk)
        #expect(again.service.findings.map(\.file) == ["tickets/1.json"])
        #expect(again.service.desk.dump() == station.service.desk.dump())
    }

    @Test func `a stop reads only a limited number of records`() throws {
        let disk = try StoredStation.stopped(ticketCount: 3)
        let station = try StoredStation(disk)
        let cursor = station.service.durable.checkpointed
        for _ in 0...Upkeep.lastCheckpointRecordsMax {
            try station.run(.addComment(ticket: 1, .init(body: "x")), by: .user(1))
        }
        try station.service.finish(now: station.now)
        #expect(try Cursors.read(disk, reader: Cursors.checkpointer) == cursor)

        // The same if the station does not know yet that its cursor was set back.
        _ = try StationCheckpoint.run(disk, through: station.service.durable.journal.committedSequence)
        station.service.durable.checkpointed = station.service.durable.journal.committedSequence
        try station.file("One more")
        try Checkpoint.rewind(disk, to: 0)
        try station.service.finish(now: station.now)
        #expect(try Cursors.read(disk, reader: Cursors.checkpointer) == 0)
    }

    /// A checkpointer that was ended because it took too long has done part of the work, which is not repeated.
    @Test func `the run after a failed one continues where it ended`() throws {
        let station = try StoredStation(try StoredStation.stopped(ticketCount: 3))
        for number in 1...4 { try station.file("Another \(number)") }
        station.maintain()
        let first = try #require(station.checkpoint)
        try Cursors.write(station.disk, reader: Cursors.checkpointer, sequence: first.behind + 2)
        station.endCheckpoint("")
        #expect(station.service.durable.checkpointed == first.behind + 2)
        station.wait(Upkeep.retryMillis)
        station.maintain()
        let second = try #require(station.checkpoint)
        #expect(second.behind == first.behind + 2 && second.through == first.through)
    }
}
