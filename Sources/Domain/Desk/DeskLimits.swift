/// What the desk holds at most.
///
/// These are constants, not settings: what a record does to the state must not depend on the configuration of the
/// program that replays it.
public enum DeskLimits {
    /// The greatest number of a ticket, user or swap station.
    public static let identifierMax: Identifier = 2_000_000_000

    /// Tickets; further ones are refused.
    public static let ticketCountMax = 1_000_000

    /// Users; further ones are refused.
    public static let userCountMax = 100_000

    /// Swap stations; further ones are refused.
    public static let stationCountMax = 10_000

    /// Canned answers; further ones are refused.
    public static let answerCountMax = 200

    /// Comments on a ticket; further ones are refused.
    public static let commentsPerTicketMax = 1_000

    /// Bytes of the texts of all comments on a ticket; further comments are refused.
    public static let commentBytesPerTicketMax = 1 << 20

    /// Entries of a ticket's history. Beyond this the oldest are dropped; the journal keeps them longer.
    public static let historyPerTicketMax = 500

    /// Bytes of the texts of a ticket's history. Beyond this the oldest entries are dropped.
    public static let historyBytesPerTicketMax = 1 << 19

    /// Entries that the index keeps for a user, and of created tickets in all. Beyond this the person who has caused
    /// the most loses the oldest of its own.
    public static let notificationCountMax = 10_000

    /// Created tickets that one more removes from the index: mostly one, but an index of an earlier version is longer.
    public static let notificationsDroppedMax = 16

    /// Notifications that a user has read one by one, out of order. Beyond this the oldest become unread again.
    public static let readMarksMax = 30_000

    /// Delivery cursors that one record moves.
    public static let deliveriesPerRecordMax = 1_000

    /// Notifications that one command marks as read.
    public static let readIDsMax = 1_000

    /// Receipts of one ticket in an answer.
    public static let receiptsMax = 500

    /// How long an Idempotency-Key stands for its first answer at least, in running time (see `RunningTime`).
    public static let idempotencyMillis: Int64 = 86_400_000

    /// Keys of one user. Beyond this the user's oldest are dropped.
    public static let idempotencyCountPerUserMax = 1_000

    /// The memory for the first answers of one user, in bytes by a quick estimate. Beyond this the user's oldest are
    /// dropped.
    public static let idempotencyBytesPerUserMax = 1 << 20

    /// Keys of all users. Beyond this the oldest of the users with the most are dropped.
    public static let idempotencyCountMax = 50_000

    /// The memory for all first answers. Beyond this the oldest of the users with the most keys are dropped.
    public static let idempotencyBytesMax = 64 << 20

    /// Expired keys that one new key removes.
    public static let idempotencyEndedMax = 16

    /// Keys that one new key removes because there are too many.
    public static let idempotencyDroppedMax = 64

    /// Tickets, or notifications, in one answer.
    public static let pageCountMax = 1_000

    /// Tickets in one file for spreadsheets.
    public static let exportCountMax = 5_000

    /// Bytes of a page of tickets. A page ends with the ticket that reaches this number.
    public static let pageBytesMax = 1 << 20
}
