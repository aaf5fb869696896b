import Bytes
import JSON

/// What admins and staff are told live of a change to a ticket that they may see, so that nobody works on what somebody
/// else has changed. It is no notification: it stands in no inbox, and nobody catches up on it.
public struct TicketChange: Sendable {
    /// What the change amounts to. The list of fields has the rest.
    public enum Kind: String, Sendable {
        case updated, assigned, rated, closed, reopened, escalated, commented, deleted

        init(_ changes: [FieldChange]) {
            if changes.reach(.closed) {
                self = .closed
            } else if changes.contains(where: { $0.field == .status && $0.from == .text(TicketStatus.closed.rawValue) })
            {
                self = .reopened
            } else if changes.contains(where: { $0.field == .assigneeID }) {
                self = .assigned
            } else if changes.allSatisfy({ $0.field == .rating }) {
                self = .rated
            } else {
                self = .updated
            }
        }
    }

    /// What the change amounts to.
    public let kind: Kind

    private let event: Event
    private let ticket: Identifier
    private let user: Identifier
    /// Where the ticket is, and where it was.
    private let stations: [Identifier]

    /// Nil if `event` is no such change. New tickets, and comments by the tickets' users, are told of as notifications.
    public init?(of event: Event) {
        self.event = event
        switch event.change {
        case .ticketUpdated(let snapshot, let changes):
            kind = Kind(changes)
            (ticket, user) = (snapshot.ticket.id, snapshot.ticket.userID)
            let before = changes.first { $0.field == .stationID }.flatMap { $0.from.json.identifierIfAny }
            stations = [snapshot.ticket.stationID, before].compactMap(\.self)
        case .ticketEscalated(let snapshot, _):
            kind = .escalated
            (ticket, user) = (snapshot.ticket.id, snapshot.ticket.userID)
            stations = [snapshot.ticket.stationID].compactMap(\.self)
        case .ticketDeleted(let snapshot):
            kind = .deleted
            (ticket, user) = (snapshot.ticket.id, snapshot.ticket.userID)
            stations = [snapshot.ticket.stationID].compactMap(\.self)
        case .ticketCommented(let id, let owner, let station, _, let news) where news?.number == nil:
            kind = .commented
            (ticket, user) = (id, owner)
            stations = [station].compactMap(\.self)
        default: return nil
        }
    }

    /// Whether a user is to be told: one who may see the ticket, or could until this change, and who is not a driver.
    public func concerns(_ listener: User) -> Bool {
        guard listener.isActive else { return false }
        return switch listener.role {
        case .admin: true
        case .stationStaff: listener.id == user || listener.stationID.map(stations.contains) ?? false
        case .driver: false
        }
    }

    /// Writes the change as a JSON object. All of it was durable when the event was.
    ///
    /// - Parameters:
    ///   - epoch: the data directory's.
    ///   - author: the name of the event's author, if that is a user.
    public func write(into writer: inout JSONWriter, epoch: String, author: String?) {
        writer.beginObject()
        writer.member("id", NotificationID(epoch: epoch, sequence: event.sequence).text)
        writer.member("change", kind.rawValue)
        writer.member("support_id", id: ticket)
        writer.key("by")
        writer.beginObject()
        writer.member("user_id", id: event.by.userID)
        writer.member("username", author)
        writer.endObject()
        writer.member("at", event.at)
        switch event.change {
        case .ticketUpdated(let snapshot, let changes):
            writer.key("changes")
            writer.beginArray()
            for change in changes {
                writer.beginObject()
                change.writeMembers(into: &writer)
                writer.endObject()
            }
            writer.endArray()
            writer.key("ticket")
            snapshot.write(into: &writer)
        case .ticketEscalated(let snapshot, _):
            writer.key("ticket")
            snapshot.write(into: &writer)
        case .ticketCommented(let id, _, _, let comment, let news):
            writer.key("comment")
            comment.write(ticket: id, into: &writer)
            if let news {
                writer.key("ticket")
                news.ticket.write(into: &writer)
            }
        default: break
        }
        writer.endObject()
    }
}

extension JSONValue {
    fileprivate var identifierIfAny: Identifier? { isNull ? nil : identifier }
}
