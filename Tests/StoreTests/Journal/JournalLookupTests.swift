import Simulation
import Store
import Testing

@Suite struct JournalLookupTests {
    @Test(arguments: [1, 3, 64, 200])
    func `a lookup finds what is there and nothing else`(step: Int) throws {
        let disk = MemoryDisk()
        let journal = try Fixture.recover(disk).journal
        try Fixture.append([300, 5, 400], to: journal)
        for start in [1, 2, 77] as [UInt64] {
            let lookup = JournalLookup(journal, pieceBytes: 600)
            for sequence in stride(from: start, through: 720, by: step) {
                let record = try lookup.record(at: sequence)
                #expect(record?.json == (sequence <= 705 ? Fixture.record(sequence) : nil), "\(sequence)")
            }
        }
        // The segment in use, and the lookup's file.
        #expect(disk.openCount <= 2)
    }

    @Test func `a damaged record is skipped, and the next is found`() throws {
        let disk = MemoryDisk()
        let journal = try Fixture.recover(disk).journal
        try Fixture.append([10], to: journal)
        let start = Fixture.offset(of: 3, in: Fixture.firstSegment, disk)
        disk.change(Fixture.firstSegment) { $0[start + 50] ^= 1 }
        let lookup = JournalLookup(journal)
        #expect(try lookup.record(at: 2)?.sequence == 2)
        #expect(try lookup.record(at: 3) == nil)
        #expect(try lookup.record(at: 4)?.sequence == 4)
        #expect(try lookup.record(at: 9)?.sequence == 9)
    }

    @Test func `retired records are not found`() throws {
        let disk = MemoryDisk()
        let journal = try Fixture.recover(disk).journal
        try Fixture.append([60], to: journal)
        try Fixture.retire(journal, through: 30)
        let oldest = journal.oldestSequence
        #expect(oldest > 1)
        let lookup = JournalLookup(journal)
        #expect(try lookup.record(at: oldest - 1) == nil)
        #expect(try lookup.record(at: oldest)?.sequence == oldest)
    }

    /// A device that failed for a moment has lost nothing.
    @Test func `after a failed read everything is found again`() throws {
        let disk = MemoryDisk()
        let journal = try Fixture.recover(disk).journal
        try Fixture.append([120], to: journal)
        for failing in [1, 2, 50, 119] as [UInt64] {
            let lookup = JournalLookup(journal, pieceBytes: 600)
            #expect(try lookup.record(at: failing == 1 ? 2 : 1) != nil)
            for path in disk.paths where path.hasPrefix("journal/") { disk.unreadable[path] = 0..<Int.max }
            #expect(throws: StoreError.self) {
                for sequence in failing...120 { _ = try lookup.record(at: sequence) }
            }
            disk.unreadable = [:]
            for sequence in [failing, failing + 1, 120] {
                #expect(try lookup.record(at: sequence)?.sequence == sequence)
            }
        }
    }
}
