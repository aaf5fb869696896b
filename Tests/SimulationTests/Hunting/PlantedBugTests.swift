import Simulation
import Testing

/// The hunter is on trial: what is planted must be found. Here with the bugs that take few seeds; `stationd-simulate
/// --trial` plants them all.
@Suite struct PlantedBugTests {
    @Test(arguments: [PlantedBug.journalSyncSkipped, .directorySyncSkipped, .wrongCaller])
    func `is found`(_ bug: PlantedBug) {
        let finding = Trial.find(bug, seedsMax: 3)
        #expect(finding.seedCount != nil, "\(bug.rawValue)")
    }

    @Test func `a catch is shrunk to a short story`() throws {
        var hunt = Hunt(bug: .journalSyncSkipped)
        let found = try #require((1...6).lazy.compactMap { hunt.run(seed: $0) }.first)
        var shrinker = Shrinker(found.failure, bug: .journalSyncSkipped, runsMax: 30)
        let plan = shrinker.shrink(Plan(seed: found.seed))
        #expect(plan.stepCount <= 2, "\(plan.story)")
        #expect(Run(plan, bug: .journalSyncSkipped).run().failure?.kind == found.failure.kind)
        #expect(Run(plan).run().failure == nil)
    }
}
