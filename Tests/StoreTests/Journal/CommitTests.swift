import Platform
import Simulation
import Testing

@testable import Store

/// Commits whose synchronization goes on beside the caller.
@Suite struct CommitTests {
    let disk = MemoryDisk()

    private func journal() throws -> Journal { try Fixture.recover(disk).journal }

    private func append(_ count: Int, to journal: Journal) throws {
        for _ in 0..<count { try journal.append(Fixture.record(journal.nextSequence)) }
    }

    /// Does what the kernel would do for a request.
    private func synchronize(_ request: SyncRequest) throws {
        if let file = request.file { try disk.synchronize(file) }
        if request.directory != nil { try disk.synchronizeDirectory(StorePath.journal) }
    }

    /// What a power cut would leave.
    private func durable() throws -> [UInt64] {
        try Fixture.sequences(Fixture.recover(disk.durableCopy()).journal)
    }

    @Test func `a record counts as durable when its commit has ended, and not before`() throws {
        let journal = try journal()
        try append(2, to: journal)
        let request = try #require(try journal.beginCommit())
        #expect(journal.committedSequence == 0)
        #expect(!journal.isSettled)
        try synchronize(request)
        #expect(journal.committedSequence == 0)
        try journal.endCommit()
        #expect(journal.committedSequence == 2)
        #expect(journal.isSettled)
        #expect(try durable() == [1, 2])
    }

    @Test func `what is staged while a commit is under way waits for the next one`() throws {
        let journal = try journal()
        try append(1, to: journal)
        let first = try #require(try journal.beginCommit())
        try append(3, to: journal)
        #expect(try journal.beginCommit() == nil)
        try synchronize(first)
        try journal.endCommit()
        #expect(journal.committedSequence == 1)
        let second = try #require(try journal.beginCommit())
        try synchronize(second)
        try journal.endCommit()
        #expect(journal.committedSequence == 4)
        #expect(try journal.beginCommit() == nil)
        #expect(try durable() == [1, 2, 3, 4])
    }

    /// Otherwise a crash could keep the newer segment and lose the end of the older one.
    @Test func `a full segment is durable before the next one is written`() throws {
        let journal = try journal()
        // A segment holds 18 records.
        try append(40, to: journal)
        var ends: [UInt64] = []
        while let request = try journal.beginCommit() {
            #expect(try journal.beginCommit() == nil)
            let next = ends.count < 2 ? [StorePath.segment(first: 19), StorePath.segment(first: 37)][ends.count] : ""
            if !next.isEmpty { #expect(disk.bytes(next)?.allSatisfy { $0 == 0 } == true) }
            try synchronize(request)
            try journal.endCommit()
            ends.append(journal.committedSequence)
            #expect(try durable() == Array(1...journal.committedSequence))
        }
        #expect(ends == [18, 36, 40])
    }

    @Test func `a segment that becomes full while its commit is under way stays open until that has ended`() throws {
        let journal = try journal()
        try append(18, to: journal)
        let first = try #require(try journal.beginCommit())
        try append(1, to: journal)
        try synchronize(first)
        try journal.endCommit()
        let second = try #require(try journal.beginCommit())
        #expect(second.directory != nil)
        try synchronize(second)
        try journal.endCommit()
        #expect(journal.committedSequence == 19)
        #expect(try durable() == Array(1...19))
        // The lock, and the segment in use.
        #expect(disk.openCount == 2)
    }

    @Test func `after a failed synchronization nothing is durable and nothing can be done`() throws {
        let journal = try journal()
        try append(1, to: journal)
        _ = try #require(try journal.beginCommit())
        #expect(throws: StoreError.self) { try journal.endCommit(.inputOutput) }
        #expect(journal.committedSequence == 0)
        #expect(throws: StoreError.self) { try journal.beginCommit() }
        #expect(throws: StoreError.self) { try journal.append(Fixture.record(2)) }
    }

    @Test func `the removal of a segment becomes durable without records`() throws {
        let journal = try journal()
        try Fixture.append([18, 18, 18], to: journal)
        #expect(try journal.retireOldest(through: 18))
        #expect(disk.durableCopy().paths.contains(StorePath.segment(first: 1)))
        let request = try #require(try journal.beginCommit())
        #expect(request.file == nil)
        #expect(try !journal.retireOldest(through: 36))
        try synchronize(request)
        try journal.endCommit()
        #expect(!disk.durableCopy().paths.contains(StorePath.segment(first: 1)))
        #expect(try journal.retireOldest(through: 36))
    }

    /// Every call of such a workload is the last one, once each.
    @Test func `whatever happens between a write and its end, what has ended survives a power cut`() throws {
        var random = SeededGenerator(seed: 14)
        var checks = 0
        for _ in 0..<200 {
            let disk = MemoryDisk()
            let journal = try Fixture.recover(disk).journal
            var underWay: SyncRequest?
            for _ in 0..<random.number(1...30) {
                switch random.number(0...3) {
                case 0, 1:
                    for _ in 0..<random.number(1...9) { try journal.append(Fixture.record(journal.nextSequence)) }
                case 2 where underWay == nil: underWay = try journal.beginCommit()
                default:
                    guard let request = underWay else { continue }
                    if let file = request.file { try disk.synchronize(file) }
                    if request.directory != nil { try disk.synchronizeDirectory(StorePath.journal) }
                    try journal.endCommit()
                    underWay = nil
                }
            }
            let promised = journal.committedSequence
            for loss in [MemoryDisk.NameLoss.ordered, .independent] {
                let rest = try Fixture.recover(disk.losePower(loss, using: &random)).journal
                let sequences = try Fixture.sequences(rest)
                #expect(sequences.starts(with: Array(1...max(1, promised)).prefix(Int(promised))))
                checks += 1
            }
        }
        #expect(checks == 400)
    }
}
