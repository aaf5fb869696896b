/// A list of the fleet's tickets that is made bit by bit, as `TicketListing` is: of one member by falling number, or of
/// all members, the newest first by their clocks.
///
/// The desk may change between two calls. What `TicketListing` says holds here too, except that a ticket which arrives
/// meanwhile is listed if its turn has not come.
public struct FleetTicketListing: Sendable {
    private let test: TicketTest

    /// The only member whose tickets are listed; nil for all.
    private let member: Identifier?

    /// Where the page before ended.
    private let cursor: FleetCursor?

    /// The member whose turn it is, and the number from which on its tickets have been looked at.
    private var place: (member: Identifier, end: Identifier)?

    /// The first tickets after the cursor, and as many again before they are sorted.
    private var found: [FleetCursor] = []

    /// Tickets from here on are not on the page.
    private var last: FleetCursor?

    private var foundCount = 0
    private var countAfterCursor = 0

    /// A ticket that is being searched, and the last event in it.
    private var searched: (key: FleetCursor, sequence: UInt64, place: TextSearch.Place)?

    /// Where the last search ended that found nothing.
    private var failed: TextSearch.Place?

    private var page = PageWriter()
    private var tickets: [FleetTicket] = []

    /// How many of the tickets that were found are on the page, or no longer belong there.
    private var writtenCount = 0

    /// The tickets of one member.
    init(_ filter: TicketFilter, of member: Identifier) {
        test = TicketTest(filter)
        self.member = member
        cursor = nil
        place = (member, .max)
    }

    /// The tickets of all members.
    init(_ filter: TicketFilter, after cursor: FleetCursor?) {
        test = TicketTest(filter)
        member = nil
        self.cursor = cursor
        place = (0, .max)
    }

    /// Goes on, and returns the page if that was the end. The parameters are those of `TicketListing.advance`.
    @inline(never)  // It is large, and one copy serves all callers.
    public mutating func advance(in desk: Desk, stepsMax: Int = TicketListing.stepsMax) -> FleetTicketPage? {
        var steps = 0
        while let (member, _) = place {
            if let table = desk.fleet.tickets[member] {
                guard walk(table, &steps, stepsMax) else { return nil }
            }
            place = self.member == nil ? desk.fleet.tickets.member(after: member).map { ($0, .max) } : nil
            steps += desk.fleet.tickets.tables.count
            if place == nil { sortFound() }
        }
        guard write(in: desk, &steps, stepsMax) else { return nil }
        let hasMore = countAfterCursor > writtenCount
        let last = found.prefix(writtenCount).last
        return FleetTicketPage(
            tickets: tickets, json: page.finished(), totalCount: foundCount,
            next: hasMore ? last.map { member == nil ? $0.text : TicketFilter.cursor(behind: $0.ticket) } : nil)
    }

    /// Looks at the next tickets of the member; returns whether those were the last.
    private mutating func walk(_ table: FleetTicketTable, _ steps: inout Int, _ stepsMax: Int) -> Bool {
        var isAtEnd = true
        let (test, below) = (test, test.filter.below ?? .max)
        table.rows.descending(below: place?.end ?? 0) { ticket in
            guard steps < stepsMax else {
                isAtEnd = false
                return false
            }
            steps += 40 + test.stepsPerTicket
            var isFound = test.holds(for: ticket.ticket) && test.holds(forChange: ticket.documentSequence)
            let key = FleetCursor(behind: ticket, isByNumber: member != nil)
            if isFound, let search = test.search {
                guard let answer = isFoundByWords(ticket, key, search, &steps, stepsMax) else {
                    isAtEnd = false
                    return false
                }
                isFound = answer
            }
            place?.end = ticket.id
            guard isFound else { return true }
            foundCount += 1
            guard ticket.id < below, cursor.map({ $0 < key }) ?? true else { return true }
            countAfterCursor += 1
            if let last, last < key { return true }
            found.append(key)
            if found.count >= 2 * test.filter.limit {
                steps += 10 * found.count
                sortFound()
            }
            return true
        }
        return isAtEnd
    }

    /// Whether a ticket has the words of a search; nil if that is not certain yet.
    private mutating func isFoundByWords(
        _ ticket: FleetTicket, _ key: FleetCursor, _ search: TextSearch, _ steps: inout Int, _ stepsMax: Int
    ) -> Bool? {
        var place: TextSearch.Place
        if let searched, searched.key == key, searched.sequence == ticket.documentSequence {
            place = searched.place
        } else {
            steps += 40
            var known = search.words(numbering: ticket.ticket) | search.words(in: ticket.user, &steps)
            if let station = ticket.place { known |= search.words(in: station, &steps) }
            place = TextSearch.Place(search, known: known, previous: failed)
        }
        let answer = search.isFound(in: ticket.ticket, includesInternal: true, &place, &steps, stepsMax)
        searched = answer == nil ? (key, ticket.documentSequence, place) : nil
        if answer == false { failed = place }
        return answer
    }

    /// Leaves as many as a page may have.
    private mutating func sortFound() {
        found.sort()
        guard found.count >= test.filter.limit else { return }
        found.removeSubrange(test.filter.limit...)
        last = found.last
    }

    /// Writes the next tickets of the page; returns whether those were the last.
    private mutating func write(in desk: Desk, _ steps: inout Int, _ stepsMax: Int) -> Bool {
        while writtenCount < found.count, page.hasRoom {
            guard steps < stepsMax else { return false }
            let key = found[writtenCount]
            writtenCount += 1
            steps += 60
            guard let ticket = desk.fleet.tickets[key.station]?[key.ticket],
                key == FleetCursor(behind: ticket, isByNumber: member != nil), test.holds(for: ticket.ticket)
            else { continue }
            tickets.append(ticket)
            steps += page.append { ticket.write(into: &$0) }
        }
        return true
    }
}
