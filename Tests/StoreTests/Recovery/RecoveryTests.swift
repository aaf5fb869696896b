import Simulation
import Store
import Testing

/// Recovery of new directories, and of what a crash leaves.
@Suite struct RecoveryTests {
    private let first = Fixture.firstSegment
    private let second = StorePath.segment(first: 19)

    private func recover(_ disk: MemoryDisk) throws -> (Recovery.Outcome, [UInt64]) {
        try Fixture.recoverTwice(disk)
    }

    private func quarantined(_ disk: MemoryDisk) -> [String] {
        disk.paths.filter { $0.hasPrefix("quarantine/") }
    }

    // MARK: Starting at all

    @Test func `an empty directory becomes a new station`() throws {
        let disk = MemoryDisk()
        let outcome = try Fixture.recover(disk)
        #expect(outcome.isNew)
        #expect(outcome.findings.isEmpty)
        #expect(outcome.station == StationFile(stationID: 7, epoch: "epoch1"))
        #expect(outcome.journal.nextSequence == 1)
        #expect(outcome.journal.committedSequence == 0)
        #expect(outcome.journal.oldestSequence == 1)
        #expect(disk.text("station.json") == "{\n  \"format\": 1,\n  \"station_id\": 7,\n  \"epoch\": \"epoch1\"\n}\n")
    }

    @Test func `an intact journal is kept`() throws {
        let disk = try Fixture.disk([3, 1, 40])
        let outcome = try Fixture.recover(disk, epoch: "other")
        #expect(!outcome.isNew)
        #expect(outcome.findings.isEmpty)
        #expect(outcome.station.epoch == "epoch1")
        #expect(outcome.recordCount == 44)
        #expect(try Fixture.sequences(outcome.journal) == Array(1...44))
    }

    @Test func `two processes never share a directory`() throws {
        let disk = MemoryDisk()
        let outcome = try Fixture.recover(disk)
        #expect(throws: StoreError.locked(path: "lock")) { try Fixture.recover(disk) }
        _ = outcome
    }

    @Test func `an unknown format is refused`() throws {
        let disk = try Fixture.disk([3])
        disk.put("station.json", #"{"format": 2, "station_id": 7, "epoch": "epoch1"}"#)
        for _ in 0..<2 { #expect(throws: StoreError.unknownFormat(2)) { try Fixture.recover(disk) } }
        #expect(quarantined(disk).isEmpty)
    }

    @Test(arguments: ["", "{", "[]", "{\"format\":1}", #"{"format":1,"station_id":7,"epoch":"a b"}"#])
    func `a damaged station file is rewritten with the journal's epoch`(text: String) throws {
        let disk = try Fixture.disk([3])
        disk.put("station.json", text)
        let outcome = try Fixture.recover(disk, epoch: "other")
        #expect(outcome.station.epoch == "epoch1")
        #expect(outcome.findings.damage.map(\.file) == ["station.json"])
        #expect(quarantined(disk) == ["quarantine/station.json"])
        #expect(try Fixture.sequences(outcome.journal) == [1, 2, 3])
    }

    @Test func `a missing station file is rewritten with the journal's epoch`() throws {
        let disk = try Fixture.disk([3])
        disk.delete("station.json")
        let outcome = try Fixture.recover(disk, epoch: "other")
        #expect(!outcome.isNew)
        #expect(outcome.station.epoch == "epoch1")
        #expect(outcome.findings.has(.damage, "missing"))
    }

    @Test func `without a journal a damaged station file gets a new epoch`() throws {
        let disk = MemoryDisk()
        disk.put("station.json", "{")
        let outcome = try Fixture.recover(disk, epoch: "other")
        #expect(outcome.station.epoch == "other")
        #expect(outcome.findings.has(.damage, "cannot be understood"))
    }

    @Test func `numbers continue after a cursor when the journal is gone`() throws {
        let disk = try Fixture.disk([3])
        disk.delete(first)
        try Cursors.write(disk, reader: Cursors.checkpointer, sequence: 3)
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == [])
        #expect(outcome.journal.nextSequence == 4)
        #expect(outcome.findings.has(.damage, "record 3 was durable"))
    }

    // MARK: Segments without records

    @Test(arguments: [0, 2048])
    func `an empty segment is removed`(size: Int) throws {
        let disk = try Fixture.disk([3])
        disk.put(StorePath.segment(first: 4), [UInt8](repeating: 0, count: size))
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == [1, 2, 3])
        #expect(outcome.journal.nextSequence == 4)
        #expect(outcome.findings.map(\.severity) == [.note])
    }

    @Test func `a segment with only a header is removed`() throws {
        let disk = try Fixture.disk([18, 1])
        disk.change(second) { $0.replaceSubrange(51..<2048, with: [UInt8](repeating: 0, count: 1997)) }
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == Array(1...18))
        #expect(outcome.findings.map(\.severity) == [.note])
    }

    @Test func `an empty segment's name gives the next number if nothing else does`() throws {
        let disk = try Fixture.disk([18, 1])
        disk.delete(first)
        disk.put(second, [UInt8](repeating: 0, count: 2048))
        let (outcome, _) = try recover(disk)
        #expect(outcome.journal.nextSequence == 19)
    }

    // MARK: Torn writes

    @Test func `a torn last record is cut off and kept aside`() throws {
        for kept in 1..<110 {
            let disk = try Fixture.disk([3, 1])
            let start = Fixture.offset(of: 4, in: first, disk)
            let torn = Array((disk.bytes(first) ?? [])[start..<(start + kept)])
            disk.change(first) { bytes in for index in (start + kept)..<(start + 110) { bytes[index] = 0 } }
            let (outcome, sequences) = try recover(disk)
            #expect(sequences == [1, 2, 3])
            #expect(outcome.findings.map(\.severity) == [.note])
            #expect(outcome.findings.first?.line == 5)
            #expect(outcome.findings.first?.offset == start)
            #expect(disk.bytes("quarantine/00000000000000000001.log-\(start).torn") == torn)
        }
    }

    @Test func `a changed bit anywhere in the last record cuts it off`() throws {
        for index in 0..<110 {
            let disk = try Fixture.disk([3, 1])
            let start = Fixture.offset(of: 4, in: first, disk)
            disk.change(first) { $0[start + index] ^= 4 }
            let (outcome, sequences) = try recover(disk)
            #expect(sequences == [1, 2, 3], "byte \(index)")
            #expect(outcome.findings.map(\.severity) == [.note], "byte \(index)")
        }
    }

    @Test func `a write is cut off at its first bad record`() throws {
        let disk = try Fixture.disk([3, 4])
        let start = Fixture.offset(of: 5, in: first, disk)
        disk.change(first) { $0[start + 60] ^= 1 }
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == [1, 2, 3, 4])
        #expect(outcome.findings.map(\.severity) == [.note])
        #expect(disk.bytes("quarantine/00000000000000000001.log-\(start).torn")?.count == 330)
    }

    @Test func `a write whose beginning is missing is cut off`() throws {
        let disk = try Fixture.disk([3, 4])
        let start = Fixture.offset(of: 4, in: first, disk)
        disk.change(first) { $0.replaceSubrange(start..<(start + 110), with: [UInt8](repeating: 0, count: 110)) }
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == [1, 2, 3])
        #expect(outcome.findings.map(\.severity) == [.note])
    }

    @Test func `a segment goes with its torn first write`() throws {
        for damage in [0..<10, 0..<300] {
            let disk = try Fixture.disk([18, 3])
            disk.change(second) { bytes in
                for index in 60..<400 { bytes[index] = 0x21 }
                for index in damage { bytes[index] = 0x21 }
            }
            let (outcome, sequences) = try recover(disk)
            #expect(sequences == Array(1...18))
            #expect(outcome.findings.damage.isEmpty)
            #expect(quarantined(disk).count == 1)
        }
    }

    @Test func `garbage after zeros is cut off`() throws {
        let disk = try Fixture.disk([3])
        disk.change(first) { $0[1500] = 0x41 }
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == [1, 2, 3])
        #expect(outcome.findings.map(\.severity) == [.note])
        #expect(disk.bytes("quarantine/00000000000000000001.log-1500.torn") == [0x41])
        #expect(disk.bytes(first)?[1500] == 0)
    }

    @Test func `a torn write is cut off even without space to keep it aside`() throws {
        let disk = try Fixture.disk([3, 1])
        disk.change(first) { $0[Fixture.offset(of: 4, in: Fixture.firstSegment, disk) + 20] ^= 1 }
        disk.put("ballast", [])
        disk.put("lock.checkpointer", [])
        disk.capacity = disk.usedBytes
        let outcome = try Fixture.recover(disk)
        #expect(try Fixture.sequences(outcome.journal) == [1, 2, 3])
        #expect(outcome.findings.has(.note, "cut short"))
        #expect(quarantined(disk).isEmpty)
        try Fixture.append([1], to: outcome.journal)
    }

    @Test func `a record that a cursor proves was never torn`() throws {
        let disk = try Fixture.disk([3, 2])
        try Cursors.write(disk, reader: Cursors.checkpointer, sequence: 5)
        disk.change(first) { $0[Fixture.offset(of: 4, in: Fixture.firstSegment, disk) + 20] ^= 1 }
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == [1, 2, 3, 5])
        #expect(outcome.findings.has(.damage, "not a valid record"))
        #expect(outcome.findings.has(.damage, "record 4 is missing"))
    }

    @Test func `a lost last record that a cursor proves is reported, and its number is not reused`() throws {
        let disk = try Fixture.disk([3, 1])
        try Cursors.write(disk, reader: Cursors.checkpointer, sequence: 4)
        disk.change(first) { $0[Fixture.offset(of: 4, in: Fixture.firstSegment, disk) + 20] ^= 1 }
        let (outcome, sequences) = try recover(disk)
        #expect(sequences == [1, 2, 3])
        #expect(outcome.journal.nextSequence == 5)
        #expect(outcome.findings.has(.damage, "record 4 was durable"))
    }

    /// A killed process's checkpointer does nothing while another process reads documents.
    @Test func `child processes are kept out until their locks are closed`() throws {
        let disk = try Fixture.disk([3])
        let options = Recovery.Options(stationID: 7, newEpoch: "epoch1", limits: Fixture.limits)
        let outcome = try Recovery.run(disk, options, keepsChildrenOut: true)
        #expect(throws: StoreError.locked(path: StorePath.checkpointerLock)) {
            try Checkpoint.run(disk, through: 3) { _, _, _ in }
        }
        #expect(throws: StoreError.locked(path: StorePath.segmentLock)) {
            try SegmentPreparation.run(disk, bytes: 2048)
        }
        for lock in outcome.childLocks { disk.close(lock) }
        #expect(try Checkpoint.run(disk, through: 3) { _, _, _ in }.sequence == 3)
    }
}
