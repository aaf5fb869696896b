/// What a caller may do: the table of roles, in one place.
///
/// | may                            | driver             | station staff                       | admin      |
/// |--------------------------------|--------------------|-------------------------------------|------------|
/// | create a ticket                | for itself         | for anyone at its station           | for anyone |
/// | read tickets                   | its own            | its station's and its own           | all        |
/// | change a ticket                | its own: see below | its station's: status, response,    | all fields |
/// |                                |                    | priority, assignee                  |            |
/// | delete one, manage the desk    | no                 | no                                  | yes        |
///
/// A driver changes the description while the ticket is open, and the rating once it is closed.
///
/// A ticket that may not be read is not there at all; one that may be read but not changed is forbidden. Whoever is
/// at the machine and the central server stand as admins do.
struct Standing {
    let caller: Caller
    let role: Role
    let userID: Identifier?

    /// Where a member of staff works.
    let stationID: Identifier?

    /// Gives the standing of `caller` now. Throws `unauthorized` where it is a user that does not exist or is not
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

    /// Whether it is a ticket of the station where the caller works.
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

    /// Throws `forbidden` at the first field of a patch that the caller may not change in this ticket, which it may
    /// read.
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
