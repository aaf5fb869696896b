import Store

/// How new the documents of tickets, users, swap stations and canned answers must be, by the records that they include.
///
/// A copy whose documents are older than its cursors looks sound otherwise: what the checkpointer's cursor has passed
/// is not replayed. So does a directory from which a document was removed.
public struct DocumentAge {
    /// The last event about each document that is still there after it.
    private var expected: [DocumentPath: UInt64] = [:]

    /// Creates an empty audit.
    public init() {}

    /// Notes an event that the documents include. Events come in the order of their numbers.
    public mutating func note(_ event: Event) {
        switch event.change {
        case .ticketCreated(let ticket), .ticketUpdated(let ticket, _), .ticketEscalated(let ticket, _):
            expected[DocumentPath(.tickets, ticket.ticket.id)] = event.sequence
        case .ticketDeleted(let ticket): expected[DocumentPath(.tickets, ticket.ticket.id)] = nil
        case .userCreated(let user), .userUpdated(let user, _):
            expected[DocumentPath(.users, user.id)] = event.sequence
        case .userDeleted(let id, _): expected[DocumentPath(.users, id)] = nil
        case .stationCreated(let station), .stationUpdated(let station, _):
            expected[DocumentPath(.stations, station.id)] = event.sequence
        case .answerCreated(let answer), .answerUpdated(let answer, _):
            expected[DocumentPath(.answers, answer.id)] = event.sequence
        case .answerDeleted(let id, _): expected[DocumentPath(.answers, id)] = nil
        default: break
        }
    }

    /// Notes an event that the documents may include: what it has deleted need not be there.
    public mutating func noteLater(_ event: Event) {
        switch event.change {
        case .ticketDeleted, .userDeleted, .answerDeleted: note(event)
        default: break
        }
    }

    /// The documents that are missing or too old, by path, with the events that they should include.
    ///
    /// - Parameter sequence: returns the last event that a document includes; nil if it is missing.
    public func stale(_ sequence: (DocumentPath) -> UInt64?) -> [(path: DocumentPath, event: UInt64)] {
        expected.filter { path, event in (sequence(path) ?? 0) < event }
            .map { (path: $0.key, event: $0.value) }
            .sorted { ($0.path.kind.rawValue, $0.path.id) < ($1.path.kind.rawValue, $1.path.id) }
    }
}

extension Desk {
    /// The last event that a ticket, user, swap station or canned answer includes; nil if it is missing, and for other
    /// documents.
    public func lastEvent(of path: DocumentPath) -> UInt64? {
        switch path.kind {
        case .tickets: tickets[path.id]?.documentSequence
        case .users: users[path.id]?.documentSequence
        case .stations: stations[path.id]?.documentSequence
        case .answers: answers[path.id]?.documentSequence
        default: nil
        }
    }
}
