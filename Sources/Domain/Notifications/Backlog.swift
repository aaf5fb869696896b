import Bytes

/// What waits for a user who was away, in numbers.
public struct Backlog: Hashable, Sendable {
    /// What was cut by a limit, which is to be told first.
    public let gap: NotificationGap?

    /// Where what is to be sent begins.
    public let start: InboxPosition

    /// How many are to be sent.
    public private(set) var count = 0
    public private(set) var countByKind: [Notification.Kind: Int] = [:]
    public private(set) var countByPriority: [TicketPriority: Int] = [:]

    /// When the first and the last of them happened.
    public private(set) var oldest: Timestamp?
    public private(set) var newest: Timestamp?

    init(gap: NotificationGap?, start: InboxPosition) {
        self.gap = gap
        self.start = start
    }

    fileprivate mutating func add(_ entry: IndexedNotification) {
        count += 1
        countByKind[entry.kind, default: 0] += 1
        countByPriority[entry.priority, default: 0] += 1
        oldest = oldest ?? entry.at
        newest = entry.at
    }
}

/// Notifications that are no longer kept: a user was away for longer, or missed more, than the limits allow.
public struct NotificationGap: Hashable, Sendable {
    /// No event before this one is concerned, and none after `last`.
    public private(set) var first: UInt64
    public private(set) var last: UInt64

    public private(set) var count: Int

    /// All tickets concerned have numbers from this one on, where that is known.
    public private(set) var ticketMin: Identifier?

    /// All tickets concerned have numbers up to this one, where that is known.
    public private(set) var ticketMax: Identifier?

    /// Of notifications whose records are gone, by rising sequence; nil where there are none.
    public init?(missing: [IndexedNotification]) { self.init(Lost(), behind: nil, missing) }

    /// Nil where nothing is missing: neither lost by the indexes nor among `cut`, which is in order and behind that.
    fileprivate init?(_ lost: Lost, behind position: InboxPosition?, _ cut: [IndexedNotification]) {
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
        ticketMin = lost.created == 0 ? tickets.first : lost.ticketMin
        ticketMax = tickets.last ?? lost.ticketMax
    }
}

extension Desk {
    /// What waits for `user` from `position` through the event `end`; nil where there is no such user.
    ///
    /// O(n) in what the index has behind `position`.
    ///
    /// - Parameter oldestRecord: the first event whose record the journal still has.
    public func backlog(
        of user: Identifier, behind position: InboxPosition, through end: UInt64, oldestRecord: UInt64 = 0,
        now: Timestamp
    ) -> Backlog? {
        guard let user = users[user] else { return nil }
        let lost = lost(for: user, behind: position)
        let oldest = now.advanced(byMilliseconds: -settings.notificationAgeMillisMax)
        func visitUnread(_ visit: (IndexedNotification) -> Void) {
            visitNotifications(to: user, behind: position.sequence) { entry in
                guard entry.sequence <= end else { return false }
                if !entry.isRead { visit(entry) }
                return true
            }
        }
        // A clock that was set back may have made an entry look older than those before it: only the beginning is cut.
        var total = 0
        var outdated = 0
        visitUnread { entry in
            let isLost = entry.sequence < oldestRecord || (lost.count > 0 && entry.sequence <= lost.last)
            if isLost || (outdated == total && entry.at < oldest) { outdated = total + 1 }
            total += 1
        }
        let cutCount = max(outdated, total - settings.notificationCountMax)
        var cut: [IndexedNotification] = []
        var kept = Backlog(gap: nil, start: position)
        visitUnread { entry in
            if cut.count < cutCount { cut.append(entry) } else { kept.add(entry) }
        }
        guard let gap = NotificationGap(lost, behind: position, cut) else { return kept }
        // All that the index has lost is before the end of the gap.
        var backlog = Backlog(gap: gap, start: countedPosition(of: user, at: gap.last))
        backlog.take(kept)
        return backlog
    }

    /// Whether something behind `position` that `user` was to be told of is no longer in the index.
    public func hasLost(_ user: Identifier, behind position: InboxPosition) -> Bool {
        guard let user = users[user] else { return false }
        return lost(for: user, behind: position).count > 0
    }

    /// What the indexes have lost behind `position`: all that there ever was, less what was before and what is there.
    private func lost(for user: User, behind position: InboxPosition) -> Lost {
        let through = lostThrough(for: user)
        var lost = Lost()
        let isAppointedLater = user.appointedSequence > position.sequence
        let misses = (
            addressed: position.sequence < through.addressed,
            created: max(position.sequence, user.appointedSequence) < through.created
        )
        guard misses.addressed || misses.created else { return lost }
        let indexed = indexedCounts(for: user, behind: position.sequence)
        if misses.addressed {
            let total = inboxes[user.id]?.addressedCount ?? 0
            lost.addressed = max(0, total - indexed.addressed - position.addressedCount)
            if lost.addressed > 0 { lost.last = through.addressed }
        }
        if misses.created {
            let before = isAppointedLater ? user.appointedCount : position.createdCount
            lost.created = max(0, createdCount(heardBy: user.role, at: user.stationID) - indexed.created - before)
            if lost.created > 0 {
                lost.last = max(lost.last, through.created)
                // Tickets have numbers without gaps, so for those who hear of all of them a count is a number.
                if user.role == .admin { lost.ticketMin = Identifier(exactly: before + 1) }
                lost.ticketMax = feed.first(where: { _ in true })?.entries.first.map { $0.ticket - 1 }
            }
        }
        return lost
    }
}

extension Backlog {
    /// Takes over the numbers.
    fileprivate mutating func take(_ other: Backlog) {
        (count, countByKind, countByPriority) = (other.count, other.countByKind, other.countByPriority)
        (oldest, newest) = (other.oldest, other.newest)
    }
}

/// What is behind a place and in no index any more.
private struct Lost {
    var addressed = 0
    var created = 0
    /// No event after this one is concerned.
    var last: UInt64 = 0
    /// Bounds of the tickets that were created, where they are known.
    var ticketMin: Identifier?
    var ticketMax: Identifier?

    var count: Int { addressed + created }
}
