import Bytes

/// A change that happened: one journal record, stored whole or not at all.
///
/// An event carries everything that follows from it: it has the state after the change, so the desk, the documents, the
/// notification and the central server need nothing else.
public struct Event: Hashable, Sendable {
    /// The number of its record in the journal.
    public let sequence: UInt64

    /// When it happened.
    public let at: Timestamp

    /// Who made the change.
    public let by: Caller

    /// What changed.
    public let change: Change

    /// The command of the central server whose outcome it is; nil for all other events.
    public let command: CommandReference?

    /// How long the station had run by then, in milliseconds; nil for most events, which do not note it.
    let running: Int64?

    /// What leaves the index that admins and staff share by this event, which adds to it; mostly empty.
    let dropped: [DroppedNotification]

    /// The Idempotency-Key of the request that it comes of, if that had one and creates something.
    var keyed: KeyedCreation? { keys.first }

    /// One at most. Few events have one, and an array is one word to copy.
    let keys: [KeyedCreation]

    /// That the change stands in the inboxes of admins and staff too, because a setting says so; mostly nil.
    var note: ChangeNote? { notes.first }

    /// One at most, as with `keys`.
    let notes: [ChangeNote]

    /// What an event changes.
    ///
    /// Indirect, because events are passed around a lot and a payload has one or two dozen parts to retain.
    public indirect enum Change: Hashable, Sendable {
        /// A ticket was created.
        case ticketCreated(TicketSnapshot)
        /// Fields of a ticket were changed.
        case ticketUpdated(TicketSnapshot, changes: [FieldChange])
        /// Nobody has taken a ticket for this number of minutes, so admins are told of it again.
        case ticketEscalated(TicketSnapshot, Escalation)
        /// A ticket was deleted; this is its last state.
        case ticketDeleted(TicketSnapshot)
        /// A comment was added to a ticket; its user and swap station are those of the ticket.
        case ticketCommented(
            ticket: Identifier, user: Identifier, station: Identifier?, comment: Comment, news: CommentNews?)
        /// A user was created.
        case userCreated(User)
        /// Fields of a user were changed.
        case userUpdated(User, changes: [FieldChange])
        /// A user was deleted.
        case userDeleted(Identifier, username: String)
        /// A swap station was created.
        case stationCreated(SwapStation)
        /// Fields of a swap station were changed.
        case stationUpdated(SwapStation, changes: [FieldChange])
        /// A canned answer was created.
        case answerCreated(CannedAnswer)
        /// Fields of a canned answer were changed.
        case answerUpdated(CannedAnswer, changes: [FieldChange])
        /// A canned answer was deleted.
        case answerDeleted(Identifier, title: String)
        /// A user has read notifications.
        case notificationsRead(user: Identifier, ReadMark)
        /// Users have provably received what they were sent; each user is named at most once.
        case notificationsDelivered([DeliveryMark])
        /// A command of the central server changed nothing: everything was already as it asked.
        case commandUnchanged(name: String)
        /// A command of the central server was refused.
        case commandRefused(name: String, CommandRefusal)
        /// The central server has stored all events up to this one; see `UplinkState.remote`.
        case uplinkShipped(through: UInt64, remote: String?)
        /// A change of a central server's fleet.
        case fleet(FleetChange)
        /// A record that changes nothing that this version knows: the first one of an epoch, or one of a later version.
        case unknown(type: String)
    }

    /// Creates an event from its parts.
    public init(
        sequence: UInt64, at: Timestamp, by: Caller, change: Change, command: CommandReference? = nil
    ) {
        self.init(
            sequence: sequence, at: at, by: by, change: change, command: command, running: nil, dropped: [], keyed: nil)
    }

    init(
        sequence: UInt64, at: Timestamp, by: Caller, change: Change, command: CommandReference?, running: Int64?,
        dropped: [DroppedNotification], keyed: KeyedCreation?, note: ChangeNote? = nil
    ) {
        notes = note.map { [$0] } ?? []
        self.sequence = sequence
        self.at = at
        self.by = by
        self.change = change
        self.command = command
        self.running = running
        self.dropped = dropped
        keys = keyed.map { [$0] } ?? []
    }

    /// The record's `type`.
    public var type: String {
        switch change {
        case .ticketCreated: "ticket.created"
        case .ticketUpdated: "ticket.updated"
        case .ticketEscalated: "ticket.escalated"
        case .ticketDeleted: "ticket.deleted"
        case .ticketCommented: "ticket.commented"
        case .userCreated: "user.created"
        case .userUpdated: "user.updated"
        case .userDeleted: "user.deleted"
        case .stationCreated: "station.created"
        case .stationUpdated: "station.updated"
        case .answerCreated: "answer.created"
        case .answerUpdated: "answer.updated"
        case .answerDeleted: "answer.deleted"
        case .notificationsRead: "notifications.read"
        case .notificationsDelivered: "notifications.delivered"
        case .commandUnchanged: "command.unchanged"
        case .commandRefused: "command.refused"
        case .uplinkShipped: "uplink.shipped"
        case .fleet(let change): change.type
        case .unknown(let type): type
        }
    }

    /// Whether it creates, changes or deletes a user.
    public var concernsUsers: Bool {
        switch change {
        case .userCreated, .userUpdated, .userDeleted: true
        default: false
        }
    }

    /// The ticket as it was created, as it became, or as it was when it was deleted. Nil for all other events, among
    /// them comments that are no news.
    public var ticket: TicketSnapshot? {
        switch change {
        case .ticketCreated(let ticket), .ticketUpdated(let ticket, _), .ticketDeleted(let ticket): ticket
        case .ticketEscalated(let ticket, _): ticket
        case .ticketCommented(_, _, _, _, let news): news?.ticket
        default: nil
        }
    }
}

/// A comment that people are told of, which also is a change of the ticket: all but internal ones. Records of earlier
/// versions have no news, so they tell nobody and leave the ticket as it was.
public struct CommentNews: Hashable, Sendable {
    /// The ticket after the comment.
    public let ticket: TicketSnapshot

    /// The comment's number among those that admins and staff are told of, because the ticket's user wrote them; nil if
    /// the ticket's user is told.
    let number: Identifier?

    init(ticket: TicketSnapshot, number: Identifier?) {
        self.ticket = ticket
        self.number = number
    }

    /// Reads the news of a record about the ticket `id`; nil if it has none.
    init?(_ reader: MemberReader, on id: Identifier, sequence: UInt64) throws(DocumentFault) {
        guard reader.value("ticket") != nil else { return nil }
        let inner = try reader.reader("ticket")
        ticket = try TicketSnapshot(inner, sequence: sequence)
        guard ticket.ticket.id == id else { throw inner.fault("support_id", "must be that of the record") }
        number = try reader.optionalIdentifier("number")
    }
}

/// A change of a ticket as it stands in the inboxes of admins and staff.
public struct ChangeNote: Hashable, Sendable {
    /// Its number among the comments that admins and staff are told of, whose index it shares.
    let number: Identifier

    /// The name that the author had then.
    let author: String

    init(number: Identifier, author: String) {
        self.number = number
        self.author = author
    }

    init(_ reader: MemberReader) throws(DocumentFault) {
        number = try reader.identifier("number")
        author = try reader.string("author")
    }
}

/// That nobody has taken a ticket in time.
public struct Escalation: Hashable, Sendable {
    /// How long it had waited by the setting then in force, in minutes.
    public let minutes: Int

    /// Its number among the comments that admins and staff are told of, whose index it shares.
    let number: Identifier

    init(minutes: Int, number: Identifier) {
        self.minutes = minutes
        self.number = number
    }

    init(_ reader: MemberReader) throws(DocumentFault) {
        minutes = try reader.count("minutes")
        number = try reader.identifier("number")
    }
}

/// Which notifications a user has read.
public enum ReadMark: Hashable, Sendable {
    /// Those of these events, ascending.
    case ids([UInt64])
    /// Those of all events up to this one.
    case through(UInt64)
}
