import Bytes

/// A notification as the index knows it: enough to count it, to sort it and to find its record in the journal.
public struct IndexedNotification: Hashable, Sendable {
    /// The event that it tells of.
    public let sequence: UInt64

    /// When the event happened.
    public let at: Timestamp

    /// The ticket that it is about.
    public let ticket: Identifier

    /// What happened to the ticket.
    public let kind: Notification.Kind

    /// How urgent the notification is.
    public let priority: TicketPriority

    /// Whether the user has read it. Everyone has read what they wrote themselves.
    public let isRead: Bool

    /// Whether admins and staff share it; otherwise it is addressed to the user alone.
    public let isShared: Bool

    /// Whether the user wrote it and so is not told of it.
    var isOwn = false
}

/// What the index has next for a user.
public struct NotificationRun: Hashable, Sendable {
    /// By rising sequence, those that are read included.
    public internal(set) var entries: [IndexedNotification] = []

    /// Whether there is nothing more through the event that was asked for.
    public internal(set) var isLast = true
}

/// The index of notifications: what each user is to be told of, what it has read, and up to where it has provably been
/// told everything. The content of a notification is in the journal.
///
/// Created tickets, and comments of the tickets' users, are in two feeds that admins and staff share; everything else
/// is in the inbox of the user it is addressed to. Who hears of the feeds is decided at delivery, by the office that
/// the user has then: what happened for an earlier office is no longer for the user.
///
/// A comment stays in the feed for its author too, who may belong to the office: so counts are the same for all in it.
struct NotificationIndex: Sendable {
    var inboxes = Inboxes()
    var feed = Feed()
    var comments = Feed()

    /// The proven cursors.
    var deliveries = OrderedTable<DeliveryPage>()

    /// The feed that has the page `id`.
    subscript(feedOf id: Identifier) -> Feed {
        get { FeedPage.hasComments(id) ? comments : feed }
        _modify { if FeedPage.hasComments(id) { yield &comments } else { yield &feed } }
    }

    // MARK: Walking

    /// Visits what the index has for `receiver` after the event `sequence`, oldest first, until `visit` returns false.
    func visit(_ receiver: Receiver, after sequence: UInt64, _ visit: (IndexedNotification) -> Bool) {
        let user = receiver.user
        let inbox = inboxes[user.id]
        let own = inbox?.entries ?? []
        var next = own.count(through: max(sequence, user.createdSequence), by: \.sequence)
        var isWanted = true
        func visitOwn(before end: UInt64) {
            while isWanted, next < own.count, own[next].sequence < end {
                let entry = own[next]
                next += 1
                isWanted = visit(
                    IndexedNotification(
                        sequence: entry.sequence, at: entry.at, ticket: entry.ticket, kind: entry.kind,
                        priority: entry.kind.priority(ofTicket: .medium),
                        isRead: inbox?.isRead(entry.sequence) ?? false, isShared: false))
            }
        }
        if receiver.hearsOfShared {
            visitFeeds(of: user, after: sequence) { entry in
                visitOwn(before: entry.sequence)
                guard isWanted else { return false }
                let isOwn = entry.isOwn(of: user)
                isWanted = visit(
                    IndexedNotification(
                        sequence: entry.sequence, at: entry.at, ticket: entry.ticket, kind: entry.kind,
                        priority: entry.priority, isRead: isOwn || inbox?.isRead(entry.sequence) ?? false,
                        isShared: true, isOwn: isOwn))
                return isWanted
            }
        }
        visitOwn(before: .max)
    }

    /// Visits what the user's office hears of, after `sequence` and since the user has the office, by rising sequence
    /// until `visit` returns false.
    private func visitFeeds(of user: User, after sequence: UInt64, _ visit: (FeedPage.Entry) -> Bool) {
        let start = max(sequence, user.appointedSequence)
        let station = user.role == .admin ? nil : user.stationID
        var created = FeedRun(feed, after: start, at: station)
        var commented = FeedRun(comments, after: start, at: station)
        while true {
            let (ticket, comment) = (created.peek() ?? .max, commented.peek() ?? .max)
            guard min(ticket, comment) < .max else { return }
            guard visit(ticket < comment ? created.next() : commented.next()) else { return }
        }
    }

    // MARK: Counting

    /// How many entries the index still has after `sequence`: of those addressed to the user, and of those that its
    /// office shares.
    func counts(of user: User, after sequence: UInt64) -> (addressed: Int, shared: Int) {
        let own = inboxes[user.id]?.entries ?? []
        let addressed = own.count - own.count(through: sequence, by: \.sequence)
        var shared = 0
        if user.role != .driver {
            visitFeeds(of: user, after: sequence) { _ in
                shared += 1
                return true
            }
        }
        return (addressed, shared)
    }

    /// The last events whose entries the indexes have lost: of those addressed to the user, and of shared ones; 0 if
    /// nothing was lost. There may be entries before them, because what leaves is not always the oldest.
    func lostThrough(for receiver: Receiver) -> (addressed: UInt64, shared: UInt64) {
        let addressed = inboxes[receiver.user.id]?.lostThrough ?? 0
        guard receiver.hearsOfShared else { return (addressed, 0) }
        // Earlier versions ended the first pages and noted nothing.
        var shared = receiver.sharedLostThrough
        if let first = feed.first, FeedPage.page(of: first.ticket) > 1 {
            shared = max(shared, max(first.sequence, 1) - 1)
        }
        return (addressed, shared)
    }

    // MARK: Positions

    /// Up to where the user needs nothing sent: what was provably delivered or marked as read, and what was before the
    /// user.
    func cursor(of receiver: Receiver) -> InboxPosition {
        let delivered = deliveredPosition(of: receiver.user)
        guard let read = inboxes[receiver.user.id]?.readThrough, read > delivered.sequence else { return delivered }
        if let position = position(of: receiver, at: read) { return position }
        // What is here up to `read` can be counted. What was lost may be before or after it, and counts as after it.
        let (before, after) = (
            counts(of: receiver.user, after: delivered.sequence), counts(of: receiver.user, after: read)
        )
        return InboxPosition(
            sequence: read, addressedCount: delivered.addressedCount + before.addressed - after.addressed,
            sharedCount: delivered.sharedCount + before.shared - after.shared)
    }

    /// The user's place after the event `sequence`; nil if the index has lost something after it, so that it cannot be
    /// counted from here.
    func position(of receiver: Receiver, at sequence: UInt64) -> InboxPosition? {
        let lost = lostThrough(for: receiver)
        guard sequence >= lost.addressed, sequence >= lost.shared else { return nil }
        return countedPosition(of: receiver, at: sequence)
    }

    /// The user's place after the event `sequence`, counted back from the end: right if the index has lost nothing
    /// after it.
    func countedPosition(of receiver: Receiver, at sequence: UInt64) -> InboxPosition {
        let counts = counts(of: receiver.user, after: sequence)
        let addressed = inboxes[receiver.user.id]?.addressedCount ?? 0
        return InboxPosition(
            sequence: sequence, addressedCount: max(0, addressed - counts.addressed),
            sharedCount: max(0, receiver.sharedCount - counts.shared))
    }

    /// How many notifications the user has not yet provably received.
    func undeliveredCount(of receiver: Receiver) -> Int {
        let user = receiver.user
        let cursor = cursor(of: receiver)
        let addressed = (inboxes[user.id]?.addressedCount ?? 0) - cursor.addressedCount
        guard receiver.hearsOfShared else { return max(0, addressed) }
        let before = user.appointedSequence > cursor.sequence ? user.appointedCount : cursor.sharedCount
        var own = 0
        visitFeeds(of: user, after: cursor.sequence) { entry in
            if entry.isOwn(of: user) { own += 1 }
            return true
        }
        return max(0, addressed) + max(0, receiver.sharedCount - before - own)
    }

    /// The cursor that a proof of delivery through `sequence` leads to; nil if that is no news, or if the index no
    /// longer reaches back so far.
    func delivery(to receiver: Receiver, through sequence: UInt64) -> DeliveryMark? {
        let before = deliveredPosition(of: receiver.user).sequence
        guard sequence > before, let position = position(of: receiver, at: sequence) else { return nil }
        let hasNews = inboxes[receiver.user.id]?.hasEntries(after: before, through: sequence) ?? false
        return DeliveryMark(user: receiver.user.id, through: position, newsAfter: hasNews ? before : nil)
    }

    private func deliveredPosition(of user: User) -> InboxPosition {
        let start = InboxPosition(
            sequence: user.createdSequence, addressedCount: 0, sharedCount: user.appointedCount)
        guard let stored = deliveries[DeliveryPage.page(of: user.id)]?[user.id], stored.sequence > start.sequence else {
            return start
        }
        return stored
    }
}

/// A user who is notified, in the office that the user has now.
struct Receiver {
    let user: User

    /// Whether the user is told of created tickets and of comments of their users at present.
    let hearsOfShared: Bool

    /// The number of tickets ever created, and of such comments, that the office hears of.
    let sharedCount: Int

    /// Whether there ever was such a comment, at any swap station.
    let hasComments: Bool

    /// The last of these events whose entry was dropped; 0 if none was.
    let sharedLostThrough: UInt64
}

extension FeedPage.Entry {
    /// Whether the user wrote the comment, and so is not told of it.
    func isOwn(of user: User) -> Bool { comment != nil && author == user.id }
}
