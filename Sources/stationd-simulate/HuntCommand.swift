import Glibc
import Simulation

/// Runs the seeds and prints the broken promises and a summary.
struct HuntCommand {
    let options: SimulationOptions

    /// The time between two lines of progress, in seconds.
    private static let progressSeconds = 10

    /// Returns false if a promise was broken.
    func run() -> Bool {
        let start = now
        var nextProgress = start + Self.progressSeconds
        var hunt = Hunt()
        var seed = options.firstSeed
        while goesOn(hunt, start) {
            if options.isVerbose { tell(seed) }
            if let found = hunt.run(seed: seed) {
                for line in Hunt.story(of: found) { SimulationOutput.say(line) }
            }
            seed &+= 1
            if now >= nextProgress {
                nextProgress = now + Self.progressSeconds
                SimulationOutput.say(
                    "\(hunt.runCount) seeds after \(now - start) s, \(hunt.catches.count) broken promises")
            }
        }
        summarise(hunt, seconds: now - start)
        return hunt.catches.isEmpty
    }

    private var now: Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec
    }

    private func goesOn(_ hunt: Hunt, _ start: Int) -> Bool {
        if let minutes = options.minutes { return now - start < minutes * 60 }
        return hunt.runCount < options.count
    }

    private func tell(_ seed: UInt64) {
        let plan = Plan(seed: seed)
        SimulationOutput.say("seed \(seed)")
        for line in plan.story { SimulationOutput.say("    \(line)") }
        for line in Run(plan, keepsLines: true).run().lines { SimulationOutput.say("    \(line)") }
    }

    private func summarise(_ hunt: Hunt, seconds: Int) {
        let tally = hunt.tally
        SimulationOutput.say(
            """
            \(hunt.runCount) seeds from \(options.firstSeed) in \(seconds) s, \(hunt.catches.count) broken promises
            \(tally.requests) changes answered, \(tally.notifications) notifications received, \
            \(tally.starts) starts, \(tally.crashes) crashes, \(tally.diskFaults) disk faults
            \(tally.replays) replays compared, \(tally.durabilityChecks) durability checks, \
            \(Int(tally.seconds)) s of simulated time
            trace \(hunt.hash)
            """)
        for found in hunt.catches { SimulationOutput.say("seed \(found.seed): \(found.failure)") }
    }
}

/// Plants each known bug in turn and prints the number of seeds until it was found.
struct TrialCommand {
    let firstSeed: UInt64

    /// Returns false if a bug was not found.
    func run() -> Bool {
        var isComplete = true
        for bug in PlantedBug.allCases {
            let finding = Trial.find(bug, from: firstSeed)
            let found = finding.seedCount.map { $0 == 1 ? "found by the first seed" : "found after \($0) seeds" }
            let promise = finding.failure.map { ": \($0.kind.rawValue)" } ?? ""
            SimulationOutput.say(
                "\(bug.rawValue), \(found ?? "NOT FOUND after \(Trial.seedsMax) seeds")\(promise)")
            isComplete = isComplete && finding.seedCount != nil
        }
        return isComplete
    }
}
