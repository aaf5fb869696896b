import JSON
import Store
import Testing

@testable import Domain
@testable import Server
@testable import Simulation

/// How opening a data directory treats damaged documents.
@Suite struct OpeningTests {
    private func open(_ disk: MemoryDisk) throws -> Opening {
        disk.killProcess()
        return try Opening(disk: disk, options: StoredStation.options)
    }

    private func checkpoint(_ disk: MemoryDisk, _ opening: Opening) throws -> Checkpoint.Outcome {
        try StationCheckpoint.run(disk, behind: opening.checkpointed, through: opening.journal.committedSequence)
    }

    /// Replaces a document with JSON that is not a ticket, and returns that.
    private func spoil(_ disk: MemoryDisk, _ path: String = "tickets/1.json") throws -> String {
        let text = try #require(disk.text(path))
        let spoiled = text.replacing(#""status": "open""#, with: #""status": "ajar""#)
        #expect(spoiled != text)
        disk.put(path, spoiled)
        return spoiled
    }

    @Test func `a document that the desk refuses counts as damage`() throws {
        let disk = try StoredStation.stopped(ticketCount: 3)
        let (before, user) = (disk.text("tickets/1.json"), disk.text("users/1.json"))
        let spoiled = try spoil(disk)
        let opening = try open(disk)
        #expect(opening.findings.map(\.file) == ["tickets/1.json"])
        #expect(opening.findings.first?.problem.contains("status") == true)
        #expect(opening.desk.tickets[1]?.description == "Ticket 1")
        #expect(disk.text("tickets/1.json") == nil)
        #expect(disk.text("quarantine/tickets-1.json") == spoiled)
        #expect(try Cursors.read(disk, reader: Cursors.checkpointer) == 0)
        #expect(try checkpoint(disk, opening).findings.isEmpty)
        #expect(disk.text("tickets/1.json") == before && disk.text("users/1.json") == user)
    }

    /// The same while the station runs: the record that the checkpointer reads does not hold the whole document.
    @Test func `the checkpointer treats such a document the same way`() throws {
        let disk = try StoredStation.stopped(ticketCount: 3)
        let station = try StoredStation(disk)
        let spoiled = try spoil(disk)
        try station.run(.addComment(ticket: 1, .init(body: "Still")), by: .user(1))
        let last = station.service.durable.journal.committedSequence
        let outcome = try StationCheckpoint.run(disk, through: last)
        #expect(outcome.recordCount == Int(last))
        #expect(outcome.findings.map(\.file) == ["tickets/1.json"])
        #expect(disk.text("quarantine/tickets-1.json") == spoiled)

        let written = disk.text("tickets/1.json")
        #expect(written?.contains("Ticket 1") == true && written?.contains("Still") == true)
        disk.put("tickets/1.json", spoiled)
        let opening = try open(disk)
        _ = try checkpoint(disk, opening)
        #expect(disk.text("tickets/1.json") == written)
        #expect(opening.desk.dump() == station.service.desk.dump())
    }

    /// A start that was killed set the cursor back but did not live to make that durable. The next start must do so
    /// before it moves the damage aside. Otherwise a power failure brings back the old cursor but not the damage.
    @Test func `a cursor that a killed start set back is made durable first`() throws {
        let disk = try StoredStation.stopped(ticketCount: 3)
        let dump = try open(disk).desk.dump()
        try disk.replace("cursors/checkpointer.json", with: Array(#"{"sequence": 0}"#.utf8))
        disk.put("tickets/2.json", "{")
        #expect(try open(disk).findings.map(\.file) == ["tickets/2.json"])
        let rest = disk.durableCopy()
        #expect(try open(rest).desk.dump() == dump)
    }

    /// Damage that can be neither moved nor recorded stays, is reported, and is left to the next reader.
    @Test func `on a full disk, damaged documents in two folders are read from the journal`() throws {
        let disk = try StoredStation.stopped(ticketCount: 3)
        let station = try open(disk)
        let dump = station.desk.dump()
        let cursor = try Cursors.read(disk, reader: Cursors.checkpointer)
        disk.put("users/1.json", "{")
        disk.put("tickets/2.json", "{")
        let spoiled = try spoil(disk)
        let capacity = disk.capacity
        disk.capacity = disk.usedBytes
        let opening = try open(disk)
        #expect(Set(opening.findings.map(\.file)) == ["users/1.json", "tickets/1.json", "tickets/2.json"])
        #expect(opening.findings.allSatisfy { $0.action == "left where it is, for want of space" })
        #expect(opening.desk.dump() == dump)
        #expect(opening.checkpointed == 0)
        #expect(try Cursors.read(disk, reader: Cursors.checkpointer) == cursor)
        #expect(disk.text("users/1.json") == "{" && disk.text("tickets/1.json") == spoiled)

        // With space again the checkpointer is told where to begin.
        disk.capacity = capacity
        let outcome = try checkpoint(disk, opening)
        #expect(Set(outcome.findings.map(\.file)) == ["users/1.json", "tickets/1.json", "tickets/2.json"])
        let again = try open(disk)
        #expect(again.findings.isEmpty)
        #expect(again.desk.dump() == dump)
    }

    /// No checkpointer may work while documents are read, so this looks at its lock during each call.
    @Test func `child processes are kept out until the opening is done`() throws {
        let disk = try StoredStation.stopped(ticketCount: 1)
        let process = ProcessDisk(disk, ProcessLife(), DiskFaults(), bug: nil)
        var isHeld: [Bool] = []
        process.pause = {
            let lock = try? disk.lock(StorePath.checkpointerLock, waiting: false)
            if let lock { disk.close(lock) }
            isHeld.append(lock == nil)
        }
        let opening = try Opening(disk: process, options: StoredStation.options)
        // Before that, the opening takes only the directory's lock and this one.
        #expect(isHeld.prefix { !$0 }.count == 2)
        #expect(isHeld.dropFirst(2).allSatisfy { $0 } && isHeld.count > 40)
        #expect(try checkpoint(disk, opening).sequence == opening.journal.committedSequence)
        #expect(try disk.lock(StorePath.segmentLock, waiting: false) != nil)
    }
}
