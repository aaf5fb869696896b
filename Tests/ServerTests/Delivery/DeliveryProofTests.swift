import Bytes
import Testing

@testable import Server

@Suite struct DeliveryProofTests {
    private let now = MonotonicTime(milliseconds: 0)

    @Test func `a pong proves what was sent before its ping`() {
        var proof = DeliveryProof()
        proof.pinged(7, through: 100, now: now)
        #expect(proof.requestedThrough == 100)
        #expect(proof.ponged(6) == nil && proof.ponged(8) == nil)
        #expect(proof.ponged(7) == 100)
        #expect(proof.ponged(7) == nil)
    }

    @Test func `a ping requested while another is pending proves more later`() {
        var proof = DeliveryProof()
        proof.pinged(1, through: 10, now: now)
        proof.pinged(2, through: 20, now: now)
        proof.pinged(2, through: 30, now: now)
        #expect(proof.ponged(1) == 10)
        #expect(proof.ponged(2) == 30)
        proof.pinged(3, through: 40, now: now)
        proof.pinged(4, through: 50, now: now)
        // Only the most recent of two pings need be answered (RFC 6455, section 5.5.3).
        #expect(proof.ponged(4) == 50 && proof.ponged(3) == nil)
    }

    /// The session's own heartbeat was pending when the first of our pings was requested.
    @Test func `a heartbeat that is not ours proves nothing`() {
        var proof = DeliveryProof()
        proof.pinged(5, through: 10, now: now)
        #expect(proof.ponged(4) == nil)
        proof.pinged(5, through: 12, now: now)
        #expect(proof.ponged(5) == 12)
    }

    @Test func `an acknowledgement counts once all before it have come`() {
        var proof = DeliveryProof()
        for id in 0..<5 as Range<UInt32> { proof.owes(id, through: UInt64(id) * 10 + 10) }
        #expect(proof.acknowledged(2) == nil && proof.acknowledged(1) == nil && proof.acknowledged(9) == nil)
        #expect(proof.acknowledged(0) == 30)
        #expect(proof.acknowledged(4) == nil)
        #expect(proof.acknowledged(3) == 50)
        #expect(proof.acknowledged(3) == nil)
    }
}
