import Foundation

/// SplitMix64: the same numbers for the same seed. `STATIOND_TEST_SEED` gives the seed of a run that is to be repeated.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A generator for a test; its seed is printed.
    static func announced(_ test: String) -> SeededGenerator {
        let given = ProcessInfo.processInfo.environment["STATIOND_TEST_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0...UInt64(UInt32.max))
        print("\(test): STATIOND_TEST_SEED=\(seed)")
        return SeededGenerator(seed: seed)
    }
}
