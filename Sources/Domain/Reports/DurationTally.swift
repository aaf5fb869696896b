import JSON

/// How long something took, many times: the average, and the median and the ninetieth percentile to a sixth.
///
/// Durations are counted in classes, four to each doubling from a second on, so the memory does not grow.
struct DurationTally: Sendable {
    private static let classCount = 96
    private static let unitSeconds = 1.0

    private(set) var count = 0
    private var sumSeconds = 0.0
    private var classes: [UInt32] = []

    mutating func add(seconds: Int64) {
        let seconds = Double(max(0, seconds))
        count += 1
        sumSeconds += seconds
        if classes.isEmpty { classes = Array(repeating: 0, count: Self.classCount) }
        classes[Self.place(of: seconds)] += 1
    }

    /// Writes `{count, average_seconds, median_seconds, p90_seconds}`; the last three are null if there is nothing.
    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("count", count)
        writer.member("average_seconds", count == 0 ? nil : Int64((sumSeconds / Double(count)).rounded()))
        writer.member("median_seconds", percentile(50))
        writer.member("p90_seconds", percentile(90))
        writer.endObject()
    }

    private static func place(of seconds: Double) -> Int {
        var (bound, place) = (unitSeconds, 0)
        let factor = 1.189_207_115_002_721  // The fourth root of two.
        while bound < seconds, place < classCount - 1 {
            bound *= factor
            place += 1
        }
        return place
    }

    /// The middle of the class that the percentile is in, in seconds; nil if there is nothing.
    private func percentile(_ percent: Int) -> Int64? {
        guard count > 0 else { return nil }
        let wanted = (count * percent + 99) / 100
        var (passed, bound) = (0, Self.unitSeconds)
        let factor = 1.189_207_115_002_721
        for (place, number) in classes.enumerated() {
            passed += Int(number)
            if passed >= wanted { return Int64(place == 0 ? bound / 2 : bound / 1.09) }
            bound *= factor
        }
        return Int64(bound)
    }
}
