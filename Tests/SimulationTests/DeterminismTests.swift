import Simulation
import Testing

@Suite struct DeterminismTests {
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func theSameSeedGivesTheSameTrace(seed: UInt64) {
        let one = Run(Plan(seed: seed)).run()
        let other = Run(Plan(seed: seed), keepsLines: true).run()
        #expect(one.hash == other.hash)
        #expect(one.failure == nil, "\(one.failure?.description ?? "")")
        #expect(one.lines.isEmpty)
        #expect(!other.lines.isEmpty)
    }

    @Test func differentSeedsGiveDifferentTraces() {
        let hashes = (1...12 as ClosedRange<UInt64>).map { Run(Plan(seed: $0)).run().hash }
        #expect(Set(hashes).count == hashes.count)
    }
}
