import Bytes
import JSON

/// What a user is told of an event, at once or later. All of it follows from the event's record.
public struct Notification: Hashable, Sendable {
    /// What happened to the ticket.
    public enum Kind: String, CaseIterable, Sendable {
        case created, updated, resolved, deleted, commented, escalated
        /// A change of a ticket as admins and staff are told of it, if a setting says so.
        case noted

        /// The kind that follows from a change; nil if none does.
        init?(of change: Event.Change) {
            switch change {
            case .ticketCreated: self = .created
            case .ticketUpdated(_, let changes): self = changes.reach(.closed) ? .resolved : .updated
            case .ticketDeleted: self = .deleted
            case .ticketCommented(_, _, _, _, .some): self = .commented
            case .ticketEscalated: self = .escalated
            default: return nil
            }
        }

        /// The notification's `type`.
        public var type: String { "support_ticket_\(rawValue)" }

        /// The name of the event on sockets.
        public var eventName: String {
            switch self {
            case .created: "support:ticket:created"
            case .updated: "support:ticket:updated"
            case .resolved: "support:ticket:resolved"
            case .deleted: "support:ticket:deleted"
            case .commented: "support:ticket:commented"
            case .escalated: "support:ticket:escalated"
            case .noted: "support:ticket:noted"
            }
        }

        /// The notification's `title`.
        public var title: String { "\(NotificationWords.of(self, in: .english).title)" }

        /// The priority of a notification of this kind about a ticket with `priority`.
        func priority(ofTicket priority: TicketPriority) -> TicketPriority {
            switch self {
            case .created, .escalated: priority
            case .updated, .commented: .medium
            case .resolved, .deleted, .noted: .low
            }
        }
    }

    /// The users that a notification is for. Who belongs to them is decided at delivery.
    public enum Audience: Hashable, Sendable {
        /// Every admin, and the staff of this swap station if the setting says so, but not the author of a comment.
        case adminsAndStaff(station: Identifier?, besides: Identifier? = nil)
        /// This user.
        case user(Identifier)
        /// Every admin of a central server who is connected, but not the author of a comment: such notifications are in
        /// no index.
        case fleetAdmins(besides: Identifier? = nil)
    }

    /// What happened to the ticket.
    public let kind: Kind

    /// The users that it is for.
    public let audience: Audience

    /// The event that it tells of.
    public let sequence: UInt64

    /// When the event happened.
    public let timestamp: Timestamp

    /// The ticket, as it was after the event.
    public let subject: TicketSnapshot

    /// The comment, if that is what happened.
    public let comment: Comment?

    /// That nobody has taken the ticket in time, if that is what happened.
    private let escalation: Escalation?

    /// The change as admins and staff are told of it, if that is what this is.
    private let note: Note?

    private struct Note: Hashable {
        let change: TicketChange.Kind
        let author: String
    }

    /// The member of the fleet whose ticket it is; nil for a ticket of this desk.
    public let fleetMember: Identifier?

    /// The notification that follows from `event`; nil if none does.
    ///
    /// - Parameter author: the user of a central server whose command the event comes of.
    public init?(of event: Event, commandedBy author: Identifier? = nil) {
        if case .fleet(.reported(let reported)) = event.change {
            guard case .ticket(let inner) = reported.content, let kind = Kind(of: inner.change),
                let subject = inner.ticket
            else { return nil }
            self.init(
                kind: kind, audience: .fleetAdmins(besides: kind == .commented ? author : nil),
                sequence: event.sequence, timestamp: inner.at, subject: subject, comment: inner.change.comment,
                escalation: inner.change.escalation, fleetMember: reported.station)
            return
        }
        guard let kind = Kind(of: event.change), let subject = event.ticket else { return nil }
        self.init(
            kind: kind, audience: Self.audience(of: event.change, subject.ticket), sequence: event.sequence,
            timestamp: event.at, subject: subject, comment: event.change.comment,
            escalation: event.change.escalation, fleetMember: nil)
    }

    /// What admins and staff are told of the change of a ticket, beside what its user is told; nil if nothing is, as
    /// the settings were then.
    public init?(noting event: Event) {
        guard let note = event.note, let subject = event.ticket, let change = TicketChange(of: event) else {
            return nil
        }
        self.init(
            kind: .noted, audience: .adminsAndStaff(station: subject.ticket.stationID, besides: event.by.userID),
            sequence: event.sequence, timestamp: event.at, subject: subject, comment: event.change.comment,
            escalation: nil, note: Note(change: change.kind, author: note.author), fleetMember: nil)
    }

    private static func audience(of change: Event.Change, _ ticket: Ticket) -> Audience {
        switch change {
        case .ticketCreated: .adminsAndStaff(station: ticket.stationID)
        case .ticketCommented(_, let user, _, _, let news?) where news.number != nil:
            // Only the ticket's user writes such comments.
            .adminsAndStaff(station: ticket.stationID, besides: user)
        // Without a swap station, for admins alone.
        case .ticketEscalated: .adminsAndStaff(station: nil)
        default: .user(ticket.userID)
        }
    }

    private init(
        kind: Kind, audience: Audience, sequence: UInt64, timestamp: Timestamp, subject: TicketSnapshot,
        comment: Comment?, escalation: Escalation?, note: Note? = nil,
        fleetMember: Identifier?
    ) {
        self.note = note
        self.kind = kind
        self.audience = audience
        self.sequence = sequence
        self.timestamp = timestamp
        self.subject = subject
        self.comment = comment
        self.escalation = escalation
        self.fleetMember = fleetMember
    }

    /// The name of the event on sockets.
    public var eventName: String { kind.eventName }

    /// The notification's `title`.
    public var title: String { kind.title }

    /// The notification's `message`.
    public var message: String { message(in: .english) }

    /// The `message` in a language.
    func message(in language: Language) -> String {
        let words = NotificationWords.of(kind, in: language)
        return (fleetMember == nil ? words.message : words.fleetMessage).map { piece in
            switch piece {
            case .text(let text): "\(text)"
            case .name: note?.author ?? comment?.username ?? subject.user.username
            case .ticket: "\(subject.ticket.id)"
            case .member: fleetMember.map { "\($0)" } ?? ""
            case .minutes: "\(escalation?.minutes ?? 0)"
            }
        }.joined()
    }

    /// The notification's `priority`.
    public var priority: TicketPriority { kind.priority(ofTicket: subject.ticket.priority) }

    /// Writes the notification as a JSON object.
    ///
    /// - Parameters:
    ///   - epoch: the data directory's.
    ///   - replayed: whether it is sent again, which adds `replayed`.
    ///   - isRead: the member `read`, which only listings have.
    ///   - language: that of the title and the message.
    public func write(
        into writer: inout JSONWriter, epoch: String, replayed: Bool = false, isRead: Bool? = nil,
        language: Language = .english
    ) {
        writer.beginObject()
        writer.member("id", NotificationID(epoch: epoch, sequence: sequence).text)
        writer.member("type", kind.type)
        writer.member("title", "\(NotificationWords.of(kind, in: language).title)")
        writer.member("message", message(in: language))
        writer.key("data")
        writeSubject(into: &writer)
        writer.member("priority", priority.rawValue)
        writer.member("timestamp", timestamp)
        if replayed { writer.member("replayed", true) }
        if let isRead { writer.member("read", isRead) }
        writer.endObject()
    }

    private func writeSubject(into writer: inout JSONWriter) {
        let ticket = subject.ticket
        writer.beginObject()
        writer.member("support_id", id: ticket.id)
        if kind != .deleted {
            writer.member("user_id", id: ticket.userID)
            writer.member("username", subject.user.username)
            writer.member("description", ticket.description)
            writer.member("status", ticket.status.rawValue)
            writer.member("station_id", id: ticket.stationID)
            writer.member("station_name", subject.station?.name)
            writer.member("created_at", ticket.createdAt)
            if kind != .created, kind != .escalated {
                writer.member("response", ticket.response)
                writer.member("updated_at", ticket.updatedAt)
            }
            if let comment {
                writer.member("comment_id", comment.sequence)
                writer.member("comment", comment.body)
            }
            if let note {
                writer.member("change", note.change.rawValue)
                writer.member("by", note.author)
            }
            if let escalation { writer.member("waiting_minutes", escalation.minutes) }
        }
        if let fleetMember { writer.member("fleet_station_id", Int64(fleetMember)) }
        writer.endObject()
    }
}

/// The identity of an event everywhere: `<epoch>-<sequence>`.
public struct NotificationID: Hashable, Sendable {
    /// The random name of the data directory.
    public let epoch: String

    /// The number of the event's record.
    public let sequence: UInt64

    /// Creates an identity from its parts.
    public init(epoch: String, sequence: UInt64) {
        self.epoch = epoch
        self.sequence = sequence
    }

    /// Reads the text form; nil if `text` is not an identity.
    public init?(_ text: String) {
        guard text.utf8.count <= TextLimits.notificationIDMax, let hyphen = text.utf8.lastIndex(of: UInt8(ascii: "-")),
            hyphen > text.startIndex, let sequence = Decimal.parse(text.utf8[text.utf8.index(after: hyphen)...]),
            sequence <= UInt64(Int64.max)
        else { return nil }
        self.init(epoch: String(text[..<hyphen]), sequence: sequence)
    }

    init?(json: JSONValue) {
        guard let text = json.stringValue else { return nil }
        self.init(text)
    }

    /// The text form.
    public var text: String { "\(epoch)-\(sequence)" }
}

extension Event.Change {
    fileprivate var comment: Comment? {
        if case .ticketCommented(_, _, _, let comment, _) = self { comment } else { nil }
    }

    fileprivate var escalation: Escalation? {
        if case .ticketEscalated(_, let escalation) = self { escalation } else { nil }
    }
}
