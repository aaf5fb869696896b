/// Many runs, one seed after the other.
public struct Hunt {
    /// A seed whose run has broken a promise.
    public struct Catch: Sendable {
        public let seed: UInt64
        public let failure: Failure
    }

    /// Seeds that were run.
    public private(set) var runCount = 0
    /// Those that broke a promise, in their order.
    public private(set) var catches: [Catch] = []
    /// How much was done in all runs together.
    public private(set) var tally = Run.Tally()
    /// The hashes of all runs as one number.
    public private(set) var hash: UInt64 = 0

    private let bug: PlantedBug?

    public init(bug: PlantedBug? = nil) { self.bug = bug }

    /// Runs one seed; gives what it has caught.
    public mutating func run(seed: UInt64) -> Catch? {
        let outcome = Run(Plan(seed: seed), bug: bug).run()
        runCount += 1
        tally += outcome.tally
        hash = (hash ^ outcome.hash) &* 0x100_0000_01B3
        guard let failure = outcome.failure ?? splitFailure(seed) else { return nil }
        let found = Catch(seed: seed, failure: failure)
        catches.append(found)
        return found
    }

    /// Every so many seeds are also used to cut the same bytes in different places.
    private static let splitInterval: UInt64 = 8

    private func splitFailure(_ seed: UInt64) -> Failure? {
        bug == nil && seed % Self.splitInterval == 0 ? SplitComparison(seed: seed).failure() : nil
    }

    /// The shortest story that breaks the same promise, with what happens in it.
    public static func story(of found: Catch, bug: PlantedBug? = nil) -> [String] {
        // There is nothing to leave out where bytes are cut.
        if found.failure.kind == .split { return ["\(found.failure)"] }
        var shrinker = Shrinker(found.failure, bug: bug)
        let whole = Plan(seed: found.seed)
        let plan = shrinker.shrink(whole)
        let outcome = Run(plan, bug: bug, keepsLines: true).run()
        var lines = [
            "seed \(found.seed): \(found.failure)",
            "of \(whole.stepCount) steps these \(plan.stepCount) are enough (\(shrinker.runCount) runs):",
        ]
        lines += plan.story.map { "    \($0)" }
        lines.append("what happens:")
        lines += outcome.lines.suffix(Self.linesMax).map { "    \($0)" }
        return lines
    }

    private static let linesMax = 150
}

/// The hunter on trial: each known mistake is planted in turn, and must be found.
public enum Trial {
    /// How a planted bug was found.
    public struct Finding: Sendable {
        public let bug: PlantedBug
        /// The seeds that it took; nil where so many as were allowed did not find it.
        public let seedCount: Int?
        public let failure: Failure?
    }

    /// More seeds than this may pass without notice of no bug.
    public static let seedsMax = 400

    public static func find(_ bug: PlantedBug, from first: UInt64 = 1, seedsMax: Int = seedsMax) -> Finding {
        var hunt = Hunt(bug: bug)
        for offset in 0..<UInt64(seedsMax) {
            if let found = hunt.run(seed: first &+ offset) {
                return Finding(bug: bug, seedCount: hunt.runCount, failure: found.failure)
            }
        }
        return Finding(bug: bug, seedCount: nil, failure: nil)
    }
}
