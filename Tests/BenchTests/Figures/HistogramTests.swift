import Testing

@testable import stationd_bench

@Suite struct HistogramTests {
    @Test func `a value read is at most one per cent above the one recorded`() {
        for exponent in 0..<62 {
            for value in [Int64(1) << exponent, (Int64(1) << exponent) + 1, (Int64(3) << exponent) / 2] {
                var histogram = Histogram()
                histogram.record(value)
                // A greater value, so that the maximum does not give the answer.
                histogram.record(.max)
                let found = histogram.value(at: 0.5)
                #expect(found >= value && Double(found) <= Double(value) * 1.01, "\(value) became \(found)")
            }
        }
    }

    @Test func `percentiles match those of the sorted values`() {
        var generator = SystemRandomNumberGenerator()
        let values = (0..<10_000).map { _ in Int64.random(in: 0..<1 << Int64.random(in: 1..<40), using: &generator) }
        var histogram = Histogram()
        for value in values { histogram.record(value) }
        let sorted = values.sorted()
        for share in [0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = sorted[max(0, Int((Double(sorted.count) * share).rounded(.up)) - 1)]
            let found = histogram.value(at: share)
            #expect(found >= exact && Double(found) <= Double(exact) * 1.01 + 1, "\(share): \(exact), \(found)")
        }
        #expect(histogram.count == 10_000)
        #expect(histogram.maximum == sorted.last)
    }

    @Test func `the sum of two histograms is a histogram of all their values`() {
        var (left, right, both) = (Histogram(), Histogram(), Histogram())
        for value in Int64(0)..<1000 {
            if value % 3 == 0 { left.record(value * value) } else { right.record(value * value) }
            both.record(value * value)
        }
        left.add(right)
        for share in [0.1, 0.5, 0.99] { #expect(left.value(at: share) == both.value(at: share)) }
        #expect(left.count == both.count)
        #expect(left.maximum == both.maximum)
    }

    @Test func `an empty histogram and a negative value read as zero`() {
        var histogram = Histogram()
        #expect(histogram.value(at: 0.5) == 0)
        histogram.record(-5)
        #expect(histogram.value(at: 1) == 0)
        #expect(histogram.milliseconds(at: 1) == 0)
    }

    @Test func `a long wait counts once for each time that it covers`() {
        var histogram = Histogram()
        #expect(histogram.recordMissed(from: 110, every: 10, until: 135) == 140)
        #expect(histogram.count == 3)
        #expect(histogram.maximum == 25)
        #expect(histogram.recordMissed(from: 140, every: 10, until: 135) == 140)
        #expect(histogram.count == 3)
    }
}
