/// One page of tickets, newest first.
public struct TicketPage: Sendable {
    /// The tickets, newest first.
    public let tickets: [Ticket]

    /// The number of tickets on all pages.
    public let totalCount: Int

    /// The `cursor` of the next page; nil if this is the last.
    public let next: String?

    /// The page that the filter asks for, of the tickets that the caller may read.
    init(_ filter: TicketFilter, _ standing: Standing, in table: TicketTable, of users: OrderedTable<User>) {
        let candidates = TicketCandidates(filter, standing, in: table)
        let test = TicketTest(filter, standing, users)
        // If all candidates belong to the answer, they can be counted without a look at them.
        let knownCount = test.isAlwaysTrue ? candidates.count : nil
        let end = filter.below ?? .max
        var found: [Ticket] = []
        var totalCount = 0
        var hasMore = false
        candidates.descending(below: knownCount == nil ? .max : end, in: table) { ticket in
            guard test.isAlwaysTrue || test.holds(for: ticket) else { return true }
            totalCount += 1
            guard ticket.id < end else { return true }
            if found.count < filter.limit {
                found.append(ticket)
                return true
            }
            hasMore = true
            return knownCount == nil
        }
        tickets = found
        self.totalCount = knownCount ?? totalCount
        next = hasMore ? found.last.map { TicketFilter.cursor(behind: $0.id) } : nil
    }
}

/// The smallest known group that has all tickets of a query.
private enum TicketCandidates {
    case all(Int)
    case group(OrderedTable<Identifier>)

    init(_ filter: TicketFilter, _ standing: Standing, in table: TicketTable) {
        if let user = filter.userID ?? (standing.role == .driver ? standing.userID : nil) {
            self = .group(table.byUser[user]?.ids ?? OrderedTable())
        } else if let station = filter.stationID {
            self = .group(table.byStation[station]?.ids ?? OrderedTable())
        } else {
            self = .all(table.count)
        }
    }

    var count: Int {
        switch self {
        case .all(let count): count
        case .group(let ids): ids.count
        }
    }

    func descending(below end: Identifier, in table: TicketTable, _ visit: (Ticket) -> Bool) {
        switch self {
        case .all: table.rows.descending(below: end, visit)
        case .group(let ids): ids.descending(below: end) { id in table[id].map(visit) ?? true }
        }
    }
}

/// Whether a candidate belongs to the answer.
private struct TicketTest {
    let filter: TicketFilter
    let standing: Standing
    let search: TextSearch?

    /// Users whose name has the text that is searched for.
    let namedUsers: Set<Identifier>

    /// Whether every candidate does.
    let isAlwaysTrue: Bool

    init(_ filter: TicketFilter, _ standing: Standing, _ users: OrderedTable<User>) {
        self.filter = filter
        self.standing = standing
        search = filter.search.map(TextSearch.init)
        var named: Set<Identifier> = []
        if let search {
            users.forEach { if search.isFound(in: $0.username) { named.insert($0.id) } }
        }
        namedUsers = named
        isAlwaysTrue =
            standing.readsAllOfGroup(of: filter) && (filter.userID == nil || filter.stationID == nil)
            && filter.status == nil && filter.type == nil && filter.priority == nil && filter.assigneeID == nil
            && filter.ids == 0 ... .max && filter.changedAfter == 0 && search == nil
    }

    func holds(for ticket: Ticket) -> Bool {
        guard standing.mayRead(ticket),
            filter.status == nil || filter.status == ticket.status,
            filter.userID == nil || filter.userID == ticket.userID,
            filter.stationID == nil || filter.stationID == ticket.stationID,
            filter.type == nil || filter.type == ticket.type,
            filter.priority == nil || filter.priority == ticket.priority,
            filter.assigneeID == nil || filter.assigneeID == ticket.assigneeID,
            filter.ids.contains(ticket.id), filter.changedAfter < ticket.documentSequence
        else { return false }
        guard let search else { return true }
        return namedUsers.contains(ticket.userID) || search.isFound(in: ticket.description)
            || ticket.response.map(search.isFound) ?? false
    }
}

extension Standing {
    /// Whether the caller may read every ticket of the candidates that a filter leads to.
    fileprivate func readsAllOfGroup(of filter: TicketFilter) -> Bool {
        switch role {
        case .admin: true
        case .stationStaff:
            if let user = filter.userID { user == userID } else { stationID != nil && filter.stationID == stationID }
        case .driver:
            // Without a user in the filter the candidates are the driver's own tickets, of whatever station.
            filter.userID.map { $0 == userID } ?? (filter.stationID == nil)
        }
    }
}
