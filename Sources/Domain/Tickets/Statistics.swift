import JSON

/// How many tickets there are, and how they were rated.
public struct Statistics: Hashable, Sendable {
    public let open: Int
    public let inProgress: Int
    public let closed: Int

    /// Nil where none is rated, as the average of nothing is in SQL.
    public let averageRating: Double?

    public var total: Int { open + inProgress + closed }

    /// The statistics of all tickets that the caller may read. O(1); for staff O(n) in its own tickets.
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
