import Bytes

/// Something that happened: one journal record, whole or not at all.
///
/// An event carries all that follows from it: what it changes is told by the state after the change, so that the
/// desk, the documents, the notification and the central server need nothing else.
public struct Event: Hashable, Sendable {
    /// The number of its record in the journal.
    public let sequence: UInt64
    public let at: Timestamp
    public let by: Caller
    public let change: Change
    /// The command of the central server that this is the outcome of.
    public let command: CommandReference?

    /// Indirect: an event goes through many hands, and what a case holds has a dozen parts or two to be retained.
    public indirect enum Change: Hashable, Sendable {
        case ticketCreated(TicketSnapshot, idempotency: KeyedCreation?)
        case ticketUpdated(TicketSnapshot, changes: [FieldChange])
        /// With the ticket's last state.
        case ticketDeleted(TicketSnapshot)
        case ticketCommented(ticket: Identifier, user: Identifier, station: Identifier?, comment: Comment)
        case userCreated(User)
        case userUpdated(User, changes: [FieldChange])
        case userDeleted(Identifier, username: String)
        case stationCreated(SwapStation)
        case stationUpdated(SwapStation, changes: [FieldChange])
        case notificationsRead(user: Identifier, ReadMark)
        /// Users have provably received what they were sent; each at most once.
        case notificationsDelivered([DeliveryMark])
        /// A command of the central server changed nothing: all was as it would have it.
        case commandUnchanged(name: String)
        case commandRefused(name: String, CommandRefusal)
        /// The central server has stored all events up to this one.
        case uplinkShipped(through: UInt64, remote: String?)
        /// Of a central server.
        case fleet(FleetChange)
        /// A record of a later version, which changes nothing that this one knows.
        case unknown(type: String)
    }

    public init(
        sequence: UInt64, at: Timestamp, by: Caller, change: Change, command: CommandReference? = nil
    ) {
        self.sequence = sequence
        self.at = at
        self.by = by
        self.change = change
        self.command = command
    }

    /// The record's `type`.
    public var type: String {
        switch change {
        case .ticketCreated: "ticket.created"
        case .ticketUpdated: "ticket.updated"
        case .ticketDeleted: "ticket.deleted"
        case .ticketCommented: "ticket.commented"
        case .userCreated: "user.created"
        case .userUpdated: "user.updated"
        case .userDeleted: "user.deleted"
        case .stationCreated: "station.created"
        case .stationUpdated: "station.updated"
        case .notificationsRead: "notifications.read"
        case .notificationsDelivered: "notifications.delivered"
        case .commandUnchanged: "command.unchanged"
        case .commandRefused: "command.refused"
        case .uplinkShipped: "uplink.shipped"
        case .fleet(let change): change.type
        case .unknown(let type): type
        }
    }

    /// Whether it makes, changes or removes a user.
    public var concernsUsers: Bool {
        switch change {
        case .userCreated, .userUpdated, .userDeleted: true
        default: false
        }
    }

    /// The ticket as it was created, as it became, or as it was when it was deleted: the answer to the command.
    public var ticket: TicketSnapshot? {
        switch change {
        case .ticketCreated(let ticket, _), .ticketUpdated(let ticket, _), .ticketDeleted(let ticket): ticket
        default: nil
        }
    }
}

/// Which notifications became read.
public enum ReadMark: Hashable, Sendable {
    /// These, by sequence number, ascending.
    case ids([UInt64])
    /// All up to this one.
    case through(UInt64)
}

/// An Idempotency-Key, and the digest of the body that it came with first.
public struct IdempotencyKey: Hashable, Sendable {
    public static let lengthMax = 255

    public let key: String

    /// SHA-256 of the body in hexadecimal, or any other text that differs where bodies differ.
    public let digest: String

    /// Throws `badRequest` where the key is empty, longer than 255 bytes or not printable ASCII.
    public init(key: String, digest: String) throws(Refusal) {
        guard (1...Self.lengthMax).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .badRequest("Idempotency-Key must be 1 to \(Self.lengthMax) printable ASCII characters")
        }
        self.key = key
        self.digest = digest
    }

    fileprivate init(_ reader: MemberReader) throws(DocumentFault) {
        key = try reader.string("key")
        digest = try reader.string("digest")
    }
}

/// That a ticket was created with an Idempotency-Key.
public struct KeyedCreation: Hashable, Sendable {
    public let key: IdempotencyKey

    /// The tickets whose keys end with it.
    let ended: [Identifier]

    init(key: IdempotencyKey, ended: [Identifier]) {
        self.key = key
        self.ended = ended
    }

    init(_ reader: MemberReader) throws(DocumentFault) {
        key = try IdempotencyKey(reader)
        ended = try reader.sequences("ended").map { Identifier(clamping: $0) }
    }
}
