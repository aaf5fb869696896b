import Bytes

/// The audience of a notification, the deliveries due to a user, and how far they are proven.
extension Desk {
    /// The notification that follows from `event`; nil if none does.
    ///
    /// - Parameter author: the user of a central server whose command the event comes of.
    public func notification(for event: Event, commandedBy author: Identifier? = nil) -> Notification? {
        Notification(of: event, commandedBy: author)
    }

    /// Whether `user`, as it is now, belongs to `audience`.
    public func includes(_ user: Identifier, in audience: Notification.Audience) -> Bool {
        guard let user = users[user], user.isActive else { return false }
        switch audience {
        case .user(let id): return id == user.id
        case .fleetAdmins(let author): return user.role == .admin && user.id != author
        case .adminsAndStaff(let station, let author):
            guard user.id != author else { return false }
            switch user.role {
            case .admin: return true
            case .stationStaff: return settings.notifiesStationStaff && station != nil && station == user.stationID
            case .driver: return false
            }
        }
    }

    /// Up to where `user` needs nothing sent: what was provably delivered or marked as read, and what was before the
    /// user. Nil if there is no such user.
    public func cursor(of user: Identifier) -> InboxPosition? {
        receiver(user).map { notifications.cursor(of: $0) }
    }

    /// The place of `user` after the event `sequence`; nil if the index no longer reaches back so far, or if there is
    /// no such user.
    public func position(of user: Identifier, at sequence: UInt64) -> InboxPosition? {
        receiver(user).flatMap { notifications.position(of: $0, at: sequence) }
    }

    /// The number of notifications that `user` has not yet provably received.
    public func undeliveredCount(of user: Identifier) -> Int {
        guard let receiver = receiver(user), receiver.user.isActive else { return 0 }
        return notifications.undeliveredCount(of: receiver)
    }

    /// What waits for `user` from `position` through the event `end`; nil if there is no such user. O(n) in what the
    /// index has after `position`.
    ///
    /// - Parameter oldestRecord: the first event whose record the journal still has.
    public func backlog(
        of user: Identifier, behind position: InboxPosition, through end: UInt64, oldestRecord: UInt64 = 0
    ) -> Backlog? {
        receiver(user).map { receiver in
            Backlog(
                of: receiver, after: position, through: end, oldestRecord: oldestRecord, settings: settings,
                firstKept: firstKeptNotification, in: notifications)
        }
    }

    /// Whether the index has lost something after `position` that `user` was to be told of.
    public func hasLost(_ user: Identifier, behind position: InboxPosition) -> Bool {
        guard let receiver = receiver(user) else { return false }
        return notifications.lost(for: receiver, after: position).count > 0
    }

    /// The next entries of the index for `user` after `position` and through the event `end`, at most `countMax`.
    public func notifications(
        for user: Identifier, behind position: InboxPosition, through end: UInt64, countMax: Int
    ) -> NotificationRun {
        var run = NotificationRun()
        guard let receiver = receiver(user), receiver.user.isActive else { return run }
        notifications.visit(receiver, after: position.sequence) { entry in
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

    func noteDelivered(
        _ through: [Identifier: UInt64], _ standing: Standing, _ now: Timestamp
    ) throws(Refusal) -> Decision {
        guard standing.caller == .station else { throw .forbidden("Forbidden resource") }
        var deliveries: [DeliveryMark] = []
        for (id, sequence) in through.sorted(by: { $0.key < $1.key }) {
            guard deliveries.count < DeskLimits.deliveriesPerRecordMax else { break }
            guard sequence <= lastSequence, let receiver = receiver(id),
                let delivery = notifications.delivery(to: receiver, through: sequence)
            else { continue }
            deliveries.append(delivery)
        }
        return deliveries.isEmpty ? .unchanged : .event(event(.notificationsDelivered(deliveries), standing, now))
    }

    /// The user as one who is notified; nil if there is no such user.
    func receiver(_ id: Identifier) -> Receiver? { users[id].map { receiver($0) } }

    func receiver(_ user: User) -> Receiver {
        let hearsOfShared =
            switch user.role {
            case .driver: false
            case .stationStaff: settings.notifiesStationStaff
            case .admin: true
            }
        return Receiver(
            user: user, hearsOfShared: hearsOfShared,
            sharedCount: counters.sharedCount(heardBy: user.role, at: user.stationID),
            hasComments: counters.commentCount > 0,
            sharedLostThrough: counters.feedLostThrough(heardBy: user.role, at: user.stationID))
    }
}
