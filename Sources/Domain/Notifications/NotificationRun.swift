/// What the index has next for a user.
public struct NotificationRun: Hashable, Sendable {
    /// By rising sequence, those that are read included.
    public fileprivate(set) var entries: [IndexedNotification] = []

    /// Whether there is nothing more through the event that was asked for.
    public fileprivate(set) var isLast = true
}

extension Desk {
    /// The next entries of the index for `user` behind `position` and through the event `end`, at most `countMax`.
    public func notifications(
        for user: Identifier, behind position: InboxPosition, through end: UInt64, countMax: Int
    ) -> NotificationRun {
        var run = NotificationRun()
        guard let user = users[user], user.isActive else { return run }
        visitNotifications(to: user, behind: position.sequence) { entry in
            guard entry.sequence <= end else { return false }
            guard run.entries.count < countMax else {
                run.isLast = false
                return false
            }
            run.entries.append(entry)
            return true
        }
        return run
    }
}

extension InboxPosition {
    /// Goes on to behind `entry`, which is the next.
    public mutating func pass(_ entry: IndexedNotification) {
        sequence = entry.sequence
        if entry.kind == .created { createdCount += 1 } else { addressedCount += 1 }
    }
}
