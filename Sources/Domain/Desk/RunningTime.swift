import JSON

// running/1.json: running (milliseconds), days [{day, first}], sequence.

/// How long the station has run on this data directory, over all its starts: the time by which anything gets too old.
///
/// The time of day does not serve for that: a machine without a battery for its clock jumps by months at every boot,
/// and an owner may set the clock. Running time comes from the monotonic clock and goes on, after a start, from what
/// was noted last. So a jump in either direction ages nothing, nor does the time for which the station is off. Both err
/// on the side of keeping, which the counts in `DeskLimits` bound.
///
/// The time is noted in records, `running`, where `isDue` says so: with the first event of each day of running time,
/// and otherwise every ten minutes, so that a start goes on from not much earlier. Ages are judged in whole days. The
/// day of an event follows from its sequence and the first events of the days, so nothing else has to remember it.
struct RunningTime: Hashable, DeskDocument {
    /// A day of running time and its first event.
    private struct Day: Hashable {
        let number: Int64
        let first: UInt64
    }

    private static let dayMillis: Int64 = 86_400_000
    private static let intervalMillis: Int64 = 600_000

    /// More than the days for which anything can be kept. Beyond this the oldest are dropped; their events then count
    /// as those of the oldest day that is left.
    private static let dayCountMax = 4_096

    /// A time beyond this cannot be true; such a record is read as if it had this.
    private static let millisMax: Int64 = 1 << 53

    /// The time noted last, in milliseconds.
    private(set) var noted: Int64 = 0

    /// Rising in both.
    private var days: [Day] = []
    private(set) var documentSequence: UInt64 = 0

    init() {}

    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        noted = try reader.runningTime("running")
        for entry in try reader.readers("days") {
            days.append(Day(number: try entry.runningTime("day"), first: try entry.sequence("first")))
        }
        guard days.rises(by: \.first), zip(days, days.dropFirst()).allSatisfy({ $0.number < $1.number }) else {
            throw reader.fault("days", "must rise")
        }
        documentSequence = try reader.sequence("sequence")
    }

    init?(madeBy event: Event, id: Identifier) {
        guard event.running != nil else { return nil }
        _ = fold(event)
    }

    private static let onlyPath = DocumentPath(.running, 1)

    var path: DocumentPath { Self.onlyPath }

    static func appendPaths(touchedBy event: Event, to paths: inout [DocumentPath]) {
        if event.running != nil { paths.append(onlyPath) }
    }

    mutating func fold(_ event: Event) -> Bool {
        documentSequence = event.sequence
        guard let running = event.running, running >= noted else { return true }
        noted = running
        let day = running / Self.dayMillis
        guard day > days.last?.number ?? -1 else { return true }
        days.append(Day(number: day, first: event.sequence))
        if days.count > Self.dayCountMax { days.removeFirst(days.count - Self.dayCountMax) }
        return true
    }

    func write(into object: inout JSONObject) {
        object.member("running", noted)
        object["days"] = .array(
            days.map { day in
                var object = JSONObject()
                object.member("day", day.number)
                object.member("first", sequence: day.first)
                return .object(object)
            })
    }

    /// Whether an event at `running` must note it.
    func isDue(at running: Int64) -> Bool {
        days.isEmpty || running >= noted + Self.intervalMillis || running / Self.dayMillis > noted / Self.dayMillis
    }

    /// The first event that is not yet older than `ageMillis` at `running`; `UInt64.max` if all there are are older.
    ///
    /// An event's age is counted from the end of its day of running time. So it is kept for at least `ageMillis`, and
    /// for a day more at most. O(log n) in the days.
    func firstEvent(notOlderThan ageMillis: Int64, at running: Int64) -> UInt64 {
        let (latest, isEarly) = running.subtractingReportingOverflow(ageMillis)
        // A day has ended by `latest` if the next has begun by then.
        guard !isEarly, latest >= Self.dayMillis else { return 0 }
        let ended = UInt64(latest / Self.dayMillis)
        let place = days.count(through: ended - 1) { UInt64(clamping: $0.number) }
        // What came before the first day known counts as part of it.
        if place == 0 { return 0 }
        return place < days.count ? days[place].first : .max
    }

    /// A running time that can be: noted times and their sums do not overflow.
    static func clamped(_ millis: Int64) -> Int64 { min(max(millis, 0), millisMax) }
}

extension MemberReader {
    /// A running time, or a number of such days.
    func runningTime(_ name: String) throws(DocumentFault) -> Int64 {
        RunningTime.clamped(Int64(clamping: try sequence(name)))
    }
}
