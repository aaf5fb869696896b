import Bytes
import Domain
import Testing

@testable import Server

@Suite struct MemberAllowanceTests {
    private func moment(_ seconds: Int64) -> MonotonicTime { MonotonicTime(milliseconds: 1_000_000 + seconds * 1_000) }

    @Test func `a member that was away may send a lot at once, and then so much a second`() {
        var allowance = MemberAllowance()
        let batch = 1 << 20
        var sent = 0
        while allowance.charge(batch, of: 7, now: moment(0)) == nil { sent += batch }
        #expect(sent == FleetLimits.batchBytesAtOnceMax)
        // Seconds until there is room for a batch again. Another member is not concerned.
        let waits = [(7, 0), (8, 0), (7, 3), (7, 4)].map { member, second in
            allowance.charge(batch, of: Identifier(member), now: moment(Int64(second)))
        }
        #expect(waits == [4, nil, 1, nil])
        // In an hour it sends as much as the rate allows, however often it asks.
        var total = 0
        for second in 5...3_604 {
            while allowance.charge(1_000, of: 7, now: moment(Int64(second))) == nil { total += 1_000 }
        }
        #expect((900...1_000).contains(total / 1_000_000), "\(total)")
    }

    @Test func `a body larger than what may be sent at once waits until nothing else is`() {
        var allowance = MemberAllowance()
        let large = FleetLimits.batchBytesAtOnceMax * 2
        let waits = [0, 1, 1_000_000_000].map { allowance.charge(large, of: 7, now: moment($0)) }
        #expect(waits.map { $0 == nil } == [true, false, true])
    }

    @Test func `of what means nothing here some is kept at once, and some each hour`() {
        var allowance = MemberAllowance()
        var kept = 0
        while allowance.mayKeep(10_000, of: 7, now: moment(0)) { kept += 10_000 }
        #expect((FleetLimits.strangeBytesAtOnceMax - 10_000...FleetLimits.strangeBytesAtOnceMax).contains(kept))
        let later = [(7, 10_000, 10), (7, FleetLimits.strangeBytesPerHourMax, 3_600), (8, 10_000, 0)]
        let answers = later.map { member, bytes, second in
            allowance.mayKeep(bytes, of: Identifier(member), now: moment(Int64(second)))
        }
        #expect(answers == [false, true, true])
    }
}
