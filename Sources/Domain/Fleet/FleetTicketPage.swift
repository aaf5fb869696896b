import Bytes

/// One page of the fleet's tickets.
public struct FleetTicketPage: Sendable {
    /// The tickets, newest first.
    public let tickets: [FleetTicket]

    /// The number of tickets on all pages.
    public let totalCount: Int

    /// The `cursor` of the next page; nil if this is the last.
    public let next: String?

    /// The page of one member's tickets that the filter asks for. O(n) in its tickets.
    init(_ filter: TicketFilter, of member: Identifier, in all: FleetTickets) {
        let test = FleetTicketTest(filter)
        var found: [FleetTicket] = []
        var totalCount = 0
        var hasMore = false
        all[member]?.rows.descending { ticket in
            guard test.holds(for: ticket) else { return true }
            totalCount += 1
            guard filter.below.map({ ticket.id < $0 }) ?? true else { return true }
            if found.count < filter.limit { found.append(ticket) } else { hasMore = true }
            return true
        }
        if found.cutToPage() { hasMore = true }
        tickets = found
        self.totalCount = totalCount
        next = hasMore ? found.last.map { TicketFilter.cursor(behind: $0.id) } : nil
    }

    /// The page of all members' tickets after `cursor`. O(n log page) in all tickets.
    init(_ filter: TicketFilter, after cursor: FleetCursor?, in all: FleetTickets) {
        let test = FleetTicketTest(filter)
        var found: [FleetTicket] = []
        var totalCount = 0
        var hasMore = false
        for (_, table) in all.tables.sorted(by: { $0.key < $1.key }) {
            table.rows.descending { ticket in
                guard test.holds(for: ticket) else { return true }
                totalCount += 1
                let key = FleetCursor(behind: ticket)
                guard cursor.map({ $0 < key }) ?? true else { return true }
                var place = found.count
                while place > 0, key < FleetCursor(behind: found[place - 1]) { place -= 1 }
                if place < filter.limit { found.insert(ticket, at: place) } else { hasMore = true }
                if found.count > filter.limit {
                    found.removeLast()
                    hasMore = true
                }
                return true
            }
        }
        if found.cutToPage() { hasMore = true }
        tickets = found
        self.totalCount = totalCount
        next = hasMore ? found.last.map { FleetCursor(behind: $0).text } : nil
    }
}

extension [FleetTicket] {
    /// Leaves as many as one answer has room for, and returns whether there were more.
    fileprivate mutating func cutToPage() -> Bool {
        var bytes = 0
        for place in indices {
            bytes += self[place].answerTextBytes
            guard bytes > FleetLimits.pageBytesMax, place > 0 else { continue }
            removeSubrange(place...)
            return true
        }
        return false
    }
}

/// The end of a page of the whole fleet's tickets. The lesser cursor comes first.
public struct FleetCursor: Comparable, Sendable {
    let createdAt: Timestamp
    let station: Identifier
    let ticket: Identifier

    init(behind ticket: FleetTicket) {
        createdAt = ticket.ticket.createdAt
        station = ticket.station
        self.ticket = ticket.id
    }

    /// Reads the cursor of an earlier answer. Throws `invalid` if `text` is not one.
    public init(_ text: String) throws(Refusal) {
        let parts = (Base64.decode(text.utf8, as: .url) ?? []).split(separator: UInt8(ascii: "."))
        let numbers = parts.compactMap { Decimal.parse($0) }
        guard parts.count == 3, numbers.count == 3, let milliseconds = Int64(exactly: numbers[0]),
            let station = Identifier(exactly: numbers[1]), let ticket = Identifier(exactly: numbers[2])
        else { throw .invalid(["cursor must come from an earlier answer"]) }
        createdAt = Timestamp(milliseconds: milliseconds)
        self.station = station
        self.ticket = ticket
    }

    /// Opaque to clients. Times before 1970 count as 1970.
    var text: String {
        Base64.encode(Array("\(max(0, createdAt.milliseconds)).\(station).\(ticket)".utf8), as: .url)
    }

    public static func < (left: Self, right: Self) -> Bool {
        (right.createdAt, left.station, right.ticket) < (left.createdAt, right.station, left.ticket)
    }
}

/// Whether a ticket of the fleet belongs to an answer.
private struct FleetTicketTest {
    let filter: TicketFilter
    let search: TextSearch?

    init(_ filter: TicketFilter) {
        self.filter = filter
        search = filter.search.map(TextSearch.init)
    }

    func holds(for row: FleetTicket) -> Bool {
        let ticket = row.ticket
        guard filter.status == nil || filter.status == ticket.status,
            filter.userID == nil || filter.userID == ticket.userID,
            filter.stationID == nil || filter.stationID == ticket.stationID,
            filter.type == nil || filter.type == ticket.type,
            filter.priority == nil || filter.priority == ticket.priority,
            filter.assigneeID == nil || filter.assigneeID == ticket.assigneeID,
            filter.ids.contains(ticket.id), filter.changedAfter < row.documentSequence
        else { return false }
        guard let search else { return true }
        return search.isFound(in: row.user.username) || search.isFound(in: ticket.description)
            || ticket.response.map(search.isFound) ?? false
    }
}
