import Simulation
import Store
import Testing

/// The simulated disk loses only what a real disk may lose.
@Suite struct MemoryDiskTests {
    private let disk = MemoryDisk()

    private func write(_ path: String, _ text: String, synchronized: Bool) throws {
        let file = try disk.create(path, mode: .ordinary)
        defer { disk.close(file) }
        try disk.write(file, Array(text.utf8), at: 0)
        if synchronized { try disk.synchronize(file) }
    }

    @Test func `a file that is synchronized with its directory is durable`() throws {
        try write("a", "1", synchronized: true)
        #expect(disk.durableCopy().paths == [])
        try disk.synchronizeDirectory("")
        #expect(disk.durableCopy().text("a") == "1")
        var random = SeededGenerator(seed: 1)
        for loss in [MemoryDisk.NameLoss.ordered, .independent] {
            #expect(disk.losePower(loss, using: &random).text("a") == "1")
        }
    }

    @Test func `a rename without a sync of its directory may be lost`() throws {
        try write("a", "old", synchronized: true)
        try disk.synchronizeDirectory("")
        try write("b", "new", synchronized: true)
        try disk.rename("b", to: "a")
        #expect(disk.copy().text("a") == "new")
        #expect(disk.durableCopy().text("a") == "old")
        var random = SeededGenerator(seed: 2)
        let outcomes = Set((0..<50).map { _ in disk.losePower(.independent, using: &random).text("a") ?? "none" })
        #expect(outcomes == ["old", "new"])
    }

    @Test func `a file is not durable if its directory is not`() throws {
        disk.makeDirectory("d")
        try write("d/a", "1", synchronized: true)
        try disk.synchronizeDirectory("d")
        #expect(disk.durableCopy().paths == [])
        try disk.synchronizeDirectory("")
        #expect(disk.durableCopy().text("d/a") == "1")
    }

    @Test func `a move to another directory makes earlier changes durable too`() throws {
        disk.makeDirectory("d")
        disk.makeDirectory("e")
        try disk.synchronizeDirectory("")
        try write("d/b", "1", synchronized: true)
        try disk.rename("d/b", to: "d/a")
        try disk.rename("d/a", to: "e/a")
        try disk.synchronizeDirectory("e")
        try disk.synchronizeDirectory("d")
        #expect(disk.durableCopy().paths == ["e/a"])
    }

    @Test func `unsynchronized bytes may be missing, torn or garbage`() throws {
        let text = String(repeating: "x", count: 2_000)
        try write("a", text, synchronized: false)
        try disk.synchronizeDirectory("")
        var random = SeededGenerator(seed: 3)
        let remains = (0..<200).map { _ in disk.losePower(.ordered, using: &random).text("a") ?? "none" }
        #expect(remains.contains(""))
        #expect(remains.contains(text))
        #expect(remains.contains { !$0.isEmpty && $0.utf8.count < 2_000 })
        #expect(remains.contains { $0.utf8.contains { $0 != 0x78 && $0 != 0 } })
    }
}
