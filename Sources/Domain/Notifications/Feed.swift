/// An index that admins and the staff of swap stations share, in pages: of created tickets, or of comments that the
/// tickets' users wrote.
///
/// It keeps `DeskLimits.notificationCountMax` entries. For one more, the oldest leaves if it is too old to be
/// delivered; otherwise the person who has caused the most loses the oldest of its own. So nobody can push out what
/// others have caused while having more than they have. The event of the new entry names the entries that leave
/// (`Event.dropped`), so pages depend on nothing but the events that touch them.
struct Feed: Sendable {
    private(set) var pages = OrderedTable<FeedPage>()
    private var shares = Shares()

    /// The number of entries.
    var count: Int { shares.count }

    /// The oldest entry; nil if there is none.
    var first: FeedPage.Entry? { pages.first?.entries.first }

    /// Visits the entries after the event `sequence`, by rising sequence, until `visit` returns false.
    func ascending(after sequence: UInt64, _ visit: (FeedPage.Entry) -> Bool) {
        pages.ascending { page in
            guard page.documentSequence > sequence else { return true }
            for entry in page.entries where entry.sequence > sequence {
                guard visit(entry) else { return false }
            }
            return true
        }
    }

    /// The entries that leave when `author` causes one more.
    ///
    /// - Parameter firstKept: the first event that is not too old.
    func dropped(forOneMoreOf author: Identifier, firstKept: UInt64) -> [DroppedNotification] {
        let surplus = min(count + 1 - DeskLimits.notificationCountMax, DeskLimits.notificationsDroppedMax)
        guard surplus > 0 else { return [] }
        var dropped: [DroppedNotification] = []
        ascending(after: 0) { entry in
            guard entry.sequence < firstKept, dropped.count < surplus else { return false }
            dropped.append(DroppedNotification(entry))
            return true
        }
        guard dropped.isEmpty, let next = shares.next(besideOneMoreOf: author).flatMap({ entry(of: $0) }) else {
            return dropped
        }
        shares.visit(of: next.author) { id in
            if let entry = entry(of: id) { dropped.append(DroppedNotification(entry)) }
            return dropped.count < surplus
        }
        return dropped
    }

    /// Folds an event into the page `id`, makes it or ends it.
    mutating func apply(_ event: Event, id: Identifier) {
        for dropped in event.dropped where FeedPage.page(of: dropped.number) == id {
            if let entry = entry(of: dropped.number) { shares.remove(entry.number, of: entry.author) }
        }
        pages.apply(event, id: id)
        // A page that already had the event was counted when it was put here.
        if let entry = pages[id]?.entries.last, entry.sequence == event.sequence {
            shares.insert(entry.number, of: entry.author)
        }
    }

    /// Adds a page, or replaces an earlier version.
    mutating func put(_ page: FeedPage) {
        for entry in pages[page.id]?.entries ?? [] { shares.remove(entry.number, of: entry.author) }
        pages.insert(page)
        for entry in page.entries { shares.insert(entry.number, of: entry.author) }
    }

    private func entry(of number: Identifier) -> FeedPage.Entry? {
        guard let page = pages[FeedPage.page(of: number)] else { return nil }
        // Tickets and comments are numbered in the order of their creation.
        let place = page.entries.count(through: UInt64(number)) { UInt64($0.number) }
        return place > 0 && page.entries[place - 1].number == number ? page.entries[place - 1] : nil
    }
}

/// A walk over the entries of a feed by rising sequence, which reads a page at a time.
struct FeedRun {
    private let feed: Feed
    private let station: Identifier?
    private var last: UInt64
    private var page: Identifier = 0
    private var entries: [FeedPage.Entry] = []
    private var place = 0

    /// - Parameters:
    ///   - sequence: the walk begins after this event.
    ///   - station: the swap station whose entries are wanted; nil for all.
    init(_ feed: Feed, after sequence: UInt64, at station: Identifier?) {
        self.feed = feed
        self.station = station
        last = sequence
    }

    /// The sequence of the next entry; nil if there is none.
    @inline(never)
    mutating func peek() -> UInt64? {
        while true {
            while place < entries.count {
                let entry = entries[place]
                if entry.sequence > last, station == nil || entry.station == station { return entry.sequence }
                place += 1
            }
            var found: FeedPage?
            feed.pages.ascending(from: page) { page in
                guard page.documentSequence > last else { return true }
                found = page
                return false
            }
            guard let found else { return nil }
            (entries, place, page) = (found.entries, 0, found.id + 1)
        }
    }

    /// Moves past the entry that `peek` has found.
    mutating func next() -> FeedPage.Entry {
        place += 1
        return entries[place - 1]
    }
}

/// A created ticket or a comment whose notification leaves the index. Its sequence and swap station say who has lost it
/// up to where.
struct DroppedNotification: Hashable, Sendable {
    let ticket: Identifier
    let comment: Identifier?
    let sequence: UInt64
    let station: Identifier?

    var number: Identifier { FeedPage.number(ofTicket: ticket, comment: comment) }

    fileprivate init(_ entry: FeedPage.Entry) {
        ticket = entry.ticket
        comment = entry.comment
        sequence = entry.sequence
        station = entry.station
    }

    init(_ reader: MemberReader) throws(DocumentFault) {
        ticket = try reader.identifier("support_id")
        comment = try reader.optionalIdentifier("comment")
        sequence = try reader.sequence("sequence")
        station = try reader.optionalIdentifier("station_id")
    }

    func writeMembers(into sink: inout some MemberSink) {
        sink.member("support_id", id: ticket)
        if let comment { sink.member("comment", id: comment) }
        sink.member("sequence", sequence: sequence)
        sink.member("station_id", id: station)
    }
}
