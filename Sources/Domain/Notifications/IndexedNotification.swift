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
