import Bytes

/// One notification in an inbox. Its content is in the journal's record of this sequence.
public struct InboxItem: Hashable, Sendable {
    /// The event that it tells of.
    public let sequence: UInt64

    /// Whether the user has read it.
    public let isRead: Bool

    /// Whether it tells of a change as admins and staff are told of it.
    public let isNote: Bool
}

/// A user's inbox over REST: what was addressed to the user, and for admins and staff the tickets that were created and
/// the comments of their users, since they have this office. Old notifications are no longer listed.
extension Desk {
    /// The caller's notifications, oldest first: the first `limit` after the event `after`, or the last `limit` if that
    /// is nil. Throws `forbidden` if the caller is not a user.
    public func inbox(
        unread: Bool = false, after: UInt64? = nil, limit: Int = 100, for caller: Caller
    ) throws(Refusal) -> [InboxItem] {
        let items = listed(for: try inboxOwner(caller), after: after ?? 0).filter { !unread || !$0.isRead }
        return after == nil ? items.suffix(limit) : Array(items.prefix(limit))
    }

    /// The caller's notifications as a filter asks for them. An `after` of another epoch is before everything here.
    /// Throws `forbidden` if the caller is not a user.
    public func inbox(
        _ filter: InboxFilter, epoch: String, for caller: Caller
    ) throws(Refusal) -> [InboxItem] {
        let after = filter.after.map { $0.epoch == epoch ? $0.sequence : 0 }
        return try inbox(unread: filter.unread, after: after, limit: filter.limit, for: caller)
    }

    /// One notification of the caller's, by its event; nil if there is none. Throws `forbidden` if the caller is not a
    /// user.
    public func inboxItem(_ sequence: UInt64, for caller: Caller) throws(Refusal) -> InboxItem? {
        listed(for: try inboxOwner(caller), after: max(sequence, 1) - 1).first { $0.sequence == sequence }
    }

    /// The number of the caller's unread notifications. Throws `forbidden` if the caller is not a user.
    public func unreadCount(for caller: Caller) throws(Refusal) -> Int {
        let user = try inboxOwner(caller)
        let readThrough = notifications.inboxes[user.id]?.readThrough ?? 0
        return listed(for: user, after: readThrough).count { !$0.isRead }
    }

    func markRead(_ mark: ReadMark, _ standing: Standing, _ now: Timestamp) throws(Refusal) -> Decision {
        let user = try inboxOwner(standing.caller)
        let held = listed(for: user, after: 0)
        switch mark {
        case .through(let last):
            let through = min(last, lastSequence)
            guard
                held.contains(where: { !$0.isRead && $0.sequence <= through })
                    || isToldOfGap(user, before: through)
            else { return .unchanged }
            return .event(event(.notificationsRead(user: user.id, .through(through)), standing, now))
        case .ids(let sequences):
            let wanted = Set(sequences)
            let found = held.filter { wanted.contains($0.sequence) }
            guard wanted.isEmpty || !found.isEmpty else { throw .notFound("Notification not found") }
            let unread = found.filter { !$0.isRead }.map(\.sequence).prefix(DeskLimits.readIDsMax)
            guard !unread.isEmpty else { return .unchanged }
            return .event(event(.notificationsRead(user: user.id, .ids(Array(unread))), standing, now))
        }
    }

    /// Whether the user would be told of a gap that begins by `sequence`. A gap can be read too, although nothing in it
    /// is kept.
    private func isToldOfGap(_ user: User, before sequence: UInt64) -> Bool {
        guard let cursor = cursor(of: user.id), cursor.sequence < sequence,
            let gap = backlog(of: user.id, behind: cursor, through: lastSequence)?.gap
        else { return false }
        return gap.first <= sequence
    }

    private func inboxOwner(_ caller: Caller) throws(Refusal) -> User {
        let standing = try Standing(of: caller, at: self)
        guard let id = standing.userID, let user = users[id] else { throw .forbidden("Only users have an inbox") }
        return user
    }

    /// What the user's inbox has after `sequence`, oldest first.
    private func listed(for user: User, after sequence: UInt64) -> [InboxItem] {
        let receiver = receiver(user)
        let start = max(sequence, max(firstKeptNotification, 1) - 1)
        // Notifications that are no longer delivered are not listed or counted either.
        var surplus = NotificationSurplus(max: settings.notificationCountMax)
        notifications.visit(receiver, after: start) { entry in
            surplus.add(entry)
            return true
        }
        var items: [InboxItem] = []
        notifications.visit(receiver, after: start) { entry in
            if surplus.isAny {
                surplus.remove(entry)
            } else if !entry.isOwn {
                items.append(InboxItem(sequence: entry.sequence, isRead: entry.isRead, isNote: entry.kind == .noted))
            }
            return true
        }
        return items
    }
}

extension ReadForm {
    /// The mark that the form stands for. Notifications of another epoch are no longer here.
    public func mark(epoch: String) -> ReadMark {
        switch self {
        case .ids(let ids): .ids(ids.filter { $0.epoch == epoch }.map(\.sequence))
        case .through(let id): id.epoch == epoch ? .through(id.sequence) : .ids([])
        }
    }
}
