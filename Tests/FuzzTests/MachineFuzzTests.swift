import Foundation
import Fuzzing
import Testing

/// The bodies of the fuzzers in an ordinary test run: the inputs that once found a fault, and a few mutated seeds.
/// `Tests/Fuzzing/fuzz.sh` makes long runs.
@Suite struct MachineFuzzTests {
    private static let found = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Found")

    /// The visible files of a directory, in the order of their names.
    private static func files(in directory: URL) -> [URL] {
        let files = try? FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
        return (files ?? []).filter { !$0.lastPathComponent.hasPrefix(".") }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    @Test func `every machine has a unique name and seeds`() {
        let names = FuzzMachine.all.map(\.name)
        #expect(Set(names).count == names.count)
        for machine in FuzzMachine.all { #expect(machine.seeds().count > 3, "\(machine.name)") }
        for directory in Self.files(in: Self.found) { #expect(names.contains(directory.lastPathComponent)) }
    }

    /// Each of these inputs once led to a trap or broke a promise.
    @Test(arguments: FuzzMachine.all.map(\.name))
    func `inputs that once found a fault break no promise`(_ name: String) throws {
        let machine = try #require(FuzzMachine.all.first { $0.name == name })
        for file in Self.files(in: Self.found.appendingPathComponent(name)) {
            print("\(name): \(file.lastPathComponent)")
            machine.body([UInt8](try Data(contentsOf: file)))
        }
    }

    @Test(arguments: FuzzMachine.all.map(\.name))
    func `seeds and their mutations break no promise`(_ name: String) throws {
        let machine = try #require(FuzzMachine.all.first { $0.name == name })
        let seeds = machine.seeds()
        for seed in seeds { machine.body(seed) }
        let seed = UInt64.random(in: 0...UInt64.max)
        let count = ["station", "data-directory"].contains(machine.name) ? 30 : 300
        print("\(name): \(seeds.count) seeds, \(count) mutations, seed \(seed)")
        var mutator = Mutator(machine, seeds: seeds, seed: seed)
        for _ in 0..<count { machine.body(mutator.next()) }
    }
}
