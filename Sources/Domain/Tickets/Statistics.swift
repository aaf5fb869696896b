import JSON

/// How many tickets there are, and how they were rated.
public struct Statistics: Hashable, Sendable {
    /// The number of open tickets.
    public let open: Int

    /// The number of tickets in progress.
    public let inProgress: Int

    /// The number of closed tickets.
    public let closed: Int

    /// Nil if no ticket is rated, as the average of nothing is NULL in SQL.
    public let averageRating: Double?

    /// The number of all tickets.
    public var total: Int { open + inProgress + closed }

    /// The statistics of all tickets that the caller may read. O(1); for staff O(n) in the tickets of their own.
    init(of standing: Standing, in tickets: TicketTable) {
        let own = standing.userID.flatMap { tickets.byUser[$0] }
        switch standing.role {
        case .admin: self.init(tickets.tally)
        case .driver: self.init(own?.tally ?? Tally())
        case .stationStaff:
            var tally = standing.stationID.flatMap { tickets.byStation[$0]?.tally } ?? Tally()
            own?.ids.forEach { id in
                if let ticket = tickets[id], ticket.stationID != standing.stationID {
                    tally.add(TicketTable.Keys(ticket))
                }
            }
            self.init(tally)
        }
    }

    init(_ tally: Tally) {
        open = tally.open
        inProgress = tally.inProgress
        closed = tally.closed
        averageRating = tally.ratingCount == 0 ? nil : Double(tally.ratingSum) / Double(tally.ratingCount)
    }

    /// Writes `{"total":…,"byStatus":{…},"averageRating":…}`.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("total", total)
        writer.key("byStatus")
        writer.beginObject()
        writer.member("open", open)
        writer.member("in_progress", inProgress)
        writer.member("closed", closed)
        writer.endObject()
        writer.member("averageRating", averageRating)
        writer.endObject()
    }
}

/// The number of tickets by status, and their ratings. Kept as tickets change, so statistics cost no walk.
struct Tally: Hashable, Sendable {
    private(set) var open = 0
    private(set) var inProgress = 0
    private(set) var closed = 0
    private(set) var ratingCount = 0
    private(set) var ratingSum = 0

    var total: Int { open + inProgress + closed }

    mutating func add(_ ticket: TicketTable.Keys) { count(ticket, 1) }

    mutating func remove(_ ticket: TicketTable.Keys) { count(ticket, -1) }

    private mutating func count(_ ticket: TicketTable.Keys, _ step: Int) {
        switch ticket.status {
        case .open: open += step
        case .inProgress: inProgress += step
        case .closed: closed += step
        }
        if let rating = ticket.rating {
            ratingCount += step
            ratingSum += step * Int(rating)
        }
    }
}
