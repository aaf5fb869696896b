import Testing

@testable import Simulation

/// When the last round of a run proves that its listeners have everything.
@Suite struct HearingRoundTests {
    private let ledger = DeliveryLedger(digestAbove: 100) { 0 }

    @Test func `a round is complete once all have heard over the connections that they had`() {
        let connections = [ledger.open(2), ledger.open(3)]
        let round = HearingRound(connections: connections)
        #expect(round.outcome(now: connections) { _ in false } == .waiting(for: 0))
        #expect(round.outcome(now: connections) { $0 == 0 } == .waiting(for: 1))
        #expect(round.outcome(now: connections) { _ in true } == .complete)
        #expect(HearingRound(connections: []).outcome(now: []) { _ in false } == .complete)
    }

    /// It comes back with the urgent ones first and hears of the newest of four, while the others are under way.
    @Test func `a listener that has connected again meanwhile proves nothing`() {
        let round = HearingRound(connections: [ledger.open(3)])
        #expect(round.outcome(now: [ledger.open(3, urgentFirst: true)]) { _ in true } == .void)
        #expect(round.outcome(now: [nil]) { _ in true } == .void)
        #expect(HearingRound(connections: [nil]).outcome(now: [nil]) { _ in true } == .void)
    }
}
