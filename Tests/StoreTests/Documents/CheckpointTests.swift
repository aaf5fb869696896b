import JSON
import Simulation
import Testing

@testable import Store

@Suite struct CheckpointTests {
    private let disk = MemoryDisk()

    /// Appends records that set the value in `items/<id>.json`, or remove the document if the value is nil.
    private func append(_ journal: Journal, _ changes: [(id: Int, value: Int?)]) throws {
        for change in changes {
            let value = change.value.map { "\($0)" } ?? "null"
            let text = #"{"seq":\#(journal.nextSequence),"id":\#(change.id),"value":\#(value)}"#
            try journal.append(Array(text.utf8))
        }
        try journal.commit()
    }

    private func fold(_ record: JSONValue, _ sequence: UInt64, _ set: inout DocumentSet) throws(StoreError) {
        guard let id = record["id"]?.integerValue, let value = record["value"] else { return }
        let path = "items/\(id).json"
        guard value.isNull else { return try set.set(path, ["id": .integer(id), "value": value]) }
        // Like the station's own fold, it does not remove a document that does not exist.
        if try set.document(at: path) == nil { set.noteAbsent(path) } else { try set.remove(path) }
    }

    private func run(_ journal: Journal, limits: Checkpoint.Limits = .init()) throws -> Checkpoint.Outcome {
        try Checkpoint.run(disk, through: journal.committedSequence, limits: limits, fold: fold)
    }

    @Test func `documents are readable and end with their sequence`() throws {
        let journal = try Fixture.recover(disk).journal
        try append(journal, [(1, 10), (2, 20), (1, 11)])
        let outcome = try run(journal)
        #expect(outcome == Checkpoint.Outcome(sequence: 3, recordCount: 3, documentCount: 2))
        #expect(disk.text("items/1.json") == "{\n  \"id\": 1,\n  \"value\": 11,\n  \"sequence\": 3\n}\n")
        #expect(disk.text("items/2.json") == "{\n  \"id\": 2,\n  \"value\": 20,\n  \"sequence\": 2\n}\n")
        #expect(disk.text("cursors/checkpointer.json") == "{\n  \"sequence\": 3\n}\n")
    }

    /// Many files are written before the first is renamed. Without room for all of them they go one by one.
    @Test func `on a nearly full disk, documents are replaced one by one`() throws {
        let journal = try Fixture.recover(disk).journal
        try append(journal, (1...40).map { ($0, $0) })
        _ = try run(journal)
        try append(journal, (1...40).map { ($0, 100 + $0) })
        disk.capacity = disk.usedBytes + 150
        let outcome = try run(journal)
        #expect(outcome.sequence == 80 && outcome.documentCount == 40)
        for id in [1, 17, 40] { #expect(disk.text("items/\(id).json")?.contains("\(100 + id)") == true) }
        #expect(disk.paths.allSatisfy { !$0.hasSuffix(".tmp") })
    }

    @Test func `a run continues where the last one ended`() throws {
        let journal = try Fixture.recover(disk).journal
        try append(journal, [(1, 10), (2, 20)])
        _ = try run(journal)
        #expect(try run(journal) == Checkpoint.Outcome(sequence: 2))
        try append(journal, [(2, nil), (3, 30)])
        #expect(try run(journal) == Checkpoint.Outcome(sequence: 4, recordCount: 2, documentCount: 2))
        #expect(disk.paths.filter { $0.hasPrefix("items/") } == ["items/1.json", "items/3.json"])
    }

    /// The function that folds knows what a document must say.
    @Test func `a refused document is rebuilt from the whole journal`() throws {
        let journal = try Fixture.recover(disk).journal
        try append(journal, [(1, 10), (2, 20)])
        _ = try run(journal)
        let refused = #"{"id":1,"value":"?","sequence":9}"#
        disk.put("items/1.json", refused)
        try append(journal, [(1, 11), (1, nil), (1, 12)])
        let outcome = try Checkpoint.run(disk, through: 4) { (record, sequence, set) throws(StoreError) in
            if try set.document(at: "items/1.json")?["value"] == "?" {
                try set.markDamaged("items/1.json", because: "value must be a number")
            }
            try fold(record, sequence, &set)
        }
        #expect(outcome.recordCount == 4, "the records before the cursor were not applied again")
        #expect(outcome.findings.map(\.problem) == ["value must be a number"])
        #expect(disk.text("quarantine/items-1.json") == refused)
        #expect(disk.text("items/1.json") == nil)
        _ = try run(journal)
        #expect(disk.text("items/1.json") == "{\n  \"id\": 1,\n  \"value\": 12,\n  \"sequence\": 5\n}\n")
    }

    @Test func `records after the requested one are not applied`() throws {
        let journal = try Fixture.recover(disk).journal
        try append(journal, [(1, 10), (1, 11), (1, 12)])
        let outcome = try Checkpoint.run(disk, through: 2, fold: fold)
        #expect(outcome.sequence == 2)
        #expect(disk.text("items/1.json")?.contains("11") == true)
    }

    @Test func `applying all records again changes nothing`() throws {
        let journal = try Fixture.recover(disk).journal
        try append(journal, [(1, 10), (2, 20), (1, 11), (2, nil), (3, 30), (1, 12)])
        _ = try run(journal)
        let paths = disk.paths
        let before = paths.map { disk.text($0) }
        try Checkpoint.rewind(disk, to: 0)
        let outcome = try run(journal)
        #expect(outcome.recordCount == 6)
        #expect(paths.map { disk.text($0) } == before)
        #expect(disk.paths.filter { !paths.contains($0) } == ["cursors/recovery.json"])
    }

    @Test func `a lost document is rebuilt after rewinding`() throws {
        let journal = try Fixture.recover(disk).journal
        try append(journal, [(1, 10), (2, 20), (1, 11)])
        _ = try run(journal)
        disk.delete("items/2.json")
        disk.put("items/1.json", "{")
        try Checkpoint.rewind(disk, to: journal.oldestSequence - 1)
        let outcome = try run(journal)
        #expect(disk.text("items/1.json")?.contains("11") == true)
        #expect(disk.text("items/2.json")?.contains("20") == true)
        #expect(outcome.findings.map(\.file) == ["items/1.json"])
        #expect(disk.text("quarantine/items-1.json") == "{")
    }

    /// A file that is damaged while the station runs is found by the checkpointer. The records before the cursor are as
    /// much a part of it as those after.
    @Test func `a damaged document is rebuilt from the whole journal`() throws {
        let journal = try Fixture.recover(disk).journal
        try append(journal, [(1, 10), (2, 20)])
        _ = try run(journal)
        let damaged = "{\"id\": 1, \"val"
        disk.put("items/1.json", damaged)
        try append(journal, [(1, nil), (1, 11), (2, 21)])
        let outcome = try run(journal)
        #expect(outcome.sequence == 5)
        #expect(outcome.recordCount == 5, "the records before the cursor were not applied again")
        #expect(outcome.findings.map(\.file) == ["items/1.json"])
        #expect(disk.text("quarantine/items-1.json") == damaged)
        #expect(disk.text("items/1.json")?.contains("11") == true)
        #expect(disk.text("items/2.json")?.contains("21") == true)
    }

    /// The cursor is set back before the damaged file is moved away.
    @Test func `a run killed while it moves a document aside is completed by the next`() throws {
        var call = 0
        while true {
            let disk = MemoryDisk()
            let journal = try Fixture.recover(disk).journal
            try append(journal, [(1, 10), (2, 20)])
            _ = try Checkpoint.run(disk, through: 2, fold: fold)
            disk.put("items/1.json", "{")
            try append(journal, [(2, 21), (1, 11)])
            let faulty = FaultyDisk(disk, faultAt: call, .dies)
            _ = try? Checkpoint.run(faulty, through: 3, fold: fold)
            disk.killProcess()
            _ = try Checkpoint.run(disk, through: 4, fold: fold)
            if disk.text("items/1.json")?.contains("11") != true { Issue.record("call \(call)") }
            if !faulty.hasFaulted { break }
            call += 1
        }
        #expect(call > 10)
    }

    @Test func `rewinding never moves the cursor forward`() throws {
        let journal = try Fixture.recover(disk).journal
        try append(journal, [(1, 10)])
        _ = try run(journal)
        try Checkpoint.rewind(disk, to: 9)
        #expect(try Cursors.read(disk, reader: Cursors.checkpointer) == 1)
    }

    @Test func `memory is bounded by writing in between`() throws {
        let journal = try Fixture.recover(disk).journal
        try append(journal, (0..<40).map { (id: $0 % 10, value: $0) })
        var limits = Checkpoint.Limits()
        limits.documentsMax = 4
        #expect(try run(journal, limits: limits).documentCount == 40)
        limits = Checkpoint.Limits()
        limits.bytesMax = 1
        try append(journal, [(1, 1), (1, 2), (1, 3)])
        #expect(try run(journal, limits: limits).documentCount == 3)
        let found = try (0..<10).map { id in
            try JSONParser.parse(disk.bytes("items/\(id).json") ?? [])["value"]?.integerValue
        }
        #expect(found == [30, 3] + (32...39).map { Int64($0) })
    }

    @Test func `a record may change a document twice`() throws {
        let journal = try Fixture.recover(disk).journal
        try append(journal, [(1, 10)])
        _ = try Checkpoint.run(disk, through: 1) { (record, sequence, set) throws(StoreError) in
            try set.set("items/1.json", ["value": 1])
            var document = try set.document(at: "items/1.json") ?? [:]
            document["more"] = 2
            try set.set("items/1.json", document)
        }
        #expect(disk.text("items/1.json") == "{\n  \"value\": 1,\n  \"more\": 2,\n  \"sequence\": 1\n}\n")
    }

    @Test func `a newer document is not changed`() throws {
        let journal = try Fixture.recover(disk).journal
        try append(journal, [(1, 10), (1, nil)])
        disk.put("items/1.json", "{\"id\": 1, \"value\": 99, \"sequence\": 2}")
        _ = try run(journal)
        #expect(disk.text("items/1.json") == "{\"id\": 1, \"value\": 99, \"sequence\": 2}")
    }

    @Test func `two checkpointers never run at once`() throws {
        let journal = try Fixture.recover(disk).journal
        try append(journal, [(1, 10)])
        let lock = try #require(try disk.lock(StorePath.checkpointerLock, waiting: false))
        #expect(throws: StoreError.locked(path: StorePath.checkpointerLock)) { try run(journal) }
        disk.close(lock)
        #expect(try run(journal).sequence == 1)
    }

    @Test func `missing records do not stop a run`() throws {
        let journal = try Fixture.recover(disk).journal
        try append(journal, [(1, 10), (2, 20), (3, 30)])
        journal.skip(through: 8)
        #expect(try run(journal) == Checkpoint.Outcome(sequence: 8, recordCount: 3, documentCount: 3))
        #expect(try Cursors.read(disk, reader: Cursors.checkpointer) == 8)
    }

    @Test func `without space the cursor stays, and the next run does the rest`() throws {
        let journal = try Fixture.recover(disk).journal
        try append(journal, [(1, 10), (2, 20), (3, 30)])
        disk.capacity = disk.usedBytes + 60
        #expect(throws: StoreError.self) { try run(journal) }
        #expect(try Cursors.read(disk, reader: Cursors.checkpointer) == nil)
        #expect(disk.paths.allSatisfy { !$0.hasSuffix(".tmp") })
        disk.capacity = .max
        #expect(try run(journal).sequence == 3)
        #expect(disk.paths.filter { $0.hasPrefix("items/") }.count == 3)
    }

    /// Killed at each of its calls, with and without a power failure.
    @Test func `a run killed anywhere is completed by the next`() throws {
        let changes = (0..<30).map { (id: $0 * 7 % 5, value: $0 % 4 == 3 ? nil : $0) }
        func documents(_ disk: MemoryDisk) -> [String: String?] {
            Dictionary(uniqueKeysWithValues: disk.paths.filter { $0.hasPrefix("items/") }.map { ($0, disk.text($0)) })
        }
        var limits = Checkpoint.Limits()
        limits.documentsMax = 3
        let reference = MemoryDisk()
        let journal = try Fixture.recover(reference).journal
        try append(journal, changes)
        _ = try Checkpoint.run(reference, through: 30, fold: fold)
        let expected = documents(reference)
        #expect(expected.count > 2)

        var random = SeededGenerator(seed: 3)
        var call = 0
        while true {
            var disk = MemoryDisk()
            let journal = try Fixture.recover(disk).journal
            try append(journal, changes)
            let faulty = FaultyDisk(disk, faultAt: call, .dies)
            _ = try? Checkpoint.run(faulty, through: 30, limits: limits, fold: fold)
            disk.killProcess()
            if call % 2 == 1 { disk = disk.losePower(.independent, using: &random) }
            let outcome = try Checkpoint.run(disk, through: 30, limits: limits, fold: fold)
            #expect(outcome.findings.isEmpty)
            _ = try DocumentFiles.readAll(disk, DocumentDirectory("items", idMember: "id")) { _ in }
            if documents(disk) != expected { Issue.record("call \(call): \(documents(disk))") }
            if !faulty.hasFaulted { break }
            call += 1
        }
        print("the checkpointer was killed at \(call) calls")
        #expect(call > 50)
    }

    /// The next run finds it done, and makes it durable before its cursor says so.
    @Test func `what a killed run wrote is durable after the next`() throws {
        var call = 0
        while true {
            let disk = MemoryDisk()
            let journal = try Fixture.recover(disk).journal
            try append(journal, [(1, 10), (2, 20), (1, 11)])
            let faulty = FaultyDisk(disk, faultAt: call, .dies)
            _ = try? Checkpoint.run(faulty, through: 3, fold: fold)
            disk.killProcess()
            _ = try Checkpoint.run(disk, through: 3, fold: fold)
            let remains = disk.durableCopy()
            for id in 1...2 where remains.text("items/\(id).json") != disk.text("items/\(id).json") {
                Issue.record("killed at call \(call): a power failure loses document \(id) before the cursor")
            }
            if !faulty.hasFaulted { break }
            call += 1
        }
        #expect(call > 15)
    }

    /// A removed document must not come back.
    @Test func `what a killed run removed is gone for good after the next`() throws {
        var call = 0
        while true {
            let disk = MemoryDisk()
            let journal = try Fixture.recover(disk).journal
            try append(journal, [(1, 10), (2, 20)])
            _ = try Checkpoint.run(disk, through: 2, fold: fold)
            try append(journal, [(1, nil)])
            let faulty = FaultyDisk(disk, faultAt: call, .dies)
            _ = try? Checkpoint.run(faulty, through: 3, fold: fold)
            disk.killProcess()
            _ = try Checkpoint.run(disk, through: 3, fold: fold)
            if disk.durableCopy().text("items/1.json") != nil { Issue.record("killed at call \(call): it is back") }
            if !faulty.hasFaulted { break }
            call += 1
        }
        #expect(call > 8)
    }

    /// The station knows of a document that must be rebuilt. If it had no space to set the cursor back, it tells the
    /// checkpointer to.
    @Test func `the cursor is first set back as requested`() throws {
        let journal = try Fixture.recover(disk).journal
        try append(journal, [(1, 10), (2, 20)])
        _ = try run(journal)
        disk.delete("items/1.json")
        let outcome = try Checkpoint.run(disk, behind: 0, through: 2, fold: fold)
        #expect(outcome.recordCount == 2)
        #expect(disk.text("items/1.json")?.contains("10") == true)
    }
}
