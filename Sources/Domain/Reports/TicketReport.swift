import Bytes
import JSON

/// What happened to tickets in the last days: how many were filed and closed each day, how long they waited for an
/// answer and for their end, by swap station and by type, and how they were rated.
public struct TicketReport: Sendable {
    /// Tickets of one sort that were filed in these days.
    private struct Group: Sendable {
        var filed = 0
        var closed = 0
        var firstAnswer = DurationTally()
        var close = DurationTally()
        var ratings = Ratings()

        mutating func add(_ ticket: Ticket) {
            filed += 1
            if let time = ticket.firstAnswerAt { firstAnswer.add(seconds: time.seconds - ticket.createdAt.seconds) }
            if let time = ticket.closedAt {
                closed += 1
                close.add(seconds: time.seconds - ticket.createdAt.seconds)
            }
            if let rating = ticket.rating { ratings.add(rating) }
        }

        func writeMembers(into writer: inout JSONWriter) {
            writer.member("filed", filed)
            writer.member("closed", closed)
            writer.key("first_answer")
            firstAnswer.write(into: &writer)
            writer.key("close")
            close.write(into: &writer)
            writer.key("ratings")
            ratings.write(into: &writer)
        }
    }

    private struct Ratings: Sendable {
        private var counts = [0, 0, 0, 0, 0]

        mutating func add(_ rating: UInt8) { if (1...5).contains(rating) { counts[Int(rating) - 1] += 1 } }

        func write(into writer: inout JSONWriter) {
            let count = counts.reduce(0, +)
            let sum = counts.enumerated().reduce(0) { $0 + ($1.offset + 1) * $1.element }
            writer.beginObject()
            writer.member("count", count)
            writer.member("average", count == 0 ? nil : Double(sum) / Double(count))
            for (index, count) in counts.enumerated() { writer.member(text: "\(index + 1)", count) }
            writer.endObject()
        }
    }

    private let filter: ReportFilter
    /// The beginning of the first day.
    private let start: Timestamp
    private var days: [(filed: Int, closed: Int)]
    private var all = Group()
    private var byStation: [Identifier: Group] = [:]
    private var byType: [TicketType: Group] = [:]

    fileprivate init(_ filter: ReportFilter, now: Timestamp) {
        self.filter = filter
        start = filter.firstDay(now: now)
        days = Array(repeating: (0, 0), count: filter.days)
    }

    fileprivate mutating func add(_ ticket: Ticket) {
        if let day = day(of: ticket.createdAt) {
            days[day].filed += 1
            all.add(ticket)
            byStation[ticket.stationID ?? 0, default: Group()].add(ticket)
            byType[ticket.type, default: Group()].add(ticket)
        }
        if let time = ticket.closedAt, let day = day(of: time) { days[day].closed += 1 }
    }

    private func day(of time: Timestamp) -> Int? {
        let millis = time.milliseconds - start.milliseconds
        guard millis >= 0 else { return nil }
        let day = millis / ReportFilter.dayMillis
        return day < Int64(days.count) ? Int(day) : nil
    }

    /// Writes the report as a JSON object. `name` returns the name of a swap station.
    fileprivate func write(into writer: inout JSONWriter, name: (Identifier) -> String?) {
        writer.beginObject()
        writer.key("days")
        writer.beginArray()
        for (index, day) in days.enumerated() {
            writer.beginObject()
            writer.member("day", filter.name(ofDay: index, from: start))
            writer.member("filed", day.filed)
            writer.member("closed", day.closed)
            writer.endObject()
        }
        writer.endArray()
        writer.key("all")
        writer.beginObject()
        all.writeMembers(into: &writer)
        writer.endObject()
        writer.key("by_station")
        writer.beginArray()
        for (station, group) in byStation.sorted(by: { $0.key < $1.key }) {
            writer.beginObject()
            writer.member("station_id", id: station == 0 ? nil : station)
            writer.member("station_name", station == 0 ? nil : name(station))
            group.writeMembers(into: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.key("by_type")
        writer.beginArray()
        for type in TicketType.allCases {
            writer.beginObject()
            writer.member("type", type.rawValue)
            (byType[type] ?? Group()).writeMembers(into: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }
}

/// A report that is made bit by bit, as a `TicketListing` is. It needs some 1 KiB for each swap station with tickets.
public struct TicketReportListing: Sendable {
    private let filter: ReportFilter
    private let caller: Caller
    private let now: Timestamp
    private var standing: Standing
    private var report: TicketReport
    private var end = Identifier.max

    fileprivate init(_ filter: ReportFilter, _ caller: Caller, _ standing: Standing, now: Timestamp) {
        self.filter = filter
        self.caller = caller
        self.now = now
        self.standing = standing
        report = TicketReport(filter, now: now)
    }

    /// Goes on, and returns the report as JSON if that was the end. Throws and begins anew as `TicketListing.advance`
    /// does.
    public mutating func advance(
        in desk: Desk, stepsMax: Int = TicketListing.stepsMax
    ) throws(Refusal) -> [UInt8]? {
        let present = try Standing(of: caller, at: desk)
        if present != standing { self = TicketReportListing(filter, caller, present, now: now) }
        var (steps, isAtEnd) = (0, true)
        let standing = standing
        desk.tickets.rows.descending(below: end) { ticket in
            guard steps < stepsMax else {
                isAtEnd = false
                return false
            }
            end = ticket.id
            steps += 60
            guard standing.mayRead(ticket) else { return true }
            steps += 100 + 4 * ((ticket.commentsStored?.count ?? 0) + (ticket.historyStored?.count ?? 0))
            report.add(ticket)
            return true
        }
        guard isAtEnd else { return nil }
        var writer = JSONWriter()
        report.write(into: &writer) { desk.stations[$0]?.name }
        return writer.bytes
    }
}

extension Desk {
    /// Begins a report of the tickets that the caller may read. Throws `forbidden` if the caller is a driver.
    public func reportListing(
        _ filter: ReportFilter, for caller: Caller, now: Timestamp
    ) throws(Refusal) -> TicketReportListing {
        let standing = try Standing(of: caller, at: self)
        guard standing.role != .driver else { throw .forbidden("Forbidden resource") }
        return TicketReportListing(filter, caller, standing, now: now)
    }
}

extension Ticket {
    /// When somebody else than its user first answered: with a comment that the user may read, a response or its end.
    fileprivate var firstAnswerAt: Timestamp? {
        let user = Caller.user(userID)
        let comment = commentsStored?.first { !$0.isInternal && $0.by != user }?.createdAt
        let answer = historyStored?.first {
            $0.by != user
                && ($0.change.field == .response
                    || ($0.change.field == .status && $0.change.to == .text(TicketStatus.closed.rawValue)))
        }?.at
        guard let comment, let answer else { return comment ?? answer }
        return min(comment, answer)
    }
}
