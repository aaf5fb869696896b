import Platform
import Simulation
import Store
import Testing

/// A fault that passes: one call fails, and the same call would succeed the next time. Nothing is put aside, and no
/// number is used twice.
@Suite struct PassingFaultTests {
    /// Two segments, and a cursor.
    private func disk() throws -> MemoryDisk {
        let disk = try Fixture.disk([18, 3])
        try Cursors.write(disk, reader: Cursors.checkpointer, sequence: 4)
        return disk
    }

    @Test(arguments: [ErrorNumber.inputOutput, .tooManyOpenFiles, .noMemory])
    func `a passing fault puts nothing aside`(number: ErrorNumber) throws {
        var call = 0
        var recoveredCount = 0
        while true {
            let disk = try disk()
            let faulty = FaultyDisk(disk, faultAt: call, .fails(number))
            let outcome = try? Fixture.recover(faulty)
            guard faulty.hasFaulted else { break }
            if let outcome {
                recoveredCount += 1
                #expect(outcome.findings.allSatisfy { $0.severity == .note }, "call \(call): \(outcome.findings)")
                #expect(try Fixture.sequences(outcome.journal) == Array(1...21), "call \(call)")
                #expect(outcome.journal.nextSequence == 22, "call \(call)")
            }
            disk.killProcess()
            let again = try Fixture.recover(disk)
            #expect(try Fixture.sequences(again.journal) == Array(1...21), "call \(call)")
            #expect(try Cursors.read(disk, reader: Cursors.checkpointer) == 4, "call \(call)")
            #expect(disk.paths.allSatisfy { !$0.hasPrefix("quarantine/") }, "call \(call)")
            call += 1
        }
        #expect(call > 20)
        // Only an error of the device is worth a second attempt. After the others the next start does everything.
        #expect(number != .inputOutput || recoveredCount > 4)
    }

    @Test func `a document that can be read at the second attempt stays`() throws {
        var call = 0
        while true {
            let disk = MemoryDisk()
            disk.makeDirectory("tickets")
            disk.put("tickets/1.json", #"{"support_id": 1, "sequence": 5}"#)
            let faulty = FaultyDisk(disk, faultAt: call, .fails(.inputOutput))
            var ids: [Int64] = []
            let directory = DocumentDirectory("tickets", idMember: "support_id")
            let findings = try? DocumentFiles.readAll(faulty, directory) { ids.append($0.id) }
            guard faulty.hasFaulted else { break }
            if let findings { #expect(findings.isEmpty && ids == [1], "call \(call)") }
            #expect(disk.paths == ["tickets/1.json"], "call \(call)")
            call += 1
        }
        #expect(call > 2)
    }
}
