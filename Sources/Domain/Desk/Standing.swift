import JSON

/// The author of a request, and later of the event that it led to.
public enum Caller: Hashable, Sendable {
    /// A user who is logged in.
    case user(Identifier)
    /// Somebody who works on the machine itself, with the rights of an admin.
    case `operator`
    /// The central server, with the rights of an admin.
    case central
    /// The station itself, for what it notes on its own.
    case station

    /// The user's number; nil if the caller is not a user.
    public var userID: Identifier? {
        if case .user(let id) = self { id } else { nil }
    }

    /// The word for a caller who is not a user.
    var word: String? {
        switch self {
        case .user: nil
        case .operator: "operator"
        case .central: "central"
        case .station: "station"
        }
    }
}

extension Caller {
    /// The user's number, or the word for a caller who is not a user.
    var json: JSONValue {
        if let word { return .string(word) }
        return userID.map { .integer(Int64($0)) } ?? .null
    }
}

/// What a caller may do. The table of roles:
///
/// | may                            | driver             | station staff                       | admin      |
/// |--------------------------------|--------------------|-------------------------------------|------------|
/// | create a ticket                | for itself         | for anyone at its swap station      | for anyone |
/// | read tickets                   | its own            | its swap station's and its own      | all        |
/// | change a ticket                | its own: see below | its swap station's: status,         | all fields |
/// |                                |                    | response, priority, assignee        |            |
/// | delete one, manage the desk    | no                 | no                                  | yes        |
///
/// A driver changes the description while the ticket is open, and the rating once it is closed.
///
/// To a caller who may not read a ticket, it does not exist (404); changing a ticket that the caller may only read is
/// forbidden (403). The operator at the machine and the central server have the rights of admins.
struct Standing: Equatable {
    let caller: Caller
    let role: Role
    let userID: Identifier?

    /// The swap station where a member of staff works.
    let stationID: Identifier?

    /// Creates the standing of `caller` now. Throws `unauthorized` if the caller is a user who does not exist or is not
    /// active.
    init(of caller: Caller, at desk: borrowing Desk) throws(Refusal) {
        self.caller = caller
        guard let id = caller.userID else {
            role = .admin
            userID = nil
            stationID = nil
            return
        }
        guard let user = desk.users[id], user.isActive else { throw .unauthorized("Unauthorized") }
        role = user.role
        userID = id
        stationID = user.role == .stationStaff ? user.stationID : nil
    }

    private func isOwn(_ ticket: Ticket) -> Bool { ticket.userID == userID }

    /// Whether it is a ticket of the swap station where the caller works.
    private func isAtOwnStation(_ ticket: Ticket) -> Bool { stationID != nil && ticket.stationID == stationID }

    func mayRead(_ ticket: Ticket) -> Bool {
        switch role {
        case .admin: true
        case .stationStaff: isOwn(ticket) || isAtOwnStation(ticket)
        case .driver: isOwn(ticket)
        }
    }

    var readsInternalComments: Bool { role != .driver }

    func mustBeAdmin() throws(Refusal) {
        guard role == .admin else { throw .forbidden("Forbidden resource") }
    }

    func mustCreate(for user: Identifier, at station: Identifier?) throws(Refusal) {
        switch role {
        case .admin: break
        case .stationStaff:
            guard let station, station == stationID else {
                throw .forbidden("Station staff may create tickets only for their own station")
            }
        case .driver:
            guard user == userID else { throw .forbidden("Drivers may create tickets only for themselves") }
        }
    }

    /// Throws `forbidden` at the first field of a patch that the caller may not change in this ticket. The caller must
    /// be allowed to read it.
    func mustChange(_ fields: [FieldName], of ticket: Ticket) throws(Refusal) {
        switch role {
        case .admin: break
        case .stationStaff:
            guard isAtOwnStation(ticket) else {
                throw .forbidden("Station staff may change only tickets of their own station")
            }
            let allowed: [FieldName] = [.status, .response, .priority, .assigneeID]
            for field in fields where !allowed.contains(field) {
                throw .forbidden("Station staff may not change \(field.rawValue)")
            }
        case .driver:
            for field in fields {
                guard field == .description || field == .rating else {
                    throw .forbidden("Drivers may not change \(field.rawValue)")
                }
                if field == .description && ticket.status != .open {
                    throw .forbidden("Drivers may change description only while the ticket is open")
                }
            }
        }
    }
}
