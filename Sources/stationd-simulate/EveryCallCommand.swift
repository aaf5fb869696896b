import Simulation

/// Cuts a station's day short at each of its calls, and prints where that breaks a promise.
struct EveryCallCommand {
    let firstSeed: UInt64
    /// The number of days, one for each seed.
    let count: Int

    /// The numbers of calls, used in turn, after which the start that follows is cut short too; nil: it is not.
    private static let againCalls: [Int?] = [nil, 3, 17, 40]

    /// Returns false if a promise was broken.
    func run() -> Bool {
        var isGood = endFirstStarts()
        for seed in firstSeed..<(firstSeed + UInt64(count)) {
            let day = EveryCall(seed: seed)
            var broken = 0
            var runs = 0
            if let failure = day.baseFailure {
                broken += 1
                SimulationOutput.say("seed \(seed), not cut short: \(failure)")
            }
            for calls in 0..<day.callCount {
                for withoutPower in [false, true] {
                    let again = Self.againCalls[calls % Self.againCalls.count]
                    runs += 1
                    guard
                        let found = day.failure(afterCalls: calls, withoutPower: withoutPower, again: again)
                    else { continue }
                    broken += 1
                    SimulationOutput.say("seed \(seed), call \(calls): \(found.failure)")
                    if broken == 1 { for line in found.story { SimulationOutput.say("    \(line)") } }
                }
            }
            isGood = isGood && broken == 0
            SimulationOutput.say(
                "seed \(seed): a day of \(day.callCount) calls was cut short \(runs) times, \(broken) broken promises")
        }
        return isGood
    }

    private func endFirstStarts() -> Bool {
        let calls = EveryCall.firstStartCallCount(seed: firstSeed)
        var (runs, broken) = (0, 0)
        for call in 0..<calls {
            // Each draw leaves something else of the disk after a power cut.
            for draw in 0..<Self.drawsOfRemains {
                let isKilled = draw == 0
                let seed = firstSeed &+ UInt64(draw)
                runs += 1
                guard let failure = EveryCall.failureOfFirstStart(afterCalls: call, withoutPower: !isKilled, seed: seed)
                else { continue }
                broken += 1
                SimulationOutput.say(
                    "the first start, \(isKilled ? "killed" : "without power") at call \(call): \(failure)")
            }
        }
        SimulationOutput.say(
            "the first start, of \(calls) calls, was cut short \(runs) times, \(broken) broken promises")
        return broken == 0 && calls > 0
    }

    private static let drawsOfRemains = 6
}
