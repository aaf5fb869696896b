import JSON

/// A list of tickets that is made bit by bit, so that a long one holds up nobody: begin it with
/// `Desk.listing(_:for:)` and call `advance` until that gives the page.
///
/// The desk may change between two calls. The list then has
///
/// - each ticket that was there all along and did not change, once and in its place;
/// - no ticket that was created after the beginning;
/// - a ticket that was changed or deleted meanwhile as it was when its turn came: it is counted if it passed the filter
///   then. Its turn to be written comes later: it is on the page if by then it is still there, the caller may read it,
///   and its fields pass the filter. So a page may be shorter than its limit and have a next one all the same.
///
/// The page shows nothing newer than `Desk.lastSequence` at the last call. If the caller's role or swap station
/// changes, the list begins anew; if the caller is no longer active, `advance` throws.
///
/// It keeps the places of at most twice as many tickets as a page may have, and the page as far as it is written. A
/// search keeps what its words need, 2 KiB for usual ones and 1 MiB for the worst, and at most 400 KiB about the users
/// in whom it found something.
public struct TicketListing: Sendable {
    private let caller: Caller
    private let test: TicketTest
    private var standing: Standing

    /// Tickets from this number on have been looked at, or were created after the beginning.
    private var end: Identifier

    /// A ticket that is being searched, and its last event.
    private var searched: (id: Identifier, sequence: UInt64, place: TextSearch.Place)?

    /// Where the last search ended that found nothing.
    private var failed: TextSearch.Place?

    private var isWalked = false
    private var found: [Identifier] = []
    private var foundCount = 0
    private var hasMore = false

    /// The first places, unless the newest come first: those are found in their order.
    private var first: FirstKeys
    private var counts: TicketCounts?
    private let isExport: Bool
    private var names = FoundNames()

    private var page = PageWriter()
    private var tickets: [Ticket] = []

    /// How many of the tickets that were found are on the page, or no longer belong there.
    private var writtenCount = 0

    /// What a call costs before it ends, for a list that yields: less than a millisecond.
    public static let stepsMax = 150_000

    /// - Parameters:
    ///   - counts: zero if the tickets are to be counted by their sort; nil otherwise.
    ///   - isExport: whether the page is a file for spreadsheets.
    init(
        _ filter: TicketFilter, _ caller: Caller, _ standing: Standing, counting counts: TicketCounts? = nil,
        isExport: Bool = false, in desk: Desk
    ) {
        self.isExport = isExport
        first = FirstKeys(limit: filter.limit)
        self.counts = counts
        self.caller = caller
        self.standing = standing
        test = TicketTest(filter)
        end = 0
        begin(in: desk)
    }

    /// Goes on, and returns the page if that was the end.
    ///
    /// Throws `unauthorized` if the caller is a user who does not exist or is not active any more.
    ///
    /// - Parameter stepsMax: the call ends after the text, or the ticket, with which it has cost so much: 1 for each
    ///   letter that was looked at and each byte that was written, and some for each ticket. It must be positive.
    @inline(never)  // It is large, and one copy serves all callers.
    public mutating func advance(in desk: Desk, stepsMax: Int = Self.stepsMax) throws(Refusal) -> TicketPage? {
        let present = try Standing(of: caller, at: desk)
        if present != standing {
            standing = present
            begin(in: desk)
        }
        precondition(stepsMax > 0, "a list that never ends")
        var steps = 0
        if !isWalked { isWalked = walk(in: desk, &steps, stepsMax) }
        guard isWalked, write(in: desk, &steps, stepsMax) else { return nil }
        let isCut = writtenCount < found.count
        return TicketPage(
            tickets: tickets, json: page.finished(),
            totalCount: isAlwaysTrue ? candidates(in: desk).count : foundCount, counts: counts,
            csv: page.csv ?? [], next: hasMore || isCut ? cursor : nil)
    }

    /// The cursor of the next page.
    private var cursor: String? {
        guard writtenCount > 0 else { return nil }
        let order = test.filter.order
        let last = order == .newest ? TicketKey(rank: 0, id: found[writtenCount - 1]) : first.keys[writtenCount - 1]
        return order.cursor(after: last)
    }

    private mutating func begin(in desk: Desk) {
        (searched, isWalked, found, foundCount, hasMore) = (nil, false, [], 0, false)
        (page, tickets, writtenCount) = (PageWriter(isExport: isExport), [], 0)
        first = FirstKeys(limit: test.filter.limit)
        if counts != nil { counts = TicketCounts() }
        let ids = test.filter.ids
        end = min(desk.tickets.rows.end, ids.upperBound == .max ? .max : ids.upperBound + 1)
        if isAlwaysTrue, let below = test.filter.below { end = min(end, below) }
    }

    private func candidates(in desk: Desk) -> TicketCandidates {
        TicketCandidates(test.filter, standing, in: desk.tickets)
    }

    /// Whether every candidate belongs to the answer, so that all can be counted without a look at them.
    private var isAlwaysTrue: Bool {
        test.isOnlyAboutGroups && standing.readsAllOfGroup(of: test.filter) && test.filter.order == .newest
            && counts == nil
    }

    /// Looks at the next tickets; returns whether those were the last.
    private mutating func walk(in desk: Desk, _ steps: inout Int, _ stepsMax: Int) -> Bool {
        // Local names, so that a look at a ticket counts no references.
        let (test, standing, isAlwaysTrue, candidates) = (test, standing, isAlwaysTrue, candidates(in: desk))
        let (lowest, below, limit) = (test.filter.ids.lowerBound, test.filter.below ?? .max, test.filter.limit)
        let (order, after) = (test.filter.order, test.filter.after)
        if test.search != nil { names.notice(desk) }
        var isAtEnd = true
        candidates.descending(below: end, in: desk.tickets) { ticket in
            guard steps < stepsMax else {
                isAtEnd = false
                return false
            }
            steps += candidates.stepsPerTicket + test.stepsPerTicket
            guard ticket.id >= lowest else { return false }
            var isFound = isAlwaysTrue || test.holds(for: ticket, standing)
            if isFound, let search = test.search {
                guard let answer = isFoundByWords(ticket, search, in: desk, &steps, stepsMax) else {
                    isAtEnd = false
                    return false
                }
                isFound = answer
            }
            end = ticket.id
            guard isFound else { return true }
            foundCount += 1
            counts?.add(ticket)
            if order != .newest {
                let key = order.key(of: ticket)
                if after.map({ $0 < key }) ?? true { steps += 10 * first.add(key) }
                return true
            }
            guard ticket.id < below else { return true }
            if found.count < limit {
                found.append(ticket.id)
                return true
            }
            hasMore = true
            return !isAlwaysTrue
        }
        if isAtEnd, order != .newest {
            first.sort()
            found = first.keys.map(\.id)
            hasMore = first.count > found.count
        }
        return isAtEnd
    }

    /// Whether a ticket has the words of a search; nil if that is not certain yet.
    private mutating func isFoundByWords(
        _ ticket: Ticket, _ search: TextSearch, in desk: Desk, _ steps: inout Int, _ stepsMax: Int
    ) -> Bool? {
        var place: TextSearch.Place
        if let searched, searched.id == ticket.id, searched.sequence == ticket.documentSequence {
            place = searched.place
        } else {
            steps += 40
            let known = search.words(numbering: ticket) | names.words(of: ticket, search, in: desk, &steps)
            place = TextSearch.Place(search, known: known, previous: failed)
        }
        let answer = search.isFound(
            in: ticket, includesInternal: standing.readsInternalComments, &place, &steps, stepsMax)
        searched = answer == nil ? (ticket.id, ticket.documentSequence, place) : nil
        if answer == false { failed = place }
        return answer
    }

    /// Writes the next tickets of the page; returns whether those were the last.
    private mutating func write(in desk: Desk, _ steps: inout Int, _ stepsMax: Int) -> Bool {
        while writtenCount < found.count, page.hasRoom {
            guard steps < stepsMax else { return false }
            let id = found[writtenCount]
            writtenCount += 1
            steps += 40
            guard let ticket = desk.tickets[id], test.holds(for: ticket, standing) else { continue }
            if isExport {
                steps += page.appendLine { TicketCSV.append(ticket, of: desk, to: &$0) }
                continue
            }
            tickets.append(ticket.alone)
            steps += page.append { desk.write(ticket, into: &$0) }
        }
        return true
    }
}

/// The smallest known group of tickets that contains the whole answer.
private enum TicketCandidates {
    case all(Int)
    case group(OrderedTable<Identifier>)

    init(_ filter: TicketFilter, _ standing: Standing, in table: TicketTable) {
        if let user = filter.userIDs.single ?? (standing.role == .driver ? standing.userID : nil) {
            self = .group(table.byUser[user]?.ids ?? OrderedTable())
        } else if let station = filter.stationIDs.single {
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

    /// What a look at a ticket costs. One of a group has to be found first.
    var stepsPerTicket: Int {
        switch self {
        case .all: 40
        case .group: 60
        }
    }

    func descending(below end: Identifier, in table: TicketTable, _ visit: (Ticket) -> Bool) {
        switch self {
        case .all: table.rows.descending(below: end, visit)
        case .group(let ids): ids.descending(below: end) { id in table[id].map(visit) ?? true }
        }
    }
}

extension TicketTest {
    /// Whether the caller may read a ticket, and it has what the filter asks for apart from its texts.
    fileprivate func holds(for ticket: Ticket, _ standing: Standing) -> Bool {
        standing.mayRead(ticket) && holds(for: ticket)
            && (filter.changedAfter == 0 || holds(forChange: ticket.documentSequence))
    }
}

/// The words that were found in users and swap stations: many tickets share them, and most have none.
private struct FoundNames: Sendable {
    private struct Memory: Sendable {
        /// A bit for each number in which nothing was found.
        private var empty: [UInt64]

        /// The words of other numbers, at most `wordsCountMax`.
        private var words: [Identifier: WordSet] = [:]

        private static let emptyCountMax = 1 << 17
        private static let wordsCountMax = 4_096

        init(below end: Identifier) {
            empty = Array(repeating: 0, count: (min(Int(end), Self.emptyCountMax) + 63) / 64)
        }

        /// The words of `id`, from `find` unless they are known.
        mutating func words(of id: Identifier, _ find: () -> WordSet) -> WordSet {
            let (place, bit) = (Int(id / 64), UInt64(1) << UInt64(id % 64))
            let hasBit = place < empty.count
            if hasBit && empty[place] & bit != 0 { return 0 }
            if let known = words[id] { return known }
            let found = find()
            if found == 0 && hasBit { empty[place] |= bit }
            if found != 0 && words.count < Self.wordsCountMax { words[id] = found }
            return found
        }
    }

    private var users = Memory(below: 0)
    private var stations = Memory(below: 0)
    private var sequence: UInt64?

    /// Forgets all that was found in another state.
    mutating func notice(_ desk: Desk) {
        guard sequence != desk.lastSequence else { return }
        users = Memory(below: desk.users.end)
        stations = Memory(below: desk.stations.end)
        sequence = desk.lastSequence
    }

    mutating func words(of ticket: Ticket, _ search: TextSearch, in desk: Desk, _ steps: inout Int) -> WordSet {
        var found = users.words(of: ticket.userID) {
            steps += 60
            return desk.users[ticket.userID].map { search.words(in: $0.contact, &steps) } ?? 0
        }
        if let station = ticket.stationID {
            found |= stations.words(of: station) {
                steps += 60
                return desk.stations[station].map { search.words(in: $0, &steps) } ?? 0
            }
        }
        return found
    }
}

extension Standing {
    /// Whether the caller may read every candidate of a filter that names at most one user and one swap station.
    fileprivate func readsAllOfGroup(of filter: TicketFilter) -> Bool {
        let (user, station) = (filter.userIDs.single, filter.stationIDs.single)
        guard user == nil || station == nil else { return false }
        return switch role {
        case .admin: true
        case .stationStaff: if let user { user == userID } else { stationID != nil && station == stationID }
        case .driver:
            // Without a user in the filter, the candidates are the driver's own tickets at any swap station.
            user.map { $0 == userID } ?? (station == nil)
        }
    }
}

extension [Identifier] {
    /// The element, if there is just one.
    fileprivate var single: Identifier? { count == 1 ? first : nil }
}
