import Simulation
import Testing

/// The hunter is hunted: each known mistake must be found, and soon.
@Suite struct PlantedBugTests {
    /// So many seeds may pass before a bug is found.
    private static let seedsMax: UInt64 = 400

    @Test(arguments: PlantedBug.allCases)
    func isFound(_ bug: PlantedBug) {
        var hunt = Hunt(bug: bug)
        for seed in 1...Self.seedsMax {
            guard let found = hunt.run(seed: seed) else { continue }
            print("\(bug.rawValue): seed \(seed), \(found.failure)")
            return
        }
        Issue.record("\(bug.rawValue) was not found by \(Self.seedsMax) seeds")
    }
}
