import Bytes

/// What waits for a user who was away, in numbers.
public struct Backlog: Hashable, Sendable {
    /// What a limit has cut; the user is to be told of it first.
    public private(set) var gap: NotificationGap?

    /// Where what is to be sent begins. The client has everything up to here once it knows of the gap.
    public private(set) var start: InboxPosition

    /// The number of notifications to be sent.
    public private(set) var count = 0

    /// The same by kind; a kind without any is missing.
    public private(set) var countByKind: [Notification.Kind: Int] = [:]

    /// The same by priority; a priority without any is missing.
    public private(set) var countByPriority: [TicketPriority: Int] = [:]

    /// When the first of them happened.
    public private(set) var oldest: Timestamp?

    /// When the last of them happened.
    public private(set) var newest: Timestamp?

    /// Counts what waits for `receiver` from `position` through the event `end`. O(n) in what the index has after
    /// `position`.
    ///
    /// - Parameter firstKept: the first event that is not too old.
    init(
        of receiver: Receiver, after position: InboxPosition, through end: UInt64, oldestRecord: UInt64,
        settings: DeskSettings, firstKept: UInt64, in index: NotificationIndex
    ) {
        start = position
        let lost = index.lost(for: receiver, after: position)
        func visitUnread(_ visit: (IndexedNotification) -> Void) {
            index.visit(receiver, after: position.sequence) { entry in
                guard entry.sequence <= end else { return false }
                if !entry.isRead { visit(entry) }
                return true
            }
        }
        // Records are dropped, and entries get too old, in order, so what is cut is the beginning.
        let oldest = max(oldestRecord, firstKept)
        var surplus = NotificationSurplus(max: settings.notificationCountMax)
        visitUnread { surplus.add($0) }
        var cut: [IndexedNotification] = []
        var next: UInt64?
        visitUnread { entry in
            if next == nil, entry.sequence < oldest || surplus.isAny {
                surplus.remove(entry)
                cut.append(entry)
            } else {
                next = next ?? entry.sequence
                add(entry)
            }
        }
        guard let gap = NotificationGap(lost, after: position, cut) else { return }
        self.gap = gap
        // What is lost stands among what is here, so the gap may end after the place to go on from. That place counts
        // all that is lost as before it, so that it is reported once.
        let through = next.map { min(gap.last, max($0, 1) - 1) } ?? gap.last
        start = index.countedPosition(of: receiver, at: max(position.sequence, through))
    }

    private mutating func add(_ entry: IndexedNotification) {
        count += 1
        countByKind[entry.kind, default: 0] += 1
        countByPriority[entry.priority, default: 0] += 1
        oldest = oldest ?? entry.at
        newest = entry.at
    }
}

/// Notifications that are no longer kept: the user was away for longer, or missed more, than the limits allow.
public struct NotificationGap: Hashable, Sendable {
    /// No event before this one is concerned.
    public private(set) var first: UInt64

    /// No event after this one is concerned.
    public private(set) var last: UInt64

    /// The number of notifications that are missing.
    public private(set) var count: Int

    /// All tickets concerned have numbers from this one on; nil if that is unknown.
    public private(set) var ticketMin: Identifier?

    /// All tickets concerned have numbers up to this one; nil if that is unknown.
    public private(set) var ticketMax: Identifier?

    /// Creates the gap of notifications whose records are gone, given by rising sequence; nil if there are none.
    public init?(missing: [IndexedNotification]) { self.init(LostNotifications(), after: nil, missing) }

    /// Nil if nothing is missing: neither lost by the indexes nor among `cut`, which rises and comes after the lost.
    fileprivate init?(_ lost: LostNotifications, after position: InboxPosition?, _ cut: [IndexedNotification]) {
        let tickets = cut.map(\.ticket)
        if lost.count > 0, let position {
            first = position.sequence + 1
            last = max(lost.last, cut.last?.sequence ?? 0)
        } else if let start = cut.first, let end = cut.last {
            first = start.sequence
            last = end.sequence
        } else {
            return nil
        }
        count = lost.count + cut.count
        // Tickets are numbered in the order of their creation, but updated in any.
        guard lost.addressed == 0, cut.allSatisfy({ $0.kind == .created }) else { return }
        ticketMin = lost.shared == 0 ? tickets.first : lost.ticketMin
        ticketMax = lost.shared == 0 ? tickets.last : lost.ticketMax.map { max($0, tickets.last ?? 0) }
    }
}

/// Counts notifications down to as many of each sort as the settings allow: those addressed to a user, those of created
/// tickets, and those of comments that admins and staff share.
struct NotificationSurplus {
    let max: Int
    private var addressed = 0
    private var created = 0
    private var commented = 0

    init(max: Int) { self.max = max }

    /// Whether there are too many of any sort.
    var isAny: Bool { addressed > max || created > max || commented > max }

    mutating func add(_ entry: IndexedNotification) { count(entry, 1) }

    mutating func remove(_ entry: IndexedNotification) { count(entry, -1) }

    private mutating func count(_ entry: IndexedNotification, _ step: Int) {
        if !entry.isShared {
            addressed += step
        } else if entry.kind == .created {
            created += step
        } else {
            commented += step
        }
    }
}

/// What happened after a position and is no longer in any index.
struct LostNotifications {
    var addressed = 0
    var shared = 0

    /// No event after this one is concerned.
    var last: UInt64 = 0

    /// Bounds of the numbers of the created tickets, if known.
    var ticketMin: Identifier?
    var ticketMax: Identifier?

    var count: Int { addressed + shared }
}

extension NotificationIndex {
    /// What the indexes have lost after `position`: all that there ever was, less what was before it and what is still
    /// there.
    func lost(for receiver: Receiver, after position: InboxPosition) -> LostNotifications {
        let user = receiver.user
        let through = lostThrough(for: receiver)
        var lost = LostNotifications()
        let isAppointedLater = user.appointedSequence > position.sequence
        let misses = (
            addressed: position.sequence < through.addressed,
            shared: max(position.sequence, user.appointedSequence) < through.shared
        )
        guard misses.addressed || misses.shared else { return lost }
        let indexed = counts(of: user, after: position.sequence)
        if misses.addressed {
            let total = inboxes[user.id]?.addressedCount ?? 0
            lost.addressed = max(0, total - indexed.addressed - position.addressedCount)
            if lost.addressed > 0 { lost.last = through.addressed }
        }
        if misses.shared {
            let before = isAppointedLater ? user.appointedCount : position.sharedCount
            lost.shared = max(0, receiver.sharedCount - indexed.shared - before)
            if lost.shared > 0 {
                lost.last = max(lost.last, through.shared)
                // Comments may be about any ticket.
                guard !receiver.hasComments else { return lost }
                // Tickets have numbers without gaps, so for admins, who hear of all of them, a count is a number.
                if user.role == .admin { lost.ticketMin = Identifier(exactly: before + 1) }
                feed.ascending(after: through.shared) { entry in
                    lost.ticketMax = max(entry.ticket, 1) - 1
                    return false
                }
            }
        }
        return lost
    }
}
