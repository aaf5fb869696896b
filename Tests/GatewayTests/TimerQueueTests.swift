import Bytes
import Generators
import Testing

@testable import Gateway

@Suite struct TimerQueueTests {
    private func time(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(milliseconds: milliseconds) }

    @Test func `owners come in the order of their deadlines`() {
        var random = RepeatableGenerator(seed: 7)
        var queue = TimerQueue<Int>()
        let deadlines = (0..<1000).map { _ in Int64.random(in: 0..<500, using: &random) }
        for (owner, deadline) in deadlines.enumerated() { queue.set(time(deadline), for: owner) }
        #expect(queue.next == time(deadlines.min() ?? 0))
        var given: [Int64] = []
        while let owner = queue.removeExpired(at: time(1000)) { given.append(deadlines[owner]) }
        #expect(given == deadlines.sorted())
        #expect(queue.next == nil)
    }

    @Test func `no owner comes before its deadline`() {
        var queue = TimerQueue<String>()
        queue.set(time(100), for: "later")
        let early = queue.removeExpired(at: time(99))
        #expect(early == nil)
        let due = queue.removeExpired(at: time(100))
        #expect(due == "later")
        let again = queue.removeExpired(at: time(100))
        #expect(again == nil)
    }

    @Test func `removing owners keeps the order of the others`() {
        var random = RepeatableGenerator(seed: 8)
        var queue = TimerQueue<Int64>()
        let deadlines = (0..<1000).map { _ in Int64.random(in: 0..<500, using: &random) }
        for deadline in deadlines { queue.set(time(deadline), for: deadline) }
        queue.removeAll { $0 % 3 == 0 }
        for deadline in [401, 1, 250] as [Int64] { queue.set(time(deadline), for: deadline) }
        var given: [Int64] = []
        while let owner = queue.removeExpired(at: time(1000)) { given.append(owner) }
        #expect(given == (deadlines.filter { $0 % 3 != 0 } + [401, 1, 250]).sorted())
    }
}
