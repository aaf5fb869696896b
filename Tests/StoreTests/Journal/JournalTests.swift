import Platform
import Simulation
import Store
import Testing

@Suite struct JournalTests {
    private let disk = MemoryDisk()

    private func journal() throws -> Journal { try Fixture.recover(disk).journal }

    @Test func `committed records can be read, and staged ones cannot`() throws {
        let journal = try journal()
        #expect(try journal.append(Fixture.record(1)) == 1)
        #expect(try journal.append(Fixture.record(2)) == 2)
        #expect(journal.nextSequence == 3)
        #expect(journal.committedSequence == 0)
        #expect(try journal.record(at: 1) == nil)
        try journal.commit()
        #expect(journal.committedSequence == 2)
        #expect(try journal.record(at: 2)?.json == Fixture.record(2))
        #expect(try journal.record(at: 3) == nil)
        #expect(try journal.record(at: 0) == nil)
    }

    /// A slip in an editor can make a number that the journal would never reach.
    @Test func `nothing is appended after the highest number`() throws {
        let journal = try journal()
        journal.skip(through: UInt64(Int64.max) - 1)
        #expect(try journal.append(Fixture.record(UInt64(Int64.max))) == UInt64(Int64.max))
        try journal.commit()
        #expect(!journal.hasNumbers && !journal.canAppend(bytes: 100))
        #expect(throws: StoreError.numbersUsedUp) { try journal.append(Fixture.record(journal.nextSequence)) }
        disk.killProcess()
        let again = try self.journal()
        #expect(try again.record(at: UInt64(Int64.max)) != nil && !again.hasNumbers)
    }

    @Test func `a commit is one write and one synchronization`() throws {
        let journal = try journal()
        try Fixture.append([1], to: journal)
        let (writes, synchronizations) = (disk.writeCount, disk.synchronizeCount)
        for _ in 0..<5 { try journal.append(Fixture.record(journal.nextSequence)) }
        try journal.commit()
        #expect(disk.writeCount == writes + 1)
        #expect(disk.synchronizeCount == synchronizations + 1)
        try journal.commit()
        #expect(disk.writeCount == writes + 1)
        #expect(disk.synchronizeCount == synchronizations + 1)
    }

    @Test func `a batch crosses the end of a segment between records`() throws {
        let journal = try journal()
        try Fixture.append([40], to: journal)
        #expect(journal.segmentCount == 3)
        #expect(journal.bytes == 3 * 2048)
        #expect(try Fixture.sequences(journal) == Array(1...40))
        // 18 lines of 110 bytes and a header of 50 fit into 2,048 bytes.
        #expect(disk.text(StorePath.segment(first: 19))?.contains(#""first":19}"#) == true)
        disk.killProcess()
        #expect(try Fixture.sequences(Fixture.recover(disk).journal) == Array(1...40))
    }

    @Test func `the size above a number is that of whole segments`() throws {
        let journal = try journal()
        #expect(journal.bytes(above: 0) == 0)
        // A segment holds 18 records.
        try Fixture.append([40], to: journal)
        let segments = [0, 1, 17, 18, 35, 36, 39, 40, .max].map { journal.bytes(above: $0) / 2048 }
        #expect(segments == [3, 3, 3, 2, 2, 1, 1, 0, 0])
        try Fixture.retire(journal, through: 18)
        #expect(journal.bytes(above: 0) == 2 * 2048)
    }

    @Test func `a record that fits exactly stays in the segment`() throws {
        let journal = try journal()
        try Fixture.append([17], to: journal)
        let left = 2048 - 50 - 17 * 110
        try Fixture.append([1], length: left - 10, to: journal)
        #expect(journal.segmentCount == 1)
        try Fixture.append([1], to: journal)
        #expect(journal.segmentCount == 2)
        #expect(try Fixture.sequences(journal) == Array(1...19))
    }

    @Test func `records over the limit are refused`() throws {
        let journal = try journal()
        #expect(throws: StoreError.recordTooLarge(bytes: 1025, max: 1024)) {
            try journal.append(Fixture.record(1, length: 1025))
        }
        #expect(try journal.append(Fixture.record(1, length: 1024)) == 1)
    }

    @Test func `the next segment is requested in time, and used`() throws {
        let journal = try journal()
        #expect(journal.wantsNextSegment)
        try Fixture.append([8], to: journal)
        #expect(!journal.wantsNextSegment)
        try Fixture.append([1], to: journal)
        #expect(journal.wantsNextSegment)
        try SegmentPreparation.run(disk, bytes: 2048)
        journal.nextSegmentIsReady()
        #expect(!journal.wantsNextSegment)
        let synchronizations = disk.synchronizeCount
        try Fixture.append([10], to: journal)
        #expect(journal.segmentCount == 2)
        #expect(!disk.paths.contains(StorePath.nextSegment))
        #expect(disk.synchronizeCount == synchronizations + 2)
    }

    @Test func `an unannounced next segment is used, and one that is too small is not`() throws {
        let journal = try journal()
        try SegmentPreparation.run(disk, bytes: 4096)
        try Fixture.append([1], to: journal)
        #expect(journal.bytes == 4096)
        try SegmentPreparation.run(disk, bytes: 1000)
        try Fixture.append([40], to: journal)
        #expect(journal.bytes == 4096 + 2048)
    }

    // MARK: Lack of space

    @Test func `without space the journal refuses before it promises`() throws {
        let journal = try journal()
        try Fixture.append([18], to: journal)
        disk.capacity = disk.usedBytes + 2047
        #expect(!journal.isReadOnly)
        #expect(throws: StoreError.self) { try journal.append(Fixture.record(19)) }
        #expect(journal.isReadOnly)
        #expect(journal.readOnlyCause?.number == .noSpace)
        #expect(journal.wantsNextSegment)
        #expect(!journal.canAppend(bytes: 1))
        #expect(!journal.hasStaged)
        try journal.commit()
        #expect(!journal.retryNextSegment())
        #expect(try Fixture.sequences(journal) == Array(1...18))
        #expect(!disk.paths.contains(StorePath.rolledSegmentTemporary))

        disk.capacity += 1
        #expect(journal.retryNextSegment())
        #expect(!journal.isReadOnly)
        #expect(try journal.append(Fixture.record(19)) == 19)
        try journal.commit()
        #expect(try Fixture.sequences(journal) == Array(1...19))
    }

    @Test func `records staged before space ran out are committed`() throws {
        let journal = try journal()
        try Fixture.append([16], to: journal)
        disk.capacity = disk.usedBytes
        try journal.append(Fixture.record(17))
        try journal.append(Fixture.record(18))
        #expect(throws: StoreError.self) { try journal.append(Fixture.record(19)) }
        try journal.commit()
        #expect(try Fixture.sequences(journal) == Array(1...18))
    }

    @Test func `a prepared segment ends the read-only state`() throws {
        let journal = try journal()
        try Fixture.append([18], to: journal)
        disk.capacity = disk.usedBytes
        #expect(!journal.canAppend(bytes: 100))
        #expect(throws: StoreError.self) { try SegmentPreparation.run(disk, bytes: 2048) }
        disk.capacity = .max
        try SegmentPreparation.run(disk, bytes: 2048)
        journal.nextSegmentIsReady()
        try Fixture.append([1], to: journal)
        #expect(try Fixture.sequences(journal) == Array(1...19))
    }

    // MARK: Failure

    @Test(arguments: [ErrorNumber.noSpace, .inputOutput, .fileTooLarge, .quotaExceeded], [0, 1])
    func `after a failed commit everything throws the same error`(number: ErrorNumber, call: Int) throws {
        var count = 0
        while true {
            let disk = MemoryDisk()
            let journal = try Fixture.recover(disk).journal
            try Fixture.append([1], to: journal)
            disk.killProcess()
            // Recovery's calls come first, then the write and the synchronization of the commit.
            let faulty = FaultyDisk(disk, faultAt: count, .fails(number))
            if let journal = try? Fixture.recover(faulty).journal, !faulty.hasFaulted {
                let before = faulty.callCount
                guard before + call == count else {
                    count = before + call
                    continue
                }
                try journal.append(Fixture.record(2))
                #expect(throws: StoreError.self) { try journal.commit() }
                expectFailed(journal, number)
                return
            }
            count += 1
        }
    }

    private func expectFailed(_ journal: Journal, _ number: ErrorNumber) {
        let calls: [(String, () throws -> Void)] = [
            ("commit", { try journal.commit() }),
            ("append", { try journal.append(Fixture.record(journal.nextSequence)) }),
            ("reserve", { try journal.reserve(bytes: 1) }),
            ("retireOldest", { try journal.retireOldest(through: 1) }),
        ]
        for (name, call) in calls {
            do {
                try call()
                Issue.record("\(name) did not throw")
            } catch StoreError.journalFailed(let cause) {
                #expect(cause.number == number)
            } catch {
                Issue.record("\(name) threw \(error)")
            }
        }
        #expect(!journal.canAppend(bytes: 1))
        #expect(!journal.retryNextSegment())
        #expect(!journal.wantsNextSegment)
        #expect(journal.committedSequence == 1)
    }

    // MARK: Reading and retention

    @Test func `any record is found, wherever it is`() throws {
        let journal = try journal()
        try Fixture.append(Array(repeating: 7, count: 60), length: 40, to: journal)
        for sequence in UInt64(1)...420 {
            #expect(try journal.record(at: sequence)?.sequence == sequence)
        }
        let some = try journal.records(from: 100, countMax: 5, bytesMax: .max)
        #expect(some.map(\.sequence) == Array(100...104))
        #expect(try journal.records(from: 100, countMax: .max, bytesMax: 81).map(\.sequence) == [100, 101, 102])
        #expect(try journal.records(from: 421, countMax: 5, bytesMax: .max).isEmpty)
    }

    @Test func `whole segments are retired, oldest first`() throws {
        let journal = try journal()
        try Fixture.append([18, 18, 18], to: journal)
        #expect(try !journal.retireOldest(through: 17))
        #expect(journal.oldestSequence == 1)
        #expect(journal.oldestSegmentEnd == 18)
        #expect(try journal.retireOldest(through: 18))
        #expect(journal.oldestSequence == 19)
        #expect(try journal.record(at: 18) == nil)
        // Until that is durable nothing more goes, and the segment in use stays, whatever records it has.
        #expect(try !journal.retireOldest(through: .max))
        try journal.commit()
        #expect(try journal.retireOldest(through: .max))
        try journal.commit()
        #expect(try !journal.retireOldest(through: .max))
        #expect(journal.oldestSequence == 37)
        #expect(journal.bytes == 2048)
        #expect(disk.paths.filter { $0.hasSuffix(".log") } == [StorePath.segment(first: 37)])
        disk.killProcess()
        let outcome = try Fixture.recover(disk)
        #expect(outcome.findings.isEmpty)
        #expect(outcome.journal.nextSequence == 55)
        #expect(outcome.journal.oldestSequence == 37)
    }

    @Test func `nothing is retired while the segment in use is not durable`() throws {
        let journal = try journal()
        try Fixture.append([18], to: journal)
        try journal.append(Fixture.record(19))
        #expect(try !journal.retireOldest(through: 18))
        try journal.commit()
        #expect(try journal.retireOldest(through: 18))
    }

    @Test func `skipped numbers are not reused`() throws {
        let journal = try journal()
        try Fixture.append([2], to: journal)
        journal.skip(through: 10)
        #expect(journal.nextSequence == 11)
        journal.skip(through: 5)
        try Fixture.append([1], to: journal)
        #expect(try Fixture.sequences(journal) == [1, 2, 11])
    }

    @Test func `files are closed`() throws {
        do {
            let journal = try journal()
            try Fixture.append([40, 40], to: journal)
            _ = try Fixture.sequences(journal)
            // The lock and the segment in use.
            #expect(disk.openCount == 2)
        }
        #expect(disk.openCount == 1)
    }
}
