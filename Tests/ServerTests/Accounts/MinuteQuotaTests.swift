import Bytes
import Testing

@testable import Server

@Suite struct MinuteQuotaTests {
    private func time(_ millis: Int64) -> MonotonicTime { MonotonicTime(milliseconds: millis) }

    private var quota = MinuteQuota<Int>()

    private mutating func spend(_ key: Int, perMinute: Int, at millis: Int64) -> Int64? {
        if let wait = quota.wait(key, perMinute: perMinute, now: time(millis)) { return wait }
        quota.note(key, perMinute: perMinute, now: time(millis))
        return nil
    }

    @Test mutating func `a minute's quota may be spent at once, and comes back evenly`() {
        for _ in 0..<60 {
            let wait = spend(1, perMinute: 60, at: 0)
            #expect(wait == nil)
        }
        let wait = spend(1, perMinute: 60, at: 0)
        #expect(wait == 1000)
        let shorter = spend(1, perMinute: 60, at: 400)
        #expect(shorter == 600)
        let none = spend(1, perMinute: 60, at: 1000)
        #expect(none == nil)
        let other = spend(2, perMinute: 60, at: 0)
        #expect(other == nil)
    }

    @Test(arguments: [1, 7, 60, 1200, 1_000_000])
    mutating func `no minute has more than twice the quota, and an hour sixty times it and one`(_ perMinute: Int) {
        var millis: Int64 = 0
        var first = 0
        var count = 0
        while millis < 3_600_000, count <= 70 * perMinute, count < 200_000 {
            if let wait = spend(1, perMinute: perMinute, at: millis) {
                #expect(wait > 0)
                millis += wait
            } else {
                count += 1
                if millis < 60_000 { first += 1 }
            }
        }
        #expect(first <= 2 * perMinute)
        #expect(count <= 61 * perMinute)
    }

    @Test mutating func `0 means no limit`() {
        for _ in 0..<1000 {
            let wait = spend(1, perMinute: 0, at: 0)
            #expect(wait == nil)
        }
        #expect(quota.count == 0)
    }

    @Test mutating func `a lower quota holds at once, and nobody waits longer than a minute for it`() {
        for _ in 0..<1000 { _ = spend(1, perMinute: 1000, at: 0) }
        let wait = spend(1, perMinute: 1, at: 0)
        #expect(wait != nil)
        quota.note(1, perMinute: 1, now: time(0))
        let bounded = spend(1, perMinute: 1, at: 0)
        #expect(bounded == 60_000)
    }

    @Test mutating func `keys are forgotten after a minute`() {
        for key in 0..<100_000 { _ = spend(key, perMinute: 10, at: Int64(key) * 100) }
        #expect(quota.count <= 2048)
        for key in 0..<70_000 { _ = spend(key, perMinute: 10, at: 20_000_000) }
        #expect(quota.count <= 65_536)
    }
}
