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
