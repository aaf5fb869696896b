import Bytes

/// A notification as the index knows it: enough to count, to sort and to find it in the journal.
public struct IndexedNotification: Hashable, Sendable {
    public let sequence: UInt64
    public let at: Timestamp
    public let ticket: Identifier
    public let kind: Notification.Kind
    public let priority: TicketPriority
    public let isRead: Bool
}

/// What a user is notified of, from the two indexes that there are: its own inbox, and for admins and staff the feed of
/// created tickets.
///
/// Role, station and setting are asked now, at delivery: what was queued for an office that the user no longer has is
/// not for the user.
extension Desk {
    /// Visits what the index has for `user` behind `sequence`, oldest first, until `visit` gives false.
    func visitNotifications(to user: User, behind sequence: UInt64, _ visit: (IndexedNotification) -> Bool) {
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
        if hearsOfCreatedTickets(user) {
            visitFeed(of: user, behind: sequence) { entry in
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

    /// Whether created tickets are anything that `user` is told of at present.
    func hearsOfCreatedTickets(_ user: User) -> Bool {
        switch user.role {
        case .driver: false
        case .stationStaff: settings.notifiesStationStaff
        case .admin: true
        }
    }

    /// Visits the created tickets that the office of `user` hears of, behind `sequence` and since it has the office.
    private func visitFeed(of user: User, behind sequence: UInt64, _ visit: (FeedPage.Entry) -> Bool) {
        let start = max(sequence, user.appointedSequence)
        let station = user.role == .admin ? nil : user.stationID
        feed.ascending { page in
            guard page.documentSequence > start else { return true }
            for entry in page.entries where entry.sequence > start && (station == nil || entry.station == station) {
                guard visit(entry) else { return false }
            }
            return true
        }
    }

    // MARK: Counting

    /// How many tickets were ever created of those that an office hears of.
    func createdCount(heardBy role: Role, at station: Identifier?) -> Int {
        switch role {
        case .driver: 0
        case .stationStaff: station.map { counters.createdCount(at: $0) } ?? 0
        case .admin: counters.createdCount(at: nil)
        }
    }

    /// How many the index still has, of those and of the user's own, behind `sequence`.
    func indexedCounts(for user: User, behind sequence: UInt64) -> (addressed: Int, created: Int) {
        let own = inboxes[user.id]?.entries ?? []
        let addressed = own.count - own.count(through: sequence, by: \.sequence)
        var created = 0
        if user.role != .driver {
            visitFeed(of: user, behind: sequence) { _ in
                created += 1
                return true
            }
        }
        return (addressed, created)
    }

    /// Up to where the indexes have lost entries: of created tickets, and of what was addressed to `user`; 0 where
    /// nothing was lost.
    func lostThrough(for user: User) -> (addressed: UInt64, created: UInt64) {
        var addressed: UInt64 = 0
        if let inbox = inboxes[user.id], inbox.addressedCount > inbox.entries.count, let first = inbox.entries.first {
            addressed = max(first.sequence, 1) - 1
        }
        var created: UInt64 = 0
        if hearsOfCreatedTickets(user), let page = feed.first(where: { _ in true }), page.id > 1,
            let first = page.entries.first
        {
            created = max(first.sequence, 1) - 1
        }
        return (addressed, created)
    }
}
