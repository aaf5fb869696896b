import Bytes

/// Where the delivery to a user stands.
extension Desk {
    /// Up to where `user` needs nothing sent: what is proven to have been delivered or was marked as read, and what was
    /// before the user. Nil where there is no such user.
    public func cursor(of user: Identifier) -> InboxPosition? {
        guard let user = users[user] else { return nil }
        let delivered = storedCursor(of: user)
        guard let read = inboxes[user.id]?.readThrough, read > delivered.sequence else { return delivered }
        return position(of: user, at: read)
            ?? InboxPosition(
                sequence: read, addressedCount: delivered.addressedCount, createdCount: delivered.createdCount)
    }

    /// The place of `user` behind the event `sequence`; nil where the index no longer reaches back so far, or where
    /// there is no such user.
    public func position(of user: Identifier, at sequence: UInt64) -> InboxPosition? {
        users[user].flatMap { position(of: $0, at: sequence) }
    }

    /// How many notifications `user` has not yet provably received.
    public func undeliveredCount(of user: Identifier) -> Int {
        guard let user = users[user], user.isActive, let cursor = cursor(of: user.id) else { return 0 }
        let addressed = (inboxes[user.id]?.addressedCount ?? 0) - cursor.addressedCount
        guard hearsOfCreatedTickets(user) else { return max(0, addressed) }
        let before = user.appointedSequence > cursor.sequence ? user.appointedCount : cursor.createdCount
        return max(0, addressed) + max(0, createdCount(heardBy: user.role, at: user.stationID) - before)
    }

    func noteDelivered(
        _ through: [Identifier: UInt64], _ standing: Standing, _ now: Timestamp
    ) throws(Refusal) -> Decision {
        guard standing.caller == .station else { throw .forbidden("Forbidden resource") }
        var deliveries: [DeliveryMark] = []
        for (id, sequence) in through.sorted(by: { $0.key < $1.key }) {
            guard deliveries.count < DeskLimits.deliveriesPerRecordMax else { break }
            guard let user = users[id], sequence <= lastSequence, sequence > storedCursor(of: user).sequence,
                let position = position(of: user, at: sequence)
            else { continue }
            deliveries.append(DeliveryMark(user: id, through: position))
        }
        return deliveries.isEmpty ? .unchanged : .event(event(.notificationsDelivered(deliveries), standing, now))
    }

    private func storedCursor(of user: User) -> InboxPosition {
        let start = InboxPosition(
            sequence: user.createdSequence, addressedCount: 0, createdCount: user.appointedCount)
        guard let stored = deliveries[DeliveryPage.page(of: user.id)]?[user.id], stored.sequence > start.sequence else {
            return start
        }
        return stored
    }

    /// Nil where the index has lost something behind `sequence`, so that it cannot be counted from here.
    private func position(of user: User, at sequence: UInt64) -> InboxPosition? {
        let lost = lostThrough(for: user)
        guard sequence >= lost.addressed, sequence >= lost.created else { return nil }
        return countedPosition(of: user, at: sequence)
    }

    /// The place of `user` behind the event `sequence`, by what the index has behind that: right where it has lost
    /// nothing there.
    func countedPosition(of user: User, at sequence: UInt64) -> InboxPosition {
        let indexed = indexedCounts(for: user, behind: sequence)
        let created = createdCount(heardBy: user.role, at: user.stationID)
        return InboxPosition(
            sequence: sequence, addressedCount: max(0, (inboxes[user.id]?.addressedCount ?? 0) - indexed.addressed),
            createdCount: max(0, created - indexed.created))
    }
}
