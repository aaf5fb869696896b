import Simulation
import Testing

@testable import Store

/// Recovery of segments in each case of the tables in SegmentCases.swift, with and without space on the disk.
@Suite struct SegmentCaseTests {
    private let first = Fixture.firstSegment
    private let second = StorePath.segment(first: 19)
    private let garbage = [UInt8](repeating: 0x41, count: 2048)

    private func recover(_ disk: MemoryDisk, hasSpace: Bool) throws(StoreError) -> Recovery.Outcome {
        try Fixture.recover(hasSpace ? disk : FaultyDisk(disk, faultAt: 0, .isFull))
    }

    private func quarantined(_ disk: MemoryDisk) -> [String] {
        disk.paths.filter { $0.hasPrefix("quarantine/") }
    }

    /// Damages the record in the middle.
    private func damage(_ sequence: UInt64, in path: String, _ disk: MemoryDisk) -> Range<Int> {
        let start = Fixture.offset(of: sequence, in: path, disk)
        disk.change(path) { $0[start + 50] ^= 1 }
        return start..<(start + 110)
    }

    // MARK: Whole segments

    /// A disk with a segment in this case, and what recovery makes of it.
    private func scenario(
        _ found: SegmentCase
    ) throws -> (disk: MemoryDisk, path: String, sequences: [UInt64], next: UInt64) {
        let disk: MemoryDisk
        switch found {
        case .unopenable:
            disk = try Fixture.disk([18, 3])
            disk.unopenable = [second]
            return (disk, second, Array(1...18), 19 + 2048 / 20 + 1)
        case .otherEpoch:
            disk = try Fixture.disk([18])
            disk.put(second, Fixture.segment(first: 19, epoch: "other", calls: [[19, 20]]))
            return (disk, second, Array(1...18), 19)
        case .otherName:
            disk = try Fixture.disk([18])
            let path = StorePath.segment(first: 20)
            disk.put(path, Fixture.segment(first: 19, calls: [[19, 20, 21]]))
            return (disk, path, Array(1...18), 22)
        case .empty:
            disk = try Fixture.disk([])
            disk.put(second, Fixture.segment(first: 19, calls: []))
            return (disk, second, [], 19)
        case .tornFirstWrite:
            disk = try Fixture.disk([18])
            let path = StorePath.segment(first: 30)
            disk.put(path, garbage)
            return (disk, path, Array(1...18), 30)
        case .unreadable:
            disk = try Fixture.disk([18, 18, 3])
            disk.put(second, garbage)
            return (disk, second, Array(1...18) + [37, 38, 39], 40)
        case .unreadableDurable:
            disk = try Fixture.disk([18])
            try Cursors.write(disk, reader: Cursors.checkpointer, sequence: 21)
            disk.put(second, garbage)
            return (disk, second, Array(1...18), 22)
        case .repeated:
            disk = try Fixture.disk([18])
            disk.put(second, Fixture.segment(first: 19, calls: [[5, 6]]))
            return (disk, second, Array(1...18), 19)
        case .emptiedByCut:
            disk = try Fixture.disk([18, 3])
            _ = damage(19, in: second, disk)
            return (disk, second, Array(1...18), 19)
        case .belowItsName:
            disk = try Fixture.disk([])
            let path = StorePath.segment(first: 4)
            disk.put(path, [0x21] + Fixture.segment(first: 4, calls: [[1, 2, 3]]).dropFirst())
            return (disk, path, [1, 2, 3], 5)
        case .sound:
            return (try Fixture.disk([18, 3]), second, Array(1...21), 22)
        }
    }

    @Test(arguments: SegmentCase.allCases, [true, false])
    func `a segment is treated as its case says`(found: SegmentCase, hasSpace: Bool) throws {
        let (disk, path, sequences, next) = try scenario(found)
        let outcome = try recover(disk, hasSpace: hasSpace)
        #expect(try Fixture.sequences(outcome.journal) == sequences)
        #expect(outcome.journal.nextSequence == next)
        let findings = outcome.findings.filter { $0.file == path }
        if let severity = found.severity { #expect(findings.map(\.severity).contains(severity), "\(findings)") }
        if found == .sound { #expect(outcome.findings.isEmpty) }

        let treatment = hasSpace ? found.treatment : found.treatmentWithoutSpace
        let isThere = disk.bytes(path) != nil
        let aside = quarantined(disk)
        switch treatment {
        case .keep: #expect(isThere)
        case .remove: #expect(!isThere && aside == [])
        case .removeKeepingTorn, .repairAndRemove:
            #expect(!isThere)
            #expect(aside.map { $0.hasSuffix(".torn") } == (hasSpace ? [true] : []))
        case .moveAside:
            #expect(!isThere && aside == ["quarantine/journal-" + path.dropFirst("journal/".count)])
        case .skip: #expect(isThere && aside == [])
        }
        #expect(outcome.journal.hasStrays == (treatment == .skip))
        #expect(outcome.journal.isReadOnly == (treatment == .skip))
    }

    // MARK: Bad places

    @Test(arguments: PlaceCase.allCases, [true, false])
    func `a bad place is treated as its case says`(found: PlaceCase, hasSpace: Bool) throws {
        let disk: MemoryDisk
        let place: Range<Int>
        switch found {
        case .unreadable: return try expectUnreadable(hasSpace: hasSpace)
        case .torn:
            disk = try Fixture.disk([3, 2])
            // The other record of the same call, which is intact, goes with it.
            let start = damage(4, in: first, disk).lowerBound
            place = start..<(start + 220)
        case .durableEnd:
            disk = try Fixture.disk([3, 2])
            try Cursors.write(disk, reader: Cursors.checkpointer, sequence: 5)
            place = damage(4, in: first, disk)
        case .beforeLaterCall:
            disk = try Fixture.disk([5, 5])
            place = damage(3, in: first, disk)
        case .earlierSegment:
            disk = try Fixture.disk([18, 3])
            place = damage(18, in: first, disk)
        }
        let before = try #require(disk.bytes(first))
        let outcome = try recover(disk, hasSpace: hasSpace)
        let finding = try #require(outcome.findings.first { $0.offset == place.lowerBound })
        #expect(finding.severity == found.severity && finding.file == first)
        let after = try #require(disk.bytes(first))
        #expect(after[..<place.lowerBound] == before[..<place.lowerBound])
        let name = "quarantine/00000000000000000001.log-\(place.lowerBound)"
        switch found.treatment {
        case .countAsDamage: break
        case .cut:
            #expect(after[place.lowerBound...].allSatisfy { $0 == 0 })
            #expect(disk.bytes(name + ".torn") == (hasSpace ? Array(before[place]) : nil))
        case .replace:
            #expect(Array(after[place]) == (hasSpace ? JournalLine.blank(count: place.count) : Array(before[place])))
            #expect(after[place.upperBound...] == before[place.upperBound...])
            #expect(disk.bytes(name + ".damaged") == (hasSpace ? Array(before[place]) : nil))
        }
    }

    /// 100 records in calls of their own, some of which are in a block that cannot be read.
    private func expectUnreadable(hasSpace: Bool) throws {
        let disk = try Fixture.disk([])
        disk.put(first, Fixture.segment(first: 1, calls: (1...100).map { [$0] }, size: 16 * 1024))
        disk.unreadable[first] = 5000..<5010
        let outcome = try recover(disk, hasSpace: hasSpace)
        let finding = try #require(outcome.findings.first)
        #expect(finding.severity == PlaceCase.unreadable.severity)
        #expect(finding.offset == 4096 && finding.problem == "4096 bytes cannot be read")
        // The block, with the line that begins before it and the one that ends after it, is damage like any other.
        #expect(outcome.findings.has(.damage, "are not a valid record"))
        #expect(outcome.recordCount == 100 - 39 && outcome.journal.nextSequence == 101)
        #expect(quarantined(disk).count == (hasSpace ? 1 : 0))
    }

    @Test(arguments: ReplacementCase.allCases, [true, false])
    func `a damaged place gets what its case says`(found: ReplacementCase, hasSpace: Bool) throws {
        let disk = try Fixture.disk([5, 5])
        let header = try #require(disk.bytes(first).map { SegmentScan($0).pieces[0].range })
        let place: Range<Int>
        switch found {
        case .records: place = damage(3, in: first, disk)
        case .header:
            disk.change(first) { $0[20] ^= 1 }
            place = header
        case .shortHeader:
            disk.change(first) { $0.replaceSubrange(header, with: [0x21, 0x0A]) }
            place = 0..<2
        }
        let before = try #require(disk.bytes(first))
        let outcome = try recover(disk, hasSpace: hasSpace)
        #expect(outcome.findings.first { $0.offset == place.lowerBound }?.severity == .damage)
        let after = try #require(disk.bytes(first).map { Array($0[place]) })
        switch hasSpace ? found.treatment : found.treatmentWithoutSpace {
        case .writeBlankLine: #expect(after == JournalLine.blank(count: place.count))
        case .writeHeader: #expect(SegmentScan(after).header == JournalHeader(epoch: "epoch1", first: 1))
        case .leave: #expect(after == Array(before[place]))
        }
        #expect(try Fixture.sequences(outcome.journal) == (1...10).filter { found != .records || $0 != 3 })
    }

    // MARK: Records

    @Test(arguments: RecordCase.allCases, [true, false])
    func `a record counts as its case says`(found: RecordCase, hasSpace: Bool) throws {
        let disk = try Fixture.disk([18])
        let sequences: [UInt64] =
            switch found {
            case .next: [19, 20]
            case .afterGap: [19, 25]
            case .repeated: [18, 19]
            }
        disk.put(second, Fixture.segment(first: 19, calls: [sequences]))
        let place = Fixture.offset(of: sequences[0], in: second, disk)
        let before = try #require(disk.bytes(second).map { Array($0[place..<(place + 110)]) })
        let outcome = try recover(disk, hasSpace: hasSpace)
        #expect(outcome.findings.map(\.severity) == (found.severity.map { [$0] } ?? []))
        let after = try #require(disk.bytes(second).map { Array($0[place..<(place + 110)]) })
        let treatment = hasSpace ? found.treatment : found.treatmentWithoutSpace
        #expect(after == (treatment == .blank ? JournalLine.blank(count: 110) : before))
        #expect(quarantined(disk).count == (treatment == .blank ? 1 : 0))
        let kept = sequences.filter { treatment == .keep || $0 > 18 }
        #expect(try Fixture.sequences(outcome.journal) == Array(1...18) + kept)
    }

    // MARK: The last segment

    @Test(arguments: LastSegmentCase.allCases, [true, false])
    func `the last segment is made durable as its case says`(found: LastSegmentCase, hasSpace: Bool) throws {
        let disk = try Fixture.disk([1, 1, 1])
        if found != .unproven { try Cursors.write(disk, reader: Cursors.checkpointer, sequence: 3) }
        if found == .repaired { _ = damage(2, in: first, disk) }
        let watched = FaultyDisk(disk, faultAt: hasSpace ? .max : 0, .isFull)
        let outcome = try Fixture.recover(watched)
        let isCopied = watched.renamedTo.contains(first)
        switch hasSpace ? found.treatment : found.treatmentWithoutSpace {
        case .use: #expect(!isCopied)
        case .replaceWithCopy: #expect(isCopied)
        }
        #expect(try Fixture.sequences(outcome.journal) == (found == .repaired ? [1, 3] : [1, 2, 3]))
    }
}
