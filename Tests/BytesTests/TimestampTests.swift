import Bytes
import Testing

@Suite struct TimestampTests {
    @Test func `seconds are rounded down`() {
        let table: [(Int64, Int64)] = [
            (0, 0), (1, 0), (999, 0), (1000, 1), (1999, 1), (-1, -1), (-999, -1), (-1000, -1), (-1001, -2),
            (.max, 9_223_372_036_854_775),
        ]
        for (milliseconds, seconds) in table { #expect(Timestamp(milliseconds: milliseconds).seconds == seconds) }
    }

    @Test func `times are ordered`() {
        #expect(Timestamp(milliseconds: -1) < Timestamp(milliseconds: 0))
        #expect(Timestamp(milliseconds: 5) == Timestamp(milliseconds: 5))
        #expect(MonotonicTime(milliseconds: 1) < MonotonicTime(milliseconds: 2))
        #expect(!(MonotonicTime(milliseconds: 2) < MonotonicTime(milliseconds: 2)))
    }

    @Test func `advancing saturates at the ends of the range`() {
        let table: [(Int64, Int64, Int64)] = [
            (0, 5, 5), (5, -7, -2), (.max, 1, .max), (.max - 1, 1, .max), (.max, .max, .max), (.min, -1, .min),
            (.min, .min, .min),
            (.max, .min, -1),
        ]
        for (start, step, end) in table {
            #expect(Timestamp(milliseconds: start).advanced(byMilliseconds: step).milliseconds == end)
            #expect(MonotonicTime(milliseconds: start).advanced(byMilliseconds: step).milliseconds == end)
        }
    }

    @Test func `durations are differences`() {
        let start = MonotonicTime(milliseconds: 100)
        #expect(MonotonicTime(milliseconds: 350).milliseconds(since: start) == 250)
        #expect(start.milliseconds(since: MonotonicTime(milliseconds: 350)) == -250)
    }
}
