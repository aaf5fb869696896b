import Foundation
import Platform
import Simulation
import Store
import Testing

/// Whatever happens at any moment, everything promised is there, and nothing is half there.
@Suite struct CrashTests {
    /// The number of seeds, each of which is three lives of a station. Use `STORE_SEEDS=20000` with a release build.
    static let seedCount = ProcessInfo.processInfo.environment["STORE_SEEDS"].flatMap(UInt64.init) ?? 100

    static let scriptCount: UInt64 = seedCount > 1000 ? 20 : 1

    @Test func `power failures lose nothing that was promised`() throws {
        var lives = 0
        for seed in 0..<Self.seedCount {
            var random = SeededGenerator(seed: seed)
            var disk = MemoryDisk()
            var workload = Workload()
            for _ in 0..<3 {
                lives += 1
                let faulty = FaultyDisk(disk, faultAt: Int.random(in: 1...400, using: &random), .dies)
                do {
                    let journal = try workload.start(faulty)
                    try workload.run(journal, faulty, count: 40, using: &random)
                } catch Workload.Stop.broken(let problem) {
                    Issue.record("seed \(seed): \(problem)")
                    return
                } catch {}
                disk = disk.losePower(random.chance(50) ? .ordered : .independent, using: &random)
            }
            try finish(&workload, disk, "seed \(seed)")
        }
        print("power failed \(lives) times, seeds 0..<\(Self.seedCount)")
    }

    @Test func `a kill at any call loses nothing`() throws {
        try atEachCall(.dies)
    }

    @Test(arguments: [ErrorNumber.noSpace, .inputOutput])
    func `a failure of any call loses nothing`(number: ErrorNumber) throws {
        try atEachCall(.fails(number))
    }

    /// Runs the same script with the fault at its first call, at its second, and so on to the last.
    private func atEachCall(_ fault: FaultyDisk.Fault) throws {
        for seed in 1...Self.scriptCount {
            var call = 0
            while true {
                var random = SeededGenerator(seed: seed)
                let disk = MemoryDisk()
                let faulty = FaultyDisk(disk, faultAt: call, fault)
                var workload = Workload()
                do {
                    let journal = try workload.start(faulty)
                    try workload.run(journal, faulty, count: 25, using: &random)
                } catch Workload.Stop.broken(let problem) {
                    Issue.record("seed \(seed), call \(call): \(problem)")
                    return
                } catch {}
                disk.killProcess()
                try finish(
                    &workload, disk, "seed \(seed), call \(call) (\(faulty.faultedOperation?.rawValue ?? "none"))")
                if !faulty.hasFaulted { break }
                call += 1
            }
            print("\(call) calls, a fault at each")
            #expect(call > 200)
        }
    }

    /// Lives once more without faults, and checks the documents.
    private func finish(_ workload: inout Workload, _ disk: MemoryDisk, _ place: String) throws {
        do {
            let journal = try workload.start(disk)
            try workload.checkpoint(journal, disk)
            let found = try Workload.documents(disk)
            let expected = workload.expectedDocuments()
            if found != expected { Issue.record("\(place): documents \(found), expected \(expected)") }
            let check = try StoreCheck.run(disk, documents: [Workload.items])
            if let finding = check.findings.first(where: { !$0.file.hasPrefix("quarantine/") && $0.severity > .note }) {
                Issue.record("\(place): check says \(finding)")
            }
        } catch Workload.Stop.broken(let problem) {
            Issue.record("\(place): \(problem)")
        }
    }
}
