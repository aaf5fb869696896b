import Simulation
import Store
import Testing

@Suite struct SegmentPreparationTests {
    private let disk = MemoryDisk()

    @Test func `preparation makes durable zeros`() throws {
        try SegmentPreparation.run(disk, bytes: 5000)
        var random = SeededGenerator(seed: 1)
        let after = disk.losePower(.ordered, using: &random)
        #expect(after.bytes("journal/next") == [UInt8](repeating: 0, count: 5000))
        #expect(after.bytes("journal/next.tmp") == nil)
    }

    @Test func `preparation does nothing if a segment is ready`() throws {
        try SegmentPreparation.run(disk, bytes: 5000)
        let writes = disk.writeCount
        try SegmentPreparation.run(disk, bytes: 5000)
        #expect(disk.writeCount == writes)
        try SegmentPreparation.run(disk, bytes: 6000)
        #expect(disk.bytes("journal/next")?.count == 6000)
    }

    @Test func `two preparations never run at once`() throws {
        let lock = try disk.lock(StorePath.segmentLock, waiting: false)
        #expect(lock != nil)
        #expect(throws: StoreError.locked(path: StorePath.segmentLock)) {
            try SegmentPreparation.run(disk, bytes: 5000)
        }
    }

    @Test func `a killed preparation leaves nothing that looks like a segment`() throws {
        var random = SeededGenerator(seed: 2)
        for call in 0... {
            let disk = MemoryDisk()
            disk.put("journal/next.tmp", "left behind")
            let faulty = FaultyDisk(disk, faultAt: call, .dies)
            try? SegmentPreparation.run(faulty, bytes: 5000)
            disk.killProcess()
            for after in [disk, disk.losePower(.ordered, using: &random)] {
                if let bytes = after.bytes("journal/next") { #expect(bytes == [UInt8](repeating: 0, count: 5000)) }
            }
            if !faulty.hasFaulted { break }
        }
    }

    @Test func `without space, preparation leaves nothing`() throws {
        disk.capacity = 4999
        #expect(throws: StoreError.self) { try SegmentPreparation.run(disk, bytes: 5000) }
        #expect(disk.paths == ["lock.segment"])
    }
}
