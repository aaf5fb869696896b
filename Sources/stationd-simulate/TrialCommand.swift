import Simulation

/// Plants each known bug in turn and prints what it took to find it.
struct TrialCommand {
    let firstSeed: UInt64

    /// False where one was not found.
    func run() -> Bool {
        var isComplete = true
        for bug in PlantedBug.allCases {
            let finding = Trial.find(bug, from: firstSeed)
            let seeds = finding.seedCount.map { "\($0) seed(s)" } ?? "NOT FOUND by \(Trial.seedsMax) seeds"
            SimulationOutput.say("\(bug.rawValue): \(seeds)\(finding.failure.map { ", \($0.kind.rawValue)" } ?? "")")
            isComplete = isComplete && finding.seedCount != nil
        }
        return isComplete
    }
}
