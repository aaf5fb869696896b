/// What the desk holds at most.
///
/// These are constants and no settings: what a record does to the state must not depend on how the program that
/// replays it is configured.
public enum DeskLimits {
    /// The greatest number that a ticket, user, station or comment can have.
    public static let identifierMax: Identifier = 2_000_000_000

    public static let ticketCountMax = 1_000_000
    public static let userCountMax = 100_000
    public static let stationCountMax = 10_000

    /// Comments on a ticket, and their bytes together; more are refused.
    public static let commentsPerTicketMax = 1_000
    public static let commentBytesPerTicketMax = 1 << 20

    /// Entries of a ticket's history, and the bytes of their texts together. Beyond it the oldest go; the journal has
    /// them longer.
    public static let historyPerTicketMax = 500
    public static let historyBytesPerTicketMax = 1 << 19

    /// Notifications that the index keeps for a user, and of created tickets in all; the oldest go.
    public static let notificationCountMax = 10_000

    /// Notifications that a user has read out of order, one by one; beyond it the oldest become unread again.
    public static let readMarksMax = 20_000

    /// Cursors that one record moves.
    public static let deliveriesPerRecordMax = 1_000

    /// Notifications that one command marks as read.
    public static let readIDsMax = 1_000

    /// How long an Idempotency-Key stands for its first answer.
    public static let idempotencyMillis: Int64 = 86_400_000

    /// Keys within that time; a further one is refused until the oldest expires.
    public static let idempotencyCountMax = 50_000

    /// Expired keys that leave with one new key.
    public static let idempotencyEndedMax = 16

    /// Tickets, and notifications, in one answer.
    public static let pageCountMax = 1_000
}
