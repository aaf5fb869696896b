import Bytes
import JSON

/// What a user is told of an event, at once or later: all of it follows from the event's record.
public struct Notification: Hashable, Sendable {
    public enum Kind: String, Sendable {
        case created, updated, resolved, deleted
    }

    /// Whom it is for. Who belongs to it is asked at the time of delivery.
    public enum Audience: Hashable, Sendable {
        /// Every admin, and the staff of this station where the setting says so.
        case adminsAndStaff(station: Identifier?)
        case user(Identifier)
    }

    public let kind: Kind
    public let audience: Audience

    /// The event's.
    public let sequence: UInt64
    public let timestamp: Timestamp
    public let subject: TicketSnapshot

    /// The notification that follows from `event`; nil where none does.
    public init?(of event: Event) {
        switch event.change {
        case .ticketCreated(let snapshot, _):
            kind = .created
            audience = .adminsAndStaff(station: snapshot.ticket.stationID)
            subject = snapshot
        case .ticketUpdated(let snapshot, let changes):
            kind = changes.reach(.closed) ? .resolved : .updated
            audience = .user(snapshot.ticket.userID)
            subject = snapshot
        case .ticketDeleted(let snapshot):
            kind = .deleted
            audience = .user(snapshot.ticket.userID)
            subject = snapshot
        default: return nil
        }
        sequence = event.sequence
        timestamp = event.at
    }

    /// The name of the event on sockets: `support:ticket:created`.
    public var eventName: String { "support:ticket:\(kind.rawValue)" }

    public var title: String {
        switch kind {
        case .created: "New Support Ticket"
        case .updated: "Support Ticket Updated"
        case .resolved: "Support Ticket Resolved"
        case .deleted: "Support Ticket Deleted"
        }
    }

    public var message: String {
        switch kind {
        case .created: "User \(subject.user.username) created a new support ticket"
        case .updated: "Your support ticket has been updated"
        case .resolved: "Your support ticket has been resolved"
        case .deleted: "Your support ticket #\(subject.ticket.id) has been deleted"
        }
    }

    public var priority: TicketPriority {
        switch kind {
        case .created: subject.ticket.priority
        case .updated: .medium
        case .resolved, .deleted: .low
        }
    }

    /// Writes the notification as a JSON object. `isRead` is a member of listings only, `replayed` one of what is
    /// sent again.
    public func write(
        into writer: inout JSONWriter, epoch: String, replayed: Bool = false, isRead: Bool? = nil
    ) {
        writer.beginObject()
        writer.member("id", NotificationID(epoch: epoch, sequence: sequence).text)
        writer.member("type", "support_ticket_\(kind.rawValue)")
        writer.member("title", title)
        writer.member("message", message)
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
            if kind != .created {
                writer.member("response", ticket.response)
                writer.member("updated_at", ticket.updatedAt)
            }
        }
        writer.endObject()
    }
}

extension Desk {
    /// The notification that follows from `event`; nil where none does.
    public func notification(for event: Event) -> Notification? { Notification(of: event) }

    /// Whether `user`, as it is now, is one of `audience`.
    public func includes(_ user: Identifier, in audience: Notification.Audience) -> Bool {
        guard let user = users[user], user.isActive else { return false }
        switch audience {
        case .user(let id): return id == user.id
        case .adminsAndStaff(let station):
            switch user.role {
            case .admin: return true
            case .stationStaff: return settings.notifiesStationStaff && station != nil && station == user.stationID
            case .driver: return false
            }
        }
    }
}
