/// Many runs, one seed after the other.
public struct Hunt {
    /// A seed whose run has broken a promise.
    public struct Catch: Sendable {
        /// The seed of the plan.
        public let seed: UInt64
        /// The first promise that its run has broken.
        public let failure: Failure
    }

    /// The number of seeds run.
    public private(set) var runCount = 0
    /// The seeds that broke a promise, in the order of the runs.
    public private(set) var catches: [Catch] = []
    /// How much was done in all runs together.
    public private(set) var tally = Run.Tally()
    /// The hashes of all runs, combined in their order.
    public private(set) var hash: UInt64 = 0

    private let bug: PlantedBug?

    /// Creates a hunt, with a bug planted if its quality is to be tested.
    public init(bug: PlantedBug? = nil) { self.bug = bug }

    /// Runs one seed. Returns the catch if it broke a promise.
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

    /// Seeds that are multiples of this also cut the same bytes in different places.
    private static let splitInterval: UInt64 = 8

    private func splitFailure(_ seed: UInt64) -> Failure? {
        bug == nil && seed % Self.splitInterval == 0 ? SplitComparison(seed: seed).failure() : nil
    }

    /// The story of a catch: the shortest plan found that breaks the same promise, and what happens in it. It makes up
    /// to some 400 runs to find that plan.
    public static func story(of found: Catch, bug: PlantedBug? = nil) -> [String] {
        // A comparison of cuts has no plan that could be made shorter.
        if found.failure.kind == .split { return ["\(found.failure)"] }
        var shrinker = Shrinker(found.failure, bug: bug)
        let whole = Plan(seed: found.seed)
        let plan = shrinker.shrink(whole)
        let outcome = Run(plan, bug: bug, keepsLines: true).run()
        var lines = [
            "seed \(found.seed): \(found.failure)",
            "\(plan.stepCount) of its \(whole.stepCount) steps are enough (found in \(shrinker.runCount) runs):",
        ]
        lines += plan.story.map { "    \($0)" }
        lines.append("what happens:")
        lines += outcome.lines.suffix(Self.linesMax).map { "    \($0)" }
        return lines
    }

    private static let linesMax = 150
}

/// Puts the hunt itself on trial: it must find every bug that is planted.
public enum Trial {
    /// How a planted bug was found.
    public struct Finding: Sendable {
        /// The planted bug.
        public let bug: PlantedBug
        /// The number of seeds that it took; nil if the bug was not found.
        public let seedCount: Int?
        /// The promise that the bug broke; nil if it was not found.
        public let failure: Failure?
    }

    /// The number of seeds after which a bug counts as not found.
    public static let seedsMax = 400

    /// Runs seeds from `first` on, at most `seedsMax`, with `bug` planted until one breaks a promise.
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
