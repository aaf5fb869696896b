import Testing

@testable import stationd_bench

/// Every listener must be told of every ticket once, in one order. Every deviation is counted.
@Suite struct ReceiptLedgerTests {
    /// Sequences have gaps: ticket n has the sequence 10 + 3 n.
    private static func outcome(_ received: [[Int]], tickets: Int) -> (lost: Int, doubled: Int, latency: UInt64) {
        var ledger = ReceiptLedger()
        for _ in 0..<tickets { _ = ledger.file(intended: 1000) }
        ledger.countedFrom = 0
        var positions = received.map { _ in ReceiptLedger.Position() }
        for (listener, tickets) in received.enumerated() {
            for ticket in tickets {
                ledger.received(UInt64(10 + 3 * ticket), by: &positions[listener], at: 3000) { ticket }
            }
        }
        ledger.finish(positions, expected: tickets)
        return (ledger.lost, ledger.doubled, ledger.latency.count)
    }

    @Test func `nothing is counted if all is well`() {
        let outcome = Self.outcome([[0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3]], tickets: 4)
        #expect(outcome == (0, 0, 12))
    }

    @Test func `what one listener misses is counted`() {
        #expect(Self.outcome([[0, 1, 2, 3], [0, 2, 3], [0, 1, 2]], tickets: 4) == (2, 0, 10))
    }

    @Test func `what the first listener misses is counted too`() {
        let outcome = Self.outcome([[0, 2, 3], [0, 1, 2, 3]], tickets: 4)
        #expect(outcome.lost > 0)
    }

    @Test func `what nobody receives counts as lost for each listener`() {
        #expect(Self.outcome([[0, 1], [0, 1]], tickets: 3).lost == 2)
    }

    @Test func `duplicate and late notifications are counted`() {
        #expect(Self.outcome([[0, 1, 1, 2], [0, 1, 2]], tickets: 3).doubled == 1)
        #expect(Self.outcome([[0, 1, 2], [0, 2, 1]], tickets: 3).doubled == 1)
    }

    @Test func `one ticket under two identities counts as doubled`() {
        var ledger = ReceiptLedger()
        let number = ledger.file(intended: 0)
        var position = ReceiptLedger.Position()
        ledger.received(5, by: &position, at: 1) { number }
        ledger.received(6, by: &position, at: 2) { number }
        #expect(ledger.doubled == 1)
    }
}
