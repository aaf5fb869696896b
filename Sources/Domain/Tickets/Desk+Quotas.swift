/// The quotas of the settings: what one driver, and all together, may take up.
///
/// Deletes are always accepted, and so is every change that makes a ticket no larger. Quotas are for decisions alone:
/// an event that was decided is applied whatever the settings are.
extension Desk {
    /// Refuses a ticket of a driver who has too many that are not closed.
    func mustHaveRoomForOpenTicket(of user: Identifier, _ standing: Standing) throws(Refusal) {
        guard standing.role == .driver, settings.driverOpenTicketsMax > 0,
            let tally = tickets.byUser[user]?.tally, tally.open + tally.inProgress >= settings.driverOpenTicketsMax
        else { return }
        throw over(.openTickets)
    }

    /// Refuses a change that makes the tickets of `user` larger by `growth` bytes, if there is no room for that.
    ///
    /// Staff, admins and the central server have an eighth of the whole in addition: a desk that drivers have filled
    /// can still be worked on.
    func mustHaveRoom(for growth: Int, of user: Identifier, _ standing: Standing) throws(Refusal) {
        guard growth > 0 else { return }
        let isDriver = standing.role == .driver
        let most = settings.ticketBytesMax
        if most > 0, tickets.bytes + growth > (isDriver ? most : most + most / 8) { throw over(.ticketBytes) }
        let share = settings.ticketBytesPerUserMax
        if isDriver, share > 0, (tickets.byUser[user]?.bytes ?? 0) + growth > share { throw over(.userTicketBytes) }
    }

    private func over(_ quota: Quota) -> Refusal {
        refusedByQuota[quota, default: 0] += 1
        return .overQuota(quota)
    }

    /// The memory for all tickets, in bytes by an estimate.
    public var ticketBytes: Int { tickets.bytes }
}

extension Ticket {
    /// The memory that it uses, in bytes by a quick estimate: each text, and a round sum for what is around it.
    var footprint: Int {
        let texts = description.utf8.count + (response?.utf8.count ?? 0)
        let comments = (commentsStored ?? []).reduce(0) { $0 + $1.footprint }
        let history = (historyStored ?? []).reduce(0) { $0 + $1.change.footprint }
        return 256 + texts + comments + history
    }
}

extension Comment {
    var footprint: Int { 128 + body.utf8.count + username.utf8.count }
}

extension FieldChange {
    /// As an entry of a history.
    var footprint: Int { 128 + textBytes }
}

extension TicketSnapshot {
    /// The bytes of its texts.
    var textBytes: Int {
        let texts = [
            ticket.description, ticket.response, user.username, user.email, user.phone, station?.name, station?.address,
        ]
        return texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) }
    }
}
