import JSON

/// How many tickets there are, and how they were rated.
public struct Statistics: Hashable, Sendable {
    public let open: Int
    public let inProgress: Int
    public let closed: Int

    /// Nil where none is rated, as the average of nothing is in SQL.
    public let averageRating: Double?

    public var total: Int { open + inProgress + closed }

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

extension Desk {
    /// The figures of all tickets that the caller may read. O(1); for staff O(n) in its own tickets.
    public func statistics(for caller: Caller) throws(Refusal) -> Statistics {
        let standing = try Standing(of: caller, at: self)
        let own = standing.userID.flatMap { tickets.byUser[$0] }
        switch standing.role {
        case .admin: return Statistics(tickets.tally)
        case .driver: return Statistics(own?.tally ?? Tally())
        case .stationStaff:
            var tally = standing.stationID.flatMap { tickets.byStation[$0]?.tally } ?? Tally()
            own?.ids.ascending { id in
                if let ticket = tickets[id], ticket.stationID != standing.stationID {
                    tally.add(TicketTable.Keys(ticket))
                }
                return true
            }
            return Statistics(tally)
        }
    }
}
