import Simulation
import Store
import Testing

@Suite struct JournalReaderTests {
    private func read(_ reader: JournalReader) throws -> [UInt64] {
        var sequences: [UInt64] = []
        while let record = try reader.next() {
            #expect(record.json == Fixture.record(record.sequence))
            sequences.append(record.sequence)
        }
        return sequences
    }

    @Test(arguments: [1, 512, 600, 65536])
    func `every piece size gives the same records`(pieceBytes: Int) throws {
        let disk = try Fixture.disk([5, 30, 1, 20])
        for from in [1, 2, 18, 19, 20, 40, 56] as [UInt64] {
            let reader = try JournalReader(disk: disk, from: from, through: 56, pieceBytes: pieceBytes)
            #expect(try read(reader) == Array(from...56))
        }
        #expect(try read(JournalReader(disk: disk, from: 57, through: 56, pieceBytes: pieceBytes)) == [])
        #expect(try read(JournalReader(disk: disk, from: 0, through: 3, pieceBytes: pieceBytes)) == [1, 2, 3])
        #expect(disk.openCount == 0)
    }

    @Test func `records longer than a piece are whole`() throws {
        let disk = MemoryDisk()
        let journal = try Fixture.recover(disk).journal
        try Fixture.append([1, 1, 1], length: 1000, to: journal)
        let reader = try JournalReader(disk: disk, from: 1, through: 3, pieceBytes: 512)
        var lengths: [Int] = []
        while let record = try reader.next() { lengths.append(record.json.count) }
        #expect(lengths == [1000, 1000, 1000])
    }

    @Test func `a reader stops where it was told to`() throws {
        let disk = MemoryDisk()
        let journal = try Fixture.recover(disk).journal
        try Fixture.append([10], to: journal)
        let reader = try JournalReader(disk: disk, from: 1, through: 10)
        // Records appended meanwhile make no difference to it.
        try Fixture.append([20], to: journal)
        #expect(try read(reader) == Array(1...10))
        #expect(try reader.next() == nil)
    }

    @Test func `damage is skipped and counted`() throws {
        let disk = try Fixture.disk([5, 5])
        let start = Fixture.offset(of: 3, in: Fixture.firstSegment, disk)
        disk.change(Fixture.firstSegment) { $0[start + 50] ^= 1 }
        for pieceBytes in [512, 65536] {
            let reader = try JournalReader(disk: disk, from: 1, through: 10, pieceBytes: pieceBytes)
            #expect(try read(reader) == [1, 2, 4, 5, 6, 7, 8, 9, 10])
            #expect(reader.damagedBytes == 110)
        }
    }

    @Test func `zeros in the middle are skipped`() throws {
        let disk = try Fixture.disk([5, 5])
        disk.change(Fixture.firstSegment) { $0.replaceSubrange(200..<700, with: [UInt8](repeating: 0, count: 500)) }
        let reader = try JournalReader(disk: disk, from: 1, through: 10, pieceBytes: 512)
        #expect(try read(reader) == [1, 7, 8, 9, 10])
    }

    @Test func `a segment that was retired meanwhile is skipped`() throws {
        let disk = try Fixture.disk([18, 18, 18])
        let reader = try JournalReader(disk: disk, from: 1, through: 54)
        disk.delete(Fixture.firstSegment)
        #expect(try read(reader) == Array(19...54))
    }

    @Test func `an error is reported and ends the reader`() throws {
        let disk = try Fixture.disk([5])
        disk.unreadable[Fixture.firstSegment] = 0..<10
        let reader = try JournalReader(disk: disk, from: 1, through: 5)
        #expect(throws: StoreError.self) { try reader.next() }
        #expect(try reader.next() == nil)
        #expect(disk.openCount == 0)
    }
}
