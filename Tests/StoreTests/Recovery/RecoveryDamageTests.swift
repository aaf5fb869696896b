import Simulation
import Testing

@testable import Store

/// Recovery of what a crash alone does not do.
@Suite struct RecoveryDamageTests {
    private let first = Fixture.firstSegment
    private let second = StorePath.segment(first: 19)

    private func recover(_ disk: MemoryDisk) throws -> (Recovery.Outcome, [UInt64]) {
        try Fixture.recoverTwice(disk)
    }

    private func quarantined(_ disk: MemoryDisk) -> [String] {
        disk.paths.filter { $0.hasPrefix("quarantine/") }
    }

    // MARK: Damage

    @Test func `a bad record before a later write is damage`() throws {
        for index in [0, 8, 9, 50, 109] {
            let disk = try Fixture.disk([5, 5])
            let start = Fixture.offset(of: 3, in: first, disk)
            disk.change(first) { $0[start + index] ^= 1 }
            let (outcome, sequences) = try recover(disk)
            // Without the LF, two lines have become one.
            #expect(sequences == [1, 2] + (index == 109 ? [] : [4]) + [5, 6, 7, 8, 9, 10])
            #expect(outcome.findings.allSatisfy { $0.severity == .damage })
            #expect(outcome.findings.has(.damage, "missing"))
            #expect(quarantined(disk) == ["quarantine/00000000000000000001.log-\(start).damaged"])
        }
    }

    @Test func `a lost sector is damage`() throws {
        let disk = try Fixture.disk([5, 3, 2])
        disk.change(first) { $0.replaceSubrange(200..<700, with: [UInt8](repeating: 0, count: 500)) }
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == [1, 7, 8, 9, 10])
        #expect(outcome.findings.has(.damage, "records 2 to 6 are missing"))
        #expect(disk.bytes(first)?[..<1150].contains(0) == false)
    }

    @Test func `a bad record in an earlier segment is damage`() throws {
        let disk = try Fixture.disk([18, 3])
        let start = Fixture.offset(of: 18, in: first, disk)
        disk.change(first) { $0[start + 20] ^= 1 }
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == Array(1...17) + [19, 20, 21])
        #expect(outcome.findings.has(.damage, "record 18 is missing"))
    }

    /// Damage makes the checkpointer begin again, and its cursor was all that showed the numbers.
    @Test func `numbers that only a cursor knew are not reused after it is set back`() throws {
        let disk = try Fixture.disk([3])
        try Cursors.write(disk, reader: Cursors.checkpointer, sequence: 5)
        #expect(try Fixture.recover(disk).journal.nextSequence == 6)
        try Checkpoint.rewind(disk, to: 0)
        disk.killProcess()
        #expect(try Fixture.recover(disk).journal.nextSequence == 6)
    }

    /// The cursor has proved that the last record was durable. So a fault in it is damage, and not a torn write whose
    /// number may be reused.
    @Test func `what a cursor has proved holds after it is set back`() throws {
        let disk = try Fixture.disk([5, 5])
        try Cursors.write(disk, reader: Cursors.checkpointer, sequence: 10)
        try Checkpoint.rewind(disk, to: 0)
        let start = Fixture.offset(of: 10, in: first, disk)
        disk.change(first) { $0[start + 20] ^= 1 }
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == Array(1...9))
        #expect(outcome.findings.has(.damage, "ends with record 9, but record 10 was durable"))
        #expect(outcome.journal.nextSequence == 11)
    }

    /// A whole segment is not a torn write either.
    @Test func `a segment that a cursor has proved is not a torn first write`() throws {
        let disk = try Fixture.disk([18, 3])
        try Cursors.write(disk, reader: Cursors.checkpointer, sequence: 21)
        try Checkpoint.rewind(disk, to: 0)
        disk.put(second, [UInt8](repeating: 0x41, count: 2048))
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == Array(1...18))
        #expect(outcome.findings.has(.damage, "has no valid record"))
        #expect(outcome.journal.nextSequence == 22)
    }

    /// The next segment would have its name.
    @Test func `a segment named for the next record is not overwritten`() throws {
        let disk = try Fixture.disk([3])
        let end = Fixture.offset(of: 3, in: first, disk) + 110
        let bytes = try #require(disk.bytes(first))
        disk.delete(first)
        // It is full, and its header is rewritten.
        disk.put(StorePath.segment(first: 4), [0x21] + bytes[1..<end])
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == [1, 2, 3])
        #expect(outcome.journal.nextSequence == 5)
    }

    @Test func `without space damage is left in place`() throws {
        let disk = try Fixture.disk([5, 5])
        let start = Fixture.offset(of: 3, in: first, disk)
        disk.change(first) { $0[start + 20] ^= 1 }
        let before = disk.bytes(first)
        disk.put("lock.checkpointer", [])
        disk.put("lock.segment", [])
        disk.capacity = disk.usedBytes
        let outcome = try Fixture.recover(disk)
        #expect(try Fixture.sequences(outcome.journal) == [1, 2, 4, 5, 6, 7, 8, 9, 10])
        #expect(outcome.findings.contains { $0.action?.hasPrefix("left in place") == true })
        #expect(disk.bytes(first) == before)
    }

    @Test func `a damaged header is rewritten`() throws {
        let disk = try Fixture.disk([3, 3])
        let before = disk.bytes(first)
        disk.change(first) { $0[20] ^= 1 }
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == [1, 2, 3, 4, 5, 6])
        #expect(outcome.findings.map(\.problem) == ["the header is not valid"])
        #expect(disk.bytes(first)?.prefix(700) == before?.prefix(700))
    }

    @Test func `a header damaged together with a record is rewritten, padded to the same length`() throws {
        let disk = try Fixture.disk([3, 3])
        disk.change(first) {
            $0[40] ^= 1; $0[60] ^= 1
        }
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == [2, 3, 4, 5, 6])
        #expect(outcome.findings.has(.damage, "the header is not valid"))
        #expect(outcome.findings.has(.damage, "record 1 is missing"))
    }

    // MARK: Segments that are not kept

    @Test func `a segment without a valid line is moved aside`() throws {
        let disk = try Fixture.disk([18, 18, 3])
        disk.put(second, [UInt8](repeating: 0x41, count: 2048))
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == Array(1...18) + [37, 38, 39])
        #expect(outcome.findings.has(.damage, "no valid record"))
        #expect(outcome.findings.has(.damage, "records 19 to 36 are missing"))
        #expect(quarantined(disk) == ["quarantine/journal-00000000000000000019.log"])
    }

    @Test func `a missing segment is reported`() throws {
        let disk = try Fixture.disk([18, 18, 3])
        disk.delete(second)
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == Array(1...18) + [37, 38, 39])
        #expect(outcome.findings.map(\.problem) == ["records 19 to 36 are missing"])
    }

    @Test func `a segment of another epoch is moved aside`() throws {
        let other = MemoryDisk()
        let journal = try Fixture.recover(other, epoch: "other").journal
        try Fixture.append([18, 3], to: journal)
        let disk = try Fixture.disk([18])
        disk.put(second, other.bytes(second) ?? [])
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == Array(1...18))
        #expect(outcome.findings.has(.damage, "belongs to the journal of epoch other"))
    }

    @Test func `a segment with the wrong name is moved aside`() throws {
        let disk = try Fixture.disk([18, 3])
        disk.put(StorePath.segment(first: 20), disk.bytes(second) ?? [])
        disk.delete(second)
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == Array(1...18))
        #expect(outcome.findings.has(.damage, "its header says that it begins with record 19"))
        // Its records were promised under these numbers.
        #expect(outcome.journal.nextSequence == 22)
    }

    @Test func `repeated numbers count once`() throws {
        let disk = try Fixture.disk([18])
        // A longer first segment that has some of the second one's records as well.
        let longer = MemoryDisk()
        let limits = JournalLimits(segmentBytes: 4096, recordBytesMax: 1024)
        let journal = try Recovery.run(longer, .init(stationID: 7, newEpoch: "epoch1", limits: limits)).journal
        try Fixture.append([20], to: journal)
        let whole = try Fixture.disk([18, 3])
        disk.put(first, longer.bytes(first) ?? [])
        disk.put(second, whole.bytes(second) ?? [])
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == Array(1...21))
        #expect(outcome.findings.map(\.problem) == ["2 records have numbers that appeared before"])
        // A reader that begins in the second segment, because of its name, must not meet the repeated records.
        for segment in [first, second] {
            let scan = SegmentScan(try #require(disk.bytes(segment)))
            #expect(!scan.hasDamage)
            // Two were appended afterwards.
            #expect(scan.recordCount == (segment == first ? 20 : 3))
        }
        let kept = try #require(disk.paths.first { $0.hasSuffix(".repeated") })
        #expect(SegmentScan(try #require(disk.bytes(kept))).recordCount == 2)
        #expect(try recover(disk).0.findings.contains { $0.severity != .note } == false)
    }

    @Test func `a segment with only old numbers is moved aside`() throws {
        let disk = try Fixture.disk([18])
        let longer = MemoryDisk()
        let limits = JournalLimits(segmentBytes: 4096, recordBytesMax: 1024)
        let journal = try Recovery.run(longer, .init(stationID: 7, newEpoch: "epoch1", limits: limits)).journal
        try Fixture.append([30], to: journal)
        let whole = try Fixture.disk([18, 3])
        disk.put(first, longer.bytes(first) ?? [])
        disk.put(second, whole.bytes(second) ?? [])
        let outcome = try Fixture.recover(disk)
        #expect(try Fixture.sequences(outcome.journal) == Array(1...30))
        #expect(outcome.findings.has(.warning, "appeared before"))
        #expect(outcome.journal.nextSequence == 31)
        try Fixture.append([2], to: outcome.journal)
        #expect(try Fixture.sequences(outcome.journal) == Array(1...32))
    }

    // MARK: Unreadable things

    @Test func `unreadable bytes are damage`() throws {
        let limits = JournalLimits(segmentBytes: 64 * 1024, recordBytesMax: 1024)
        let disk = MemoryDisk()
        let journal = try Recovery.run(disk, .init(stationID: 7, newEpoch: "epoch1", limits: limits)).journal
        try Fixture.append([100, 100], to: journal)
        disk.killProcess()
        disk.unreadable[first] = 5000..<5010
        let outcome = try Recovery.run(disk, .init(stationID: 7, newEpoch: "epoch1", limits: limits))
        #expect(outcome.findings.has(.damage, "4096 bytes cannot be read"))
        #expect(outcome.findings.has(.damage, "are missing"))
        #expect(outcome.recordCount == 200 - 39)
        #expect(outcome.journal.nextSequence == 201)
    }

    @Test func `a segment that cannot be opened is moved aside`() throws {
        let disk = try Fixture.disk([18, 3])
        disk.unopenable = [second]
        let outcome = try Fixture.recover(disk)
        #expect(outcome.findings.damage.map(\.file) == [second])
        #expect(outcome.findings.has(.damage, "cannot be opened"))
        #expect(try Fixture.sequences(outcome.journal) == Array(1...18))
        #expect(outcome.journal.nextSequence > 21)
        #expect(quarantined(disk).count == 1)
    }

    @Test func `a lack of permissions is not repaired as damage`() throws {
        for call in 0..<60 {
            let disk = try Fixture.disk([18, 3])
            let faulty = FaultyDisk(disk, faultAt: call, .fails(.accessDenied))
            guard let outcome = try? Fixture.recover(faulty) else { continue }
            #expect(outcome.findings.damage.isEmpty, "call \(call)")
        }
    }

    // MARK: Leftovers

    @Test func `leftovers are removed, and foreign files left alone`() throws {
        let disk = try Fixture.disk([3])
        for path in ["journal/next.tmp", "journal/rolled.tmp", "cursors/uplink.json.tmp", "journal/notes.txt"] {
            disk.put(path, "x")
        }
        disk.put("journal/next", [UInt8](repeating: 0, count: 2047) + [1])
        let outcome = try Fixture.recover(disk)
        #expect(outcome.findings.filter { $0.severity == .note }.count == 4)
        #expect(outcome.findings.filter { $0.severity == .warning }.map(\.file) == ["journal/notes.txt"])
        #expect(disk.paths.filter { $0.hasPrefix("journal/") } == [first, "journal/notes.txt"])
        #expect(!outcome.journal.hasNextSegment)
    }

    @Test func `a prepared segment is kept`() throws {
        let disk = try Fixture.disk([3])
        try SegmentPreparation.run(disk, bytes: 2048)
        let outcome = try Fixture.recover(disk)
        #expect(outcome.journal.hasNextSegment)
        #expect(outcome.findings.isEmpty)
    }

    @Test func `an invalid cursor is moved aside`() throws {
        let disk = try Fixture.disk([3])
        disk.put("cursors/checkpointer.json", "{\"sequence\": -1}")
        let outcome = try Fixture.recover(disk)
        #expect(outcome.findings.map(\.severity) == [.warning])
        #expect(quarantined(disk) == ["quarantine/cursors-checkpointer.json"])
    }

    // MARK: Durability

    @Test func `the last records are made durable before they count`() throws {
        let disk = try Fixture.disk([3])
        let end = Fixture.offset(of: 3, in: first, disk) + 110
        // A process that is killed between its write and its synchronization.
        let donor = try Fixture.disk([3, 1])
        let file = try disk.open(first, for: .readingAndWriting)
        try disk.write(file, Array((donor.bytes(first) ?? [])[end..<(end + 110)]), at: end)
        disk.killProcess()

        let recovered = try Fixture.recover(disk)
        #expect(recovered.journal.committedSequence == 4)
        var random = SeededGenerator(seed: 1)
        for _ in 0..<50 {
            let after = disk.losePower(.ordered, using: &random)
            #expect(try Fixture.sequences(Fixture.recover(after).journal) == [1, 2, 3, 4])
        }
    }

    @Test func `records lost by a failed synchronization are written again`() throws {
        let disk = try Fixture.disk([3])
        let journal = try Fixture.recover(disk).journal
        try journal.append(Fixture.record(4))
        disk.synchronizationFails = true
        #expect(throws: StoreError.self) { try journal.commit() }
        disk.killProcess()
        #expect(try Fixture.sequences(Fixture.recover(disk).journal) == [1, 2, 3, 4])
        var random = SeededGenerator(seed: 1)
        let after = disk.losePower(.ordered, using: &random)
        #expect(try Fixture.sequences(Fixture.recover(after).journal) == [1, 2, 3, 4])
    }

    @Test func `a segment whose last record a cursor proves is not copied`() throws {
        let disk = try Fixture.disk([3])
        let writes = disk.writeCount
        disk.killProcess()
        _ = try Fixture.recover(disk)
        #expect(disk.writeCount == writes + 2)
        disk.killProcess()
        try Cursors.write(disk, reader: Cursors.checkpointer, sequence: 3)
        let before = disk.writeCount
        _ = try Fixture.recover(disk)
        #expect(disk.writeCount == before)
    }
}
