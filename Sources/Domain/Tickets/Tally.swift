/// How many tickets there are by status, and their ratings: kept as tickets change, so that statistics cost no walk.
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
