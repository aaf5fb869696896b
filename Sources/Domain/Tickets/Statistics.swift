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

/// Statistics that are counted bit by bit, as a `TicketListing` is made: for staff, who read the tickets of their swap
/// station and their own at others, the latter have to be looked at. All others have them with the first call.
///
/// If the desk changes between two calls, each ticket of their own counts as it was when its turn came.
public struct StatisticsListing: Sendable {
    private let caller: Caller
    private var standing: Standing
    private var ownElsewhere = Tally()

    /// The tickets from this number on have been looked at.
    private var end = Identifier.max

    init(_ caller: Caller, _ standing: Standing) {
        self.caller = caller
        self.standing = standing
    }

    /// Goes on, and returns the statistics if that was the end. Throws and begins anew as `TicketListing.advance` does.
    public mutating func advance(
        in desk: Desk, stepsMax: Int = TicketListing.stepsMax
    ) throws(Refusal) -> Statistics? {
        let present = try Standing(of: caller, at: desk)
        if present != standing { self = StatisticsListing(caller, present) }
        let own = standing.userID.flatMap { desk.tickets.byUser[$0] }
        switch standing.role {
        case .admin: return Statistics(desk.tickets.tally)
        case .driver: return Statistics(own?.tally ?? Tally())
        case .stationStaff:
            guard walk(own?.ids ?? OrderedTable(), in: desk.tickets, stepsMax) else { return nil }
            var tally = standing.stationID.flatMap { desk.tickets.byStation[$0]?.tally } ?? Tally()
            tally.add(ownElsewhere)
            return Statistics(tally)
        }
    }

    /// Looks at the next tickets; returns whether those were the last.
    private mutating func walk(_ ids: OrderedTable<Identifier>, in table: TicketTable, _ stepsMax: Int) -> Bool {
        var (steps, isAtEnd) = (0, true)
        ids.descending(below: end) { id in
            guard steps < stepsMax else {
                isAtEnd = false
                return false
            }
            end = id
            steps += 32
            if let ticket = table[id], ticket.stationID != standing.stationID {
                ownElsewhere.add(TicketTable.Keys(ticket))
            }
            return true
        }
        return isAtEnd
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

    mutating func add(_ other: Tally) {
        open += other.open
        inProgress += other.inProgress
        closed += other.closed
        ratingCount += other.ratingCount
        ratingSum += other.ratingSum
    }

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
