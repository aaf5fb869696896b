import Bytes

/// What came of a command to create a ticket.
public enum TicketCreation {
    /// To be appended to the journal and applied; the ticket as it will be then.
    case created(Event, TicketSnapshot)
    /// The key was used before: this ticket, as it was first created, is the answer.
    case repeated(TicketSnapshot)

    var decision: Decision {
        switch self {
        case .created(let event, _): .event(event)
        case .repeated(let first): .repeated(first)
        }
    }
}

/// The commands that create or remove something, each decided with the result that it alone has.
///
/// The rules are those of `decide`: it reads the state, and the event must be applied before the next decision.
extension Desk {
    /// Decides `Command.createTicket`.
    public func decideTicketCreation(
        of draft: TicketDraft, key: IdempotencyKey?, by caller: Caller, now: Timestamp
    ) throws(Refusal) -> TicketCreation {
        try createTicket(draft, key, try Standing(of: caller, at: self), now)
    }

    /// Decides `Command.deleteTicket`; the ticket as it was is the answer.
    public func decideDeletion(
        ofTicket id: Identifier, by caller: Caller, now: Timestamp
    ) throws(Refusal) -> (event: Event, ticket: TicketSnapshot) {
        try deleteTicket(id, try Standing(of: caller, at: self), now)
    }

    /// Decides `Command.addComment`.
    public func decideComment(
        on ticket: Identifier, _ draft: CommentDraft, by caller: Caller, now: Timestamp
    ) throws(Refusal) -> (event: Event, comment: Comment) {
        try addComment(to: ticket, draft, try Standing(of: caller, at: self), now)
    }

    /// Decides `Command.createUser`.
    public func decideUserCreation(
        of draft: UserDraft, passwordHash: String, by caller: Caller, now: Timestamp
    ) throws(Refusal) -> (event: Event, user: User) {
        try createUser(draft, passwordHash, try Standing(of: caller, at: self), now)
    }

    /// Decides `Command.createStation`.
    public func decideStationCreation(
        of draft: SwapStationDraft, number: Identifier? = nil, by caller: Caller, now: Timestamp
    ) throws(Refusal) -> (event: Event, station: SwapStation) {
        try createStation(draft, number, try Standing(of: caller, at: self), now)
    }
}
