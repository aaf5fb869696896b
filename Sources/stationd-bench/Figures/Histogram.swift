/// Times in nanoseconds, counted in a log-linear table. Each power of two is divided into 128 parts, so a value read
/// out is at most 0.8 % above the one recorded. Recording is O(1) and allocates nothing.
struct Histogram: Sendable {
    /// Below this many nanoseconds, each value has its own place.
    private static let linearMax = 1 << partBits
    private static let partBits = 7

    private var counts: [UInt64]
    /// The number of values recorded.
    private(set) var count: UInt64 = 0
    /// The greatest value recorded, exact.
    private(set) var maximum: Int64 = 0

    init() { counts = [UInt64](repeating: 0, count: (64 - Self.partBits) << Self.partBits) }

    /// Records one value. A negative one counts as 0.
    mutating func record(_ nanoseconds: Int64) {
        let value = max(nanoseconds, 0)
        counts[Self.place(of: value)] += 1
        count += 1
        maximum = max(maximum, value)
    }

    /// Records how long each time from `first` on is past at `now`: otherwise one long wait would count as little as a
    /// short one, though more would have waited for it.
    ///
    /// - Returns: the first time that is not past.
    mutating func recordMissed(from first: Int64, every interval: Int64, until now: Int64) -> Int64 {
        var time = first
        while time <= now {
            record(now - time)
            time += max(1, interval)
        }
        return time
    }

    /// Adds the values that another histogram has recorded.
    mutating func add(_ other: Histogram) {
        for place in counts.indices { counts[place] += other.counts[place] }
        count += other.count
        maximum = max(maximum, other.maximum)
    }

    /// The value that a share of all values does not exceed, or 0 if nothing was recorded.
    ///
    /// - Parameter share: from 0 to 1; 0.5 asks for the median.
    func value(at share: Double) -> Int64 {
        guard count > 0 else { return 0 }
        let rank = max(1, min(count, UInt64((Double(count) * share).rounded(.up))))
        var passed: UInt64 = 0
        for place in counts.indices where counts[place] > 0 {
            passed += counts[place]
            if passed >= rank { return min(Self.greatest(at: place), maximum) }
        }
        return maximum
    }

    /// Like `value(at:)`, in milliseconds.
    func milliseconds(at share: Double) -> Double { Double(value(at: share)) / 1_000_000 }

    private static func place(of value: Int64) -> Int {
        guard value >= linearMax else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - partBits
        return (shift + 1) << partBits + Int(value >> Int64(shift)) - linearMax
    }

    /// The greatest value counted at a place.
    private static func greatest(at place: Int) -> Int64 {
        guard place >= linearMax else { return Int64(place) }
        let shift = Int64(place >> partBits - 1)
        return (Int64(place & (linearMax - 1) + linearMax + 1) << shift) - 1
    }
}
