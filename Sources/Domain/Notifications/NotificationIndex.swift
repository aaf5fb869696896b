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

    /// Whether the user has read it.
    public let isRead: Bool
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
/// Created tickets are in a feed that admins and staff share; everything else is in the inbox of the user it is
/// addressed to. Who hears of the feed is decided at delivery, by the office that the user has then: what happened for
/// an earlier office is no longer for the user.
struct NotificationIndex: Sendable {
    var inboxes = Inboxes()
    var feed = Feed()

    /// The proven cursors.
    var deliveries = OrderedTable<DeliveryPage>()

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
                        isRead: inbox?.isRead(entry.sequence) ?? false))
            }
        }
        if receiver.hearsOfCreatedTickets {
            visitFeed(of: user, after: sequence) { entry in
                visitOwn(before: entry.sequence)
                guard isWanted else { return false }
                isWanted = visit(
                    IndexedNotification(
                        sequence: entry.sequence, at: entry.at, ticket: entry.ticket, kind: .created,
                        priority: entry.priority, isRead: inbox?.isRead(entry.sequence) ?? false))
                return isWanted
            }
        }
        visitOwn(before: .max)
    }

    /// Visits the created tickets that the user's office hears of, after `sequence` and since the user has the office.
    private func visitFeed(of user: User, after sequence: UInt64, _ visit: (FeedPage.Entry) -> Bool) {
        let start = max(sequence, user.appointedSequence)
        let station = user.role == .admin ? nil : user.stationID
        feed.ascending(after: start) { entry in
            station != nil && entry.station != station || visit(entry)
        }
    }

    // MARK: Counting

    /// How many entries the index still has after `sequence`: of those addressed to the user, and of created tickets
    /// that its office hears of.
    func counts(of user: User, after sequence: UInt64) -> (addressed: Int, created: Int) {
        let own = inboxes[user.id]?.entries ?? []
        let addressed = own.count - own.count(through: sequence, by: \.sequence)
        var created = 0
        if user.role != .driver {
            visitFeed(of: user, after: sequence) { _ in
                created += 1
                return true
            }
        }
        return (addressed, created)
    }

    /// The last events whose entries the indexes have lost: of those addressed to the user, and of created tickets; 0
    /// if nothing was lost. There may be entries before them, because what leaves is not always the oldest.
    func lostThrough(for receiver: Receiver) -> (addressed: UInt64, created: UInt64) {
        let addressed = inboxes[receiver.user.id]?.lostThrough ?? 0
        guard receiver.hearsOfCreatedTickets else { return (addressed, 0) }
        // Earlier versions ended the first pages and noted nothing.
        var created = receiver.createdLostThrough
        if let first = feed.first, FeedPage.page(of: first.ticket) > 1 {
            created = max(created, max(first.sequence, 1) - 1)
        }
        return (addressed, created)
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
            createdCount: delivered.createdCount + before.created - after.created)
    }

    /// The user's place after the event `sequence`; nil if the index has lost something after it, so that it cannot be
    /// counted from here.
    func position(of receiver: Receiver, at sequence: UInt64) -> InboxPosition? {
        let lost = lostThrough(for: receiver)
        guard sequence >= lost.addressed, sequence >= lost.created else { return nil }
        return countedPosition(of: receiver, at: sequence)
    }

    /// The user's place after the event `sequence`, counted back from the end: right if the index has lost nothing
    /// after it.
    func countedPosition(of receiver: Receiver, at sequence: UInt64) -> InboxPosition {
        let counts = counts(of: receiver.user, after: sequence)
        let addressed = inboxes[receiver.user.id]?.addressedCount ?? 0
        return InboxPosition(
            sequence: sequence, addressedCount: max(0, addressed - counts.addressed),
            createdCount: max(0, receiver.createdCount - counts.created))
    }

    /// How many notifications the user has not yet provably received.
    func undeliveredCount(of receiver: Receiver) -> Int {
        let user = receiver.user
        let cursor = cursor(of: receiver)
        let addressed = (inboxes[user.id]?.addressedCount ?? 0) - cursor.addressedCount
        guard receiver.hearsOfCreatedTickets else { return max(0, addressed) }
        let before = user.appointedSequence > cursor.sequence ? user.appointedCount : cursor.createdCount
        return max(0, addressed) + max(0, receiver.createdCount - before)
    }

    /// The cursor that a proof of delivery through `sequence` leads to; nil if that is no news, or if the index no
    /// longer reaches back so far.
    func delivery(to receiver: Receiver, through sequence: UInt64) -> DeliveryMark? {
        guard sequence > deliveredPosition(of: receiver.user).sequence,
            let position = position(of: receiver, at: sequence)
        else { return nil }
        return DeliveryMark(user: receiver.user.id, through: position)
    }

    private func deliveredPosition(of user: User) -> InboxPosition {
        let start = InboxPosition(
            sequence: user.createdSequence, addressedCount: 0, createdCount: user.appointedCount)
        guard let stored = deliveries[DeliveryPage.page(of: user.id)]?[user.id], stored.sequence > start.sequence else {
            return start
        }
        return stored
    }
}

/// A user who is notified, in the office that the user has now.
struct Receiver {
    let user: User

    /// Whether the user is told of created tickets at present.
    let hearsOfCreatedTickets: Bool

    /// The number of tickets ever created that the office hears of.
    let createdCount: Int

    /// The last of these events whose entry was dropped; 0 if none was.
    let createdLostThrough: UInt64
}
