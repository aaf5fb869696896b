import Glibc

/// A random generator (SplitMix64) that gives the same numbers for the same seed, so that a failure can be repeated.
///
/// `STATIOND_TEST_SEED` sets the seed of a run; otherwise chance does.
public struct RepeatableGenerator: RandomNumberGenerator, Sendable {
    /// The seed that this generator started with.
    public let seed: UInt64
    private var state: UInt64

    /// Creates a generator with this seed.
    public init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// Creates a generator with the seed of this run. The test that uses it names the seed in its messages.
    public init() { self.init(seed: Self.seedOfRun ?? UInt64.random(in: 0...UInt64(UInt32.max))) }

    /// Creates a generator for a test with the seed of this run, and prints that seed beside the test's name.
    public static func announced(_ test: String) -> RepeatableGenerator {
        let generator = RepeatableGenerator()
        print("\(test): STATIOND_TEST_SEED=\(generator.seed)")
        return generator
    }

    /// The next number of the sequence.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    private static let seedOfRun: UInt64? = getenv("STATIOND_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
}
