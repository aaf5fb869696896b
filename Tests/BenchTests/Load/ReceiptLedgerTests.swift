import Testing

@testable import stationd_bench

/// Each listener gets each ticket once, in one order: whatever else happens is counted.
@Suite struct ReceiptLedgerTests {
    /// Sequences have holes: ticket n has the sequence 10 + 3 n.
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

    @Test func `nothing is counted where all is well`() {
        let outcome = Self.outcome([[0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3]], tickets: 4)
        #expect(outcome == (0, 0, 12))
    }

    @Test func `one who misses something is counted`() {
        #expect(Self.outcome([[0, 1, 2, 3], [0, 2, 3], [0, 1, 2]], tickets: 4) == (2, 0, 10))
    }

    @Test func `the first who misses something is counted too`() {
        let outcome = Self.outcome([[0, 2, 3], [0, 1, 2, 3]], tickets: 4)
        #expect(outcome.lost > 0)
    }

    @Test func `what nobody gets is lost for all`() {
        #expect(Self.outcome([[0, 1], [0, 1]], tickets: 3).lost == 2)
    }

    @Test func `what comes twice or late is counted`() {
        #expect(Self.outcome([[0, 1, 1, 2], [0, 1, 2]], tickets: 3).doubled == 1)
        #expect(Self.outcome([[0, 1, 2], [0, 2, 1]], tickets: 3).doubled == 1)
    }

    @Test func `the same ticket under two identities is doubled`() {
        var ledger = ReceiptLedger()
        let number = ledger.file(intended: 0)
        var position = ReceiptLedger.Position()
        ledger.received(5, by: &position, at: 1) { number }
        ledger.received(6, by: &position, at: 2) { number }
        #expect(ledger.doubled == 1)
    }
}
