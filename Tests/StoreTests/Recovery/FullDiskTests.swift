import Simulation
import Testing

@testable import Store

/// Recovery of a damaged directory without space to move anything aside: the station starts, and says so.
@Suite struct FullDiskTests {
    private let second = StorePath.segment(first: 19)
    private let third = StorePath.segment(first: 37)

    /// Four segments, and a fault in nearly everything.
    private func disk() throws -> MemoryDisk {
        let other = MemoryDisk()
        try Fixture.append([18, 18, 3], to: try Fixture.recover(other, epoch: "other").journal)
        let disk = try Fixture.disk([18, 18, 18, 3])
        disk.put(third, other.bytes(third) ?? [])
        disk.unopenable = [second]
        disk.change(Fixture.firstSegment) { $0[300] ^= 1 }
        disk.put("station.json", "{")
        disk.put("cursors/checkpointer.json", "{")
        disk.put("cursors/uplink.json.tmp", "{")
        disk.put("journal/notes.txt", "x")
        disk.put("journal/next.tmp", "x")
        return disk
    }

    @Test func `a damaged station starts on a full disk`() throws {
        let disk = try disk()
        let outcome = try Fixture.recover(FaultyDisk(disk, faultAt: 0, .isFull))
        #expect(outcome.station.epoch == "epoch1")
        #expect(outcome.checkpointed == 0)
        #expect(try Fixture.sequences(outcome.journal).suffix(3) == [55, 56, 57])
        for file in ["station.json", "cursors/checkpointer.json", second, third] {
            let finding = try #require(outcome.findings.first { $0.file == file }, "\(file)")
            #expect(finding.action?.contains("for want of space") == true, "\(finding)")
        }
        #expect(disk.paths.allSatisfy { !$0.hasPrefix("quarantine/") })
        #expect(disk.text("station.json") == "{" && disk.text("cursors/checkpointer.json") == "{")
        // Other readers must keep away from the strays, and nothing may overwrite them.
        #expect(outcome.journal.hasStrays && outcome.journal.isReadOnly)
        #expect(throws: StoreError.self) { try Fixture.append([1], to: outcome.journal) }
        outcome.journal.nextSegmentIsReady()
        #expect(outcome.journal.isReadOnly)
    }

    @Test func `once there is space the station continues by itself`() throws {
        let disk = try disk()
        let full = FaultyDisk(disk, faultAt: 0, .isFull)
        let outcome = try Fixture.recover(full)
        #expect(!outcome.journal.retryNextSegment() && outcome.journal.hasStrays)
        full.fault = nil
        #expect(outcome.journal.retryNextSegment())
        #expect(!outcome.journal.hasStrays && !outcome.journal.isReadOnly)
        #expect(disk.bytes(second) == nil && disk.bytes(third) == nil)
        let next = outcome.journal.nextSequence
        // Nothing has been appended yet, and the segment that gave the number is gone.
        disk.killProcess()
        let again = try Fixture.recover(disk)
        #expect(again.journal.nextSequence == next)
        try Fixture.append([2], to: again.journal)
        #expect(try Fixture.sequences(again.journal).last == next + 1)
    }

    /// If space runs out at any call of a start, the next start finds the same records, and no number is used twice.
    @Test func `nothing is lost wherever space runs out`() throws {
        let whole = try disk()
        let expected = try Fixture.recover(whole)
        let sequences = try Fixture.sequences(expected.journal)
        var call = 0
        while true {
            let disk = try disk()
            let full = FaultyDisk(disk, faultAt: call, .isFull)
            let outcome = try Fixture.recover(full)
            #expect(try Fixture.sequences(outcome.journal) == sequences, "call \(call)")
            #expect(outcome.journal.nextSequence == expected.journal.nextSequence, "call \(call)")
            disk.killProcess()
            let again = try Fixture.recover(disk)
            #expect(try Fixture.sequences(again.journal) == sequences, "call \(call)")
            #expect(again.journal.nextSequence == expected.journal.nextSequence, "call \(call)")
            #expect(!again.journal.hasStrays)
            guard full.hasFaulted else { break }
            call += 1
        }
        #expect(call > 40)
    }

    @Test func `without space, files that are not documents stay where they are`() throws {
        let disk = MemoryDisk()
        disk.put("tickets/notes.txt", "x")
        disk.put("tickets/1.json", "{")
        let full = FaultyDisk(disk, faultAt: 0, .isFull)
        let findings = try DocumentFiles.readAll(full, DocumentDirectory("tickets")) { _ in }
        #expect(findings.map(\.severity) == [.warning, .damage])
        #expect(findings.allSatisfy { $0.action == "left where it is, for want of space" })
        #expect(disk.paths == ["tickets/1.json", "tickets/notes.txt"])
    }
}
