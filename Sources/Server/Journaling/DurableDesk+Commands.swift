import Domain
import Gateway
import JSON
import Platform

/// The desk's commands by name, each with a result of its own.
///
/// All of them stage their changes, which may be shown once they are durable.
extension DurableDesk {
    // MARK: Tickets

    /// The result of filing a ticket.
    enum TicketCreation {
        /// A new ticket, with its JSON as in its record: `user` and `station` are expanded.
        case created(Ticket, json: [UInt8])
        /// The key was used before: the ticket as it was first created.
        case repeated(TicketSnapshot)
    }

    func createTicket(
        _ draft: TicketDraft, key: IdempotencyKey?, by caller: Caller, now: Moment
    ) throws(Refusal) -> TicketCreation {
        switch try desk(at: now).decideTicketCreation(of: draft, key: key, by: caller, now: now.wall) {
        case .repeated(let first): return .repeated(first)
        case .created(let event, let snapshot):
            let (record, place) = event.recordWithTicket()
            try stage(event, record: record)
            return .created(snapshot.ticket, json: place.map { Array(record[$0]) } ?? Self.json(of: snapshot))
        }
    }

    private static func json(of ticket: TicketSnapshot) -> [UInt8] {
        var writer = JSONWriter()
        ticket.write(into: &writer)
        return writer.bytes
    }

    func updateTicket(_ id: Identifier, _ patch: TicketPatch, by caller: Caller, now: Moment) throws(Refusal) {
        try execute(.updateTicket(id, patch), by: caller, now: now)
    }

    /// - Returns: the ticket as it was before.
    func deleteTicket(_ id: Identifier, by caller: Caller, now: Moment) throws(Refusal) -> TicketSnapshot {
        let (event, ticket) = try desk(at: now).decideDeletion(ofTicket: id, by: caller, now: now.wall)
        try stage(event, record: event.record())
        return ticket
    }

    func addComment(
        to ticket: Identifier, _ draft: CommentDraft, by caller: Caller, now: Moment
    ) throws(Refusal) -> Comment {
        let (event, comment) = try desk(at: now).decideComment(on: ticket, draft, by: caller, now: now.wall)
        try stage(event, record: event.record())
        return comment
    }

    // MARK: People and swap stations

    func createUser(
        _ draft: UserDraft, passwordHash: String, by caller: Caller, now: Moment
    ) throws(Refusal) -> User {
        let (event, user) = try desk(at: now).decideUserCreation(
            of: draft, passwordHash: passwordHash, by: caller, now: now.wall)
        try stage(event, record: event.record())
        return user
    }

    /// - Parameter passwordHash: nil if the password does not change.
    func updateUser(
        _ id: Identifier, _ patch: UserPatch, passwordHash: String?, by caller: Caller, now: Moment
    ) throws(Refusal) {
        try execute(.updateUser(id, patch, passwordHash: passwordHash), by: caller, now: now)
    }

    func deleteUser(_ id: Identifier, by caller: Caller, now: Moment) throws(Refusal) {
        try execute(.deleteUser(id), by: caller, now: now)
    }

    func createStation(_ draft: SwapStationDraft, by caller: Caller, now: Moment) throws(Refusal) -> SwapStation {
        let (event, station) = try desk(at: now).decideStationCreation(of: draft, by: caller, now: now.wall)
        try stage(event, record: event.record())
        return station
    }

    func updateStation(_ id: Identifier, _ patch: StationPatch, by caller: Caller, now: Moment) throws(Refusal) {
        try execute(.updateStation(id, patch), by: caller, now: now)
    }

    // MARK: Notifications

    /// - Parameter origin: the socket that the command came by, which need not be told what it did itself.
    func markRead(_ mark: ReadMark, by caller: Caller, origin: RandomName? = nil, now: Moment) throws(Refusal) {
        try execute(.markRead(mark), by: caller, origin: origin, now: now)
    }

    // MARK: The fleet

    func queueCommand(
        _ draft: FleetCommandDraft, for member: Identifier, by caller: Caller, now: Moment
    ) throws(Refusal) -> FleetCommand {
        let (event, command) = try desk(at: now).decideQueueing(
            draft, for: member, by: caller, epoch: epoch, now: now.wall)
        try stage(event, record: event.record())
        return command
    }
}
