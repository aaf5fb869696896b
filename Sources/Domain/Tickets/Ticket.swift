import Bytes

/// A driver's call for help, from its filing to its resolution.
///
/// Laid out for a hundred thousand of them: large members first, and no allocation but for the texts and what most
/// tickets do not have.
public struct Ticket: Hashable, Sendable {
    public var description: String
    public var response: String?
    public var createdAt: Timestamp

    /// Never before an earlier value, even where the clock was set back.
    public var updatedAt: Timestamp

    /// When it was closed; nil while it is not.
    public var closedAt: Timestamp?

    /// The event that gave it its present fields.
    public var sequence: UInt64

    /// Oldest first; nil where there are none.
    var commentsStored: [Comment]?

    /// Oldest first, without the creation; nil while nothing changed.
    var historyStored: [HistoryEntry]?

    public let id: Identifier
    public var userID: Identifier
    public var stationID: Identifier?
    public var assigneeID: Identifier?

    /// Who filed it, where that was not its user.
    var filedBy: Caller?

    public var type: TicketType
    public var status: TicketStatus
    public var priority: TicketPriority

    /// 1 to 5, only while it is closed.
    public var rating: UInt8?

    public var comments: [Comment] { commentsStored ?? [] }

    /// The last event that changed anything of it: fields, comments or history.
    var documentSequence: UInt64 { max(sequence, commentsStored?.last?.sequence ?? 0) }

    /// The ticket without its comments and history, as records carry it.
    var alone: Ticket {
        var ticket = self
        ticket.commentsStored = nil
        ticket.historyStored = nil
        ticket.filedBy = nil
        return ticket
    }

    /// The bytes of all comments together.
    var commentBytes: Int { comments.reduce(0) { $0 + $1.body.utf8.count } }
}

/// A remark on a ticket.
public struct Comment: Hashable, Sendable {
    public let body: String

    /// The name that the author had then.
    public let username: String

    public let createdAt: Timestamp

    /// The event that brought it, which is also its number.
    public let sequence: UInt64

    public let by: Caller

    /// Not shown to drivers.
    public let isInternal: Bool
}

/// One field of a ticket that somebody changed.
public struct HistoryEntry: Hashable, Sendable {
    public let change: FieldChange
    public let at: Timestamp
    public let sequence: UInt64
    public let by: Caller
}
