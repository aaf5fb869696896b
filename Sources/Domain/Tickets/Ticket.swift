import Bytes

/// A driver's request for help, from its creation to its resolution.
///
/// Laid out for a hundred thousand of them: large members first, and allocations only for texts and for what most
/// tickets do not have.
public struct Ticket: Hashable, Sendable {
    /// What the driver reports.
    public var description: String

    /// What staff answered; nil before that.
    public var response: String?

    /// When it was created.
    public var createdAt: Timestamp

    /// When its fields last changed. Never before an earlier value, even if the clock was set back.
    public var updatedAt: Timestamp

    /// When it was closed; nil while it is not closed.
    public var closedAt: Timestamp?

    /// The last event that changed its fields.
    public var sequence: UInt64

    /// Oldest first; nil if there are none.
    var commentsStored: [Comment]?

    /// Oldest first, without the creation; nil until something changes.
    var historyStored: [HistoryEntry]?

    /// Its number.
    public let id: Identifier

    /// The user it was created for.
    public var userID: Identifier

    /// The swap station it is about; nil if it is about none.
    public var stationID: Identifier?

    /// The user who takes care of it; nil if there is none.
    public var assigneeID: Identifier?

    /// The author, if that was not its user.
    var filedBy: Caller?

    /// Seconds from its creation to its escalation; 0 if there was none.
    var escalatedAfter: UInt32 = 0

    /// What it is about.
    public var type: TicketType

    /// Its stage.
    public var status: TicketStatus

    /// Its urgency.
    public var priority: TicketPriority

    /// The user's rating of the resolution, 1 to 5; only while it is closed.
    public var rating: UInt8?

    /// When admins were told again that nobody had taken it; nil if they were not.
    public var escalatedAt: Timestamp? {
        escalatedAfter == 0 ? nil : createdAt.advanced(byMilliseconds: Int64(escalatedAfter) * 1000)
    }

    /// Whether it waits for somebody to take it, and nobody was told so again.
    public var isWaiting: Bool { status == .open && assigneeID == nil && escalatedAfter == 0 }

    /// Since when it has waited with its urgency.
    public var waitingSince: Timestamp {
        let fields: [FieldName] = [.status, .priority, .assigneeID]
        return historyStored?.last { fields.contains($0.change.field) }?.at ?? createdAt
    }

    /// Notes when it was escalated, to the second.
    mutating func escalate(at time: Timestamp) {
        escalatedAfter = UInt32(clamping: max(1, (time.milliseconds - createdAt.milliseconds) / 1000))
    }

    /// The comments, oldest first.
    public var comments: [Comment] { commentsStored ?? [] }

    /// The last event that changed anything: fields, comments or history.
    var documentSequence: UInt64 { max(sequence, commentsStored?.last?.sequence ?? 0) }

    /// The ticket without its comments and history, as in records.
    var alone: Ticket {
        var ticket = self
        ticket.commentsStored = nil
        ticket.historyStored = nil
        ticket.filedBy = nil
        return ticket
    }

    /// The bytes of all comments' texts.
    var commentBytes: Int { comments.reduce(0) { $0 + $1.body.utf8.count } }
}

/// A comment on a ticket.
public struct Comment: Hashable, Sendable {
    /// The text.
    public let body: String

    /// The name that the author had at the time.
    public let username: String

    /// When it was written.
    public let createdAt: Timestamp

    /// The event that added it, which is also its number.
    public let sequence: UInt64

    /// The author.
    public let by: Caller

    /// Whether it is hidden from drivers.
    public let isInternal: Bool
}

/// A change of one field of a ticket.
public struct HistoryEntry: Hashable, Sendable {
    /// The field, and its values before and after.
    public let change: FieldChange

    /// When it was changed.
    public let at: Timestamp

    /// The event that changed it.
    public let sequence: UInt64

    /// The author of the change.
    public let by: Caller
}

/// The subject of a ticket.
public enum TicketType: String, CaseIterable, Sendable {
    case batteryIssue = "battery_issue"
    case stationIssue = "station_issue"
    case other
}

/// The stage of a ticket.
public enum TicketStatus: String, CaseIterable, Sendable {
    case open
    case inProgress = "in_progress"
    case closed
}

/// The urgency of a ticket.
public enum TicketPriority: String, CaseIterable, Sendable {
    case low, medium, high, urgent
}
