import Bytes
import JSON

/// The query of GET /support/report: how many days, and where a day begins.
public struct ReportFilter: Hashable, Sendable {
    static let dayMillis: Int64 = 86_400_000
    private static let daysMax = 366

    /// The number of days, today among them.
    public let days: Int

    /// How far the day's begin is ahead of UTC, in minutes.
    private let offsetMinutes: Int

    /// Reads a query. Throws `invalid` with every fault.
    public init(query: [(name: String, value: String)]) throws(Refusal) {
        let fields = ["days", "utc_offset_minutes"]
        var form = Query(query, fields: fields, numbers: fields).form()
        let days = form.optional("days", .maximum(Int64(Self.daysMax)), .minimum(1), .integer)
        let offset = form.optional("utc_offset_minutes", .maximum(840), .minimum(-840), .integer)
        try form.finish()
        self.days = Int(clamping: days?.integerValue ?? 30)
        offsetMinutes = Int(clamping: offset?.integerValue ?? 0)
    }

    private var offsetMillis: Int64 { Int64(offsetMinutes) * 60_000 }

    /// The beginning of the first day.
    func firstDay(now: Timestamp) -> Timestamp {
        let local = now.milliseconds &+ offsetMillis
        let today = local - ((local % Self.dayMillis) + Self.dayMillis) % Self.dayMillis
        return Timestamp(milliseconds: today - Int64(days - 1) * Self.dayMillis - offsetMillis)
    }

    /// The date of a day, counted from the first: `2025-01-12`.
    func name(ofDay index: Int, from start: Timestamp) -> String {
        let local = start.milliseconds + offsetMillis + Int64(index) * Self.dayMillis
        return String(Timestamp(milliseconds: local).iso8601.prefix(10))
    }
}
