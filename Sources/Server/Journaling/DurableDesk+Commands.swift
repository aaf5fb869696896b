import Domain
import Gateway
import Platform

/// The desk's commands by name, each with a result of its own.
///
/// All of them stage their changes, which may be shown once they are durable.
extension DurableDesk {
    // MARK: Tickets

    func updateTicket(_ id: Identifier, _ patch: TicketPatch, by caller: Caller, now: Moment) throws(Refusal) {
        try execute(.updateTicket(id, patch), by: caller, now: now)
    }

    /// - Returns: the ticket as it was before.
    func deleteTicket(_ id: Identifier, by caller: Caller, now: Moment) throws(Refusal) -> TicketSnapshot {
        let (event, ticket) = try desk(at: now).decideDeletion(ofTicket: id, by: caller, now: now.wall)
        try stage(event, record: event.record())
        return ticket
    }

    // MARK: People and swap stations

    /// - Parameter passwordHash: nil if the password does not change.
    func updateUser(
        _ id: Identifier, _ patch: UserPatch, passwordHash: String?, by caller: Caller, now: Moment
    ) throws(Refusal) {
        try execute(.updateUser(id, patch, passwordHash: passwordHash), by: caller, now: now)
    }

    func deleteUser(_ id: Identifier, by caller: Caller, now: Moment) throws(Refusal) {
        try execute(.deleteUser(id), by: caller, now: now)
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

    /// - Returns: the answer, and whether the command is new; otherwise its key was used before.
    func queueCommand(
        _ draft: FleetCommandDraft, for member: Identifier, by caller: Caller, now: Moment
    ) throws(Refusal) -> (answer: CreationAnswer, isNew: Bool) {
        let (answer, event) = try stageCreation(
            try desk(at: now).decideQueueing(draft, for: member, by: caller, epoch: epoch, now: now.wall))
        return (answer, event != nil)
    }

    // MARK: Creating

    /// Runs a command that creates something.
    ///
    /// - Parameter key: the request's Idempotency-Key.
    /// - Returns: the answer, and the event; nil if the key was used before.
    @inline(never)
    func create(
        _ command: Command, key: IdempotencyKey? = nil, by caller: Caller, now: Moment
    ) throws(Refusal) -> (answer: CreationAnswer, event: Event?) {
        try stageCreation(try desk(at: now).decide(command, key: key, by: caller, now: now.wall))
    }

    private func stageCreation(_ decision: Decision) throws(Refusal) -> (answer: CreationAnswer, event: Event?) {
        switch decision {
        case .repeated(let first): return (first, nil)
        case .unchanged: throw .conflict("Nothing was created")
        case .event(let event):
            let (record, answer) = event.recordWithAnswer()
            guard let answer else { throw .conflict("Nothing was created") }
            try stage(event, record: record)
            return (answer, event)
        }
    }
}
