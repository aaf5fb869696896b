import JSON
import Simulation
import Testing

@testable import Store

/// Damaged documents that the checkpointer meets.
@Suite struct CheckpointDamageTests {
    private let disk = MemoryDisk()
    private let count = 40

    private func fold(_ record: JSONValue, _ sequence: UInt64, _ set: inout DocumentSet) throws(StoreError) {
        let path = "items/\(record["id"]?.integerValue ?? 0).json"
        let changes = (try set.document(at: path)?["changes"]?.integerValue ?? 0) + 1
        try set.set(path, ["changes": .integer(changes)])
    }

    private func append(_ journal: Journal) throws {
        for id in 0..<count {
            try journal.append(Array(#"{"seq":\#(journal.nextSequence),"id":\#(id)}"#.utf8))
        }
        try journal.commit()
    }

    /// Checkpoints a record for each of `count` documents, damages all of them, and appends another record for each.
    private func damaged() throws -> Journal {
        let journal = try Fixture.recover(disk).journal
        try append(journal)
        _ = try Checkpoint.run(disk, through: UInt64(count), fold: fold)
        for id in 0..<count { disk.put("items/\(id).json", "{") }
        try append(journal)
        return journal
    }

    private func expectAllOfTheJournal() throws {
        for id in 0..<count {
            let document = try JSONParser.parse(disk.bytes("items/\(id).json") ?? [])
            #expect(document["changes"] == 2, "document \(id)")
            #expect(disk.text("quarantine/items-\(id).json") == "{")
        }
    }

    @Test(arguments: [1000, 7])
    func `any number of damaged documents takes one more pass over the journal`(documentsMax: Int) throws {
        let journal = try damaged()
        var limits = Checkpoint.Limits()
        limits.documentsMax = documentsMax
        var foldCount = 0
        let outcome = try Checkpoint.run(disk, through: journal.committedSequence, limits: limits) {
            (record, sequence, set) throws(StoreError) in
            foldCount += 1
            try fold(record, sequence, &set)
        }
        #expect(foldCount == 2 * count + 1)
        #expect(outcome.sequence == UInt64(2 * count))
        #expect(outcome.findings.count == count)
        try expectAllOfTheJournal()
    }

    @Test func `a pass from the oldest record needs no second one`() throws {
        let journal = try damaged()
        try Checkpoint.rewind(disk, to: 0)
        let outcome = try Checkpoint.run(disk, through: journal.committedSequence, fold: fold)
        #expect(outcome.recordCount == 2 * count)
        #expect(outcome.findings.count == count)
        try expectAllOfTheJournal()
    }

    /// Killed at every seventh call, also between two flushes.
    @Test func `a second pass killed anywhere is completed by the next run`() throws {
        var call = 0
        while true {
            let disk = MemoryDisk()
            let journal = try Fixture.recover(disk).journal
            try append(journal)
            _ = try Checkpoint.run(disk, through: UInt64(count), fold: fold)
            for id in [3, 4, 20, 39] { disk.put("items/\(id).json", "{") }
            try append(journal)
            var limits = Checkpoint.Limits()
            limits.documentsMax = 15
            let faulty = FaultyDisk(disk, faultAt: call, .dies)
            _ = try? Checkpoint.run(faulty, through: journal.committedSequence, limits: limits, fold: fold)
            disk.killProcess()
            _ = try Checkpoint.run(disk, through: journal.committedSequence, fold: fold)
            for id in 0..<count where disk.text("items/\(id).json")?.contains("\"changes\": 2,") != true {
                Issue.record("call \(call): document \(id)")
            }
            guard faulty.hasFaulted else { break }
            call += 7
        }
        #expect(call > 100)
    }

    @Test func `without time for a second pass, damage is left to the next start`() throws {
        let journal = try damaged()
        let outcome = try Checkpoint.run(
            disk, through: journal.committedSequence, mayStartAgain: false, fold: fold)
        #expect(outcome.sequence == UInt64(count))
        #expect(outcome.findings.map(\.file) == ["items/0.json"])
        #expect(outcome.findings.first?.action == "left to the next start")
        #expect(try Cursors.read(disk, reader: Cursors.checkpointer) == UInt64(count))
        #expect(disk.text("items/0.json") == "{")
    }

    @Test func `a failing run still tells what it found`() throws {
        let journal = try damaged()
        let before = disk.capacity
        disk.capacity = disk.usedBytes
        var found: [Finding] = []
        // The cursor cannot be set back.
        #expect(throws: StoreError.self) {
            try Checkpoint.run(
                disk, through: journal.committedSequence, onFailure: { found = $0 }, fold: fold)
        }
        #expect(found.map(\.file) == ["items/0.json"])
        disk.capacity = before
        try Checkpoint.rewind(disk, to: 0)
        disk.capacity = disk.usedBytes
        // The documents cannot be written.
        #expect(throws: StoreError.self) {
            try Checkpoint.run(
                disk, through: journal.committedSequence, onFailure: { found = $0 }, fold: fold)
        }
        #expect(found.count == count)
    }
}
