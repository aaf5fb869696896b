import Simulation
import Testing

/// A short hunt; `stationd-simulate` makes longer ones.
@Suite struct HuntTests {
    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func `the same seed gives the same trace and breaks no promise`(seed: UInt64) {
        let one = Run(Plan(seed: seed)).run()
        let other = Run(Plan(seed: seed), keepsLines: true).run()
        #expect(one.hash == other.hash)
        #expect(one.failure == nil, "\(one.failure?.description ?? "")")
        #expect(one.lines.isEmpty)
        #expect(!other.lines.isEmpty)
    }

    @Test func `random seeds break no promise`() {
        let first = UInt64.random(in: 0...UInt64(UInt32.max))
        var hunt = Hunt()
        for offset in 0..<3 as Range<UInt64> { _ = hunt.run(seed: first + offset) }
        print("simulated \(hunt.runCount) seeds from \(first), \(hunt.tally.requests) changes answered")
        #expect(hunt.catches.isEmpty, "\(hunt.catches)")
        #expect(hunt.tally.requests > 0)
        #expect(hunt.tally.durabilityChecks > 0)
    }

    @Test(arguments: [3 as UInt64])
    func `the same bytes, cut in different places, get the same answers`(seed: UInt64) {
        #expect(SplitComparison(seed: seed).failure() == nil)
    }

    @Test func `the first start may be cut short at any call`() {
        let calls = EveryCall.firstStartCallCount(seed: 1)
        #expect(calls > 20)
        for call in 0..<calls {
            let failure = EveryCall.failureOfFirstStart(
                afterCalls: call, withoutPower: call % 2 == 0, seed: UInt64(call))
            #expect(failure == nil, "call \(call): \(failure?.description ?? "")")
        }
    }

    /// A sample of `stationd-simulate --every-call`.
    @Test func `a day cut short at some of its calls breaks no promise`() {
        let day = EveryCall(seed: 1)
        #expect(day.callCount > 100)
        #expect(day.baseFailure == nil)
        for calls in stride(from: 5, to: day.callCount, by: 67) {
            let found = day.failure(afterCalls: calls, withoutPower: calls % 2 == 0, again: calls % 3 == 0 ? 7 : nil)
            #expect(found == nil, "call \(calls): \(found?.failure.description ?? "")")
        }
    }
}

/// A hunt must find the bugs planted for it. Here these are bugs that take few seeds; `stationd-simulate --trial`
/// plants them all.
@Suite struct PlantedBugTests {
    @Test(arguments: [PlantedBug.journalSyncSkipped, .directorySyncSkipped, .wrongCaller, .lostComment])
    func `a planted bug is found`(_ bug: PlantedBug) {
        let finding = Trial.find(bug, seedsMax: 3)
        #expect(finding.seedCount != nil, "\(bug.rawValue)")
    }

    @Test func `a catch is shrunk to a short plan`() throws {
        var hunt = Hunt(bug: .journalSyncSkipped)
        let found = try #require((1...6).lazy.compactMap { hunt.run(seed: $0) }.first)
        var shrinker = Shrinker(found.failure, bug: .journalSyncSkipped, runsMax: 30)
        let plan = shrinker.shrink(Plan(seed: found.seed))
        #expect(plan.stepCount <= 2, "\(plan.story)")
        #expect(Run(plan, bug: .journalSyncSkipped).run().failure?.kind == found.failure.kind)
        #expect(Run(plan).run().failure == nil)
    }
}
