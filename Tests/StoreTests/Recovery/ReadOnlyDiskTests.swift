import Platform
import Simulation
import Testing

@testable import Store

/// Recovery on a file system that is mounted read-only: the same as on one that can be written, but in memory.
@Suite struct ReadOnlyDiskTests {
    /// Directories that need nothing, or nearly every repair.
    private static let directories = ["sound", "torn", "damaged", "empty journal"]

    private func disk(_ name: String) throws -> MemoryDisk {
        let disk = try Fixture.disk([18, 18, 18, 3])
        switch name {
        case "torn":
            let last = StorePath.segment(first: 55)
            let end = (disk.bytes(last) ?? []).lastIndex { $0 != 0 } ?? 0
            disk.change(last) { bytes in
                for (index, byte) in "00000000 {\"seq\":".utf8.enumerated() { bytes[end + 1 + index] = byte }
            }
        case "damaged":
            disk.change(Fixture.firstSegment) { $0[300] ^= 1 }
            disk.put("station.json", "{")
            disk.put("cursors/checkpointer.json", "{")
            disk.put("cursors/uplink.json.tmp", "{")
            disk.put("journal/notes.txt", "x")
            disk.put("journal/next.tmp", "x")
        case "empty journal":
            for path in disk.paths where path.hasPrefix("journal/") { try disk.unlink(path) }
        default: break
        }
        return disk
    }

    private func image(_ disk: MemoryDisk) -> [String: [UInt8]] {
        Dictionary(uniqueKeysWithValues: disk.paths.map { ($0, disk.bytes($0) ?? []) })
    }

    @Test(arguments: directories)
    func `recovery finds the same and changes nothing`(name: String) throws {
        let writable = try disk(name)
        let expected = try Fixture.recover(writable)
        let disk = try disk(name)
        let before = image(disk)
        let overlay = ReadOnlyDisk(over: disk)
        let outcome = try Fixture.recover(overlay)
        overlay.seal()
        outcome.journal.protect(ReadOnlyDisk.refusal(.write, StorePath.journal))
        #expect(outcome.findings == expected.findings)
        #expect(try Fixture.sequences(outcome.journal) == Fixture.sequences(expected.journal))
        #expect(outcome.journal.nextSequence == expected.journal.nextSequence)
        let isUnchanged = image(disk) == before
        #expect(isUnchanged)
    }

    @Test func `a protected journal accepts nothing, whatever is tried`() throws {
        let overlay = ReadOnlyDisk(over: try disk("torn"))
        let journal = try Fixture.recover(overlay).journal
        overlay.seal()
        journal.protect(ReadOnlyDisk.refusal(.write, StorePath.journal))
        #expect(throws: StoreError.self) { try Fixture.append([1], to: journal) }
        #expect(!journal.retryNextSegment() && !journal.wantsNextSegment && journal.isReadOnly)
        #expect(!journal.hasStaged)
    }

    @Test func `a sealed disk refuses every change by the file system's error`() throws {
        let overlay = ReadOnlyDisk(over: try disk("sound"))
        let file = try overlay.open(Fixture.firstSegment, for: .readingAndWriting)
        overlay.seal()
        let changes: [(String, () throws -> Void)] = [
            ("create", { _ = try overlay.create("new", mode: .ordinary) }),
            ("write", { try overlay.write(file, [1], at: 0) }),
            ("truncate", { try overlay.truncate(file, to: 0) }),
            ("allocate", { try overlay.allocate(file, count: 1 << 20) }),
            ("reserve", { try overlay.reserve(file, count: 1 << 20) }),
            ("rename", { try overlay.rename(Fixture.firstSegment, to: "other") }),
            ("unlink", { try overlay.unlink(Fixture.firstSegment) }),
            ("make a directory", { try overlay.makeDirectory("new") }),
        ]
        for (name, change) in changes {
            let error = #expect(throws: DiskError.self, "\(name)") { try change() }
            #expect(error?.number == .readOnlyFileSystem || name == "make a directory")
        }
        let size = try overlay.size(file)
        #expect(size == 2048)
    }

    @Test func `files in memory behave like files`() throws {
        let overlay = ReadOnlyDisk(over: try disk("sound"))
        try overlay.makeDirectory("new")
        try overlay.replace("new/a", with: [1, 2, 3])
        try overlay.replace("station.json", with: [4])
        #expect(try overlay.contents(of: "new/a", countMax: 10) == [1, 2, 3])
        #expect(try overlay.contents(of: "station.json", countMax: 10) == [4])
        #expect(try overlay.list("new") == ["a"])
        #expect(try overlay.list("").contains("new"))
        try overlay.rename("new/a", to: "new/b")
        #expect(try overlay.list("new") == ["b"])
        #expect(throws: DiskError.self) { _ = try overlay.open("new/a", for: .reading) }
        try overlay.unlink(Fixture.firstSegment)
        #expect(try !overlay.list("journal").contains("00000000000000000001.log"))
        #expect(throws: DiskError.self) { _ = try overlay.create("new/b", mode: .ordinary) }
        // More than repairs may take is refused, not kept.
        let file = try overlay.create("big", mode: .ordinary)
        let error = #expect(throws: DiskError.self) {
            try overlay.allocate(file, count: ReadOnlyDisk.repairBytesMax + 1)
        }
        // Recovery goes on without repairs for which there is no space.
        #expect(error?.number.isLackOfSpace == true)
    }
}
