import Platform
import Simulation
import Store
import Testing

@Suite struct EpochChangeTests {
    /// A stopped station with 60 records in several segments, all of which are in the documents.
    private func disk() throws -> MemoryDisk {
        let disk = try Fixture.disk([10, 20, 30])
        try Cursors.write(disk, reader: Cursors.checkpointer, sequence: 60)
        try Cursors.write(disk, reader: "uplink", sequence: 12)
        return disk
    }

    private func change(_ disk: any Disk, to epoch: String) throws(StoreError) -> UInt64 {
        let outcome = try Fixture.recover(disk)
        let last = outcome.journal.committedSequence
        if try Cursors.read(disk, reader: Cursors.checkpointer) ?? 0 < last {
            try Cursors.write(disk, reader: Cursors.checkpointer, sequence: last)
        }
        return try EpochChange.run(disk, outcome.journal, of: outcome.station, to: epoch) { Fixture.record($0) }
    }

    @Test func `numbers continue in a new journal`() throws {
        let disk = try disk()
        #expect(try change(disk, to: "anew") == 61)
        disk.killProcess()
        let outcome = try Fixture.recover(disk)
        #expect(outcome.station == StationFile(stationID: 7, epoch: "anew"))
        #expect(outcome.findings.isEmpty && outcome.journal.segmentCount == 1)
        #expect(try Fixture.sequences(outcome.journal) == [61])
        #expect(outcome.journal.nextSequence == 62 && outcome.journal.epoch == "anew")
        #expect(try StoreCheck.run(disk, documents: []).findings.isEmpty)
    }

    @Test func `a directory without records can change its epoch too`() throws {
        let disk = MemoryDisk()
        _ = try Fixture.recover(disk)
        disk.killProcess()
        #expect(try change(disk, to: "anew") == 1)
        disk.killProcess()
        #expect(try Fixture.recover(disk).findings.isEmpty)
    }

    /// Interrupted at any call, it leaves a directory that opens, with numbers that were never used, and the change can
    /// be repeated.
    @Test(arguments: [FaultyDisk.Fault.dies, .fails(.noSpace)])
    func `a change interrupted anywhere uses no number twice`(_ fault: FaultyDisk.Fault) throws {
        var call = 0
        var epochs: Set<String> = []
        while true {
            var random = SeededGenerator(seed: UInt64(call))
            let disk = try disk()
            let faulty = FaultyDisk(disk, faultAt: call, fault)
            _ = try? change(faulty, to: "anew")
            let rest = call % 2 == 0 ? disk.losePower(.independent, using: &random) : disk
            rest.killProcess()
            let outcome = try Fixture.recover(rest, epoch: "stranger")
            #expect(outcome.journal.nextSequence > 60, "call \(call)")
            #expect(["epoch1", "anew"].contains(outcome.station.epoch), "call \(call)")
            epochs.insert(outcome.station.epoch)
            rest.killProcess()
            let first = try change(rest, to: "third")
            #expect(first > 60)
            rest.killProcess()
            let again = try Fixture.recover(rest)
            #expect(again.station.epoch == "third" && again.findings.isEmpty, "call \(call): \(again.findings)")
            #expect(try Fixture.sequences(again.journal) == [first])
            if !faulty.hasFaulted { break }
            call += 1
        }
        #expect(call > 20 && epochs == ["epoch1", "anew"])
    }
}
