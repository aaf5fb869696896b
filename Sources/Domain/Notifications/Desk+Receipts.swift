import Bytes

/// What is known of one notification to a ticket's user.
public struct Receipt: Hashable, Sendable {
    /// The event that it tells of.
    public let sequence: UInt64

    /// What happened to the ticket.
    public let kind: Notification.Kind

    /// When the event happened.
    public let at: Timestamp

    /// Whether a client of the user has provably received it.
    public let isReceived: Bool

    /// When that was proven; nil if it was not, or before the station kept such times.
    public let receivedAt: Timestamp?

    /// Whether the user has marked it as read.
    public let isRead: Bool

    /// When; nil if it is not read, or was before the station kept such times.
    public let readAt: Timestamp?
}

extension Desk {
    /// What is known of the notifications about a ticket to its user: the newest `DeskLimits.receiptsMax` that the
    /// user's inbox still has, oldest first.
    ///
    /// Throws `notFound` if there is no ticket that the caller may read, `forbidden` if the caller is a driver. O(n) in
    /// the user's inbox, which is bounded.
    public func receipts(of id: Identifier, for caller: Caller) throws(Refusal) -> [Receipt] {
        let standing = try Standing(of: caller, at: self)
        let ticket = try readable(id, standing)
        guard standing.role != .driver else { throw .forbidden("Drivers may not read receipts") }
        guard let receiver = receiver(ticket.userID), let inbox = notifications.inboxes[ticket.userID] else {
            return []
        }
        let received = notifications.cursor(of: receiver).sequence
        var receipts: [Receipt] = []
        for entry in inbox.entries.reversed() where entry.ticket == id {
            guard receipts.count < DeskLimits.receiptsMax else { break }
            let isRead = inbox.isRead(entry.sequence)
            receipts.append(
                Receipt(
                    sequence: entry.sequence, kind: entry.kind, at: entry.at,
                    isReceived: isRead || entry.sequence <= received, receivedAt: entry.receivedAt ?? entry.readAt,
                    isRead: isRead, readAt: isRead ? entry.readAt : nil))
        }
        return receipts.reversed()
    }
}
