import Bytes
import Testing

@testable import Server

@Suite struct FleetTrafficTests {
    private func moment(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(milliseconds: milliseconds)
    }

    @Test func `a request that tells nothing of the clock leaves what is known`() {
        var traffic = FleetTraffic()
        let (first, second) = (Timestamp(milliseconds: 1_000), Timestamp(milliseconds: 2_000))
        traffic.note(contactOf: 7, at: first, offsetSeconds: nil)
        #expect(traffic.contacts[7] == FleetTraffic.Contact(at: first, offsetSeconds: nil))
        traffic.note(contactOf: 7, at: first, offsetSeconds: -9)
        traffic.note(contactOf: 7, at: second, offsetSeconds: nil)
        #expect(traffic.contacts[7] == FleetTraffic.Contact(at: second, offsetSeconds: -9))
        traffic.note(contactOf: 7, at: second, offsetSeconds: 0)
        #expect(traffic.contacts[7]?.offsetSeconds == 0 && traffic.contacts[8] == nil)
    }

    @Test func `a clock is marked once a minute`() {
        var traffic = FleetTraffic()
        #expect(traffic.mayMarkClock(of: 7, now: moment(5)))
        traffic.clockMarked(of: 7, now: moment(5))
        #expect(!traffic.mayMarkClock(of: 7, now: moment(60_004)))
        #expect(traffic.mayMarkClock(of: 8, now: moment(6)))
        #expect(traffic.mayMarkClock(of: 7, now: moment(60_005)))
    }
}
