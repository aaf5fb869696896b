/// What somebody asks the desk to do.
///
/// Passwords are hashed before: a command that brings one carries what crypt(3) made of it. Since `decide` only
/// looks, it may be asked with an empty hash first, so that nothing is hashed for a command that will be refused.
public enum Command: Hashable, Sendable {
    case createTicket(TicketDraft, key: IdempotencyKey?)
    case updateTicket(Identifier, TicketPatch)
    case deleteTicket(Identifier)
    case addComment(ticket: Identifier, CommentDraft)
    case createUser(UserDraft, passwordHash: String)
    /// The hash is nil where the password stays.
    case updateUser(Identifier, UserPatch, passwordHash: String?)
    /// Of the caller's own password.
    case changePassword(passwordHash: String)
    case deleteUser(Identifier)
    /// With a number of its own, or with the next one.
    case createStation(StationDraft, number: Identifier? = nil)
    case updateStation(Identifier, StationPatch)
    /// Notifications of the caller's own inbox.
    case markRead(ReadMark)
    /// That users have provably received everything up to a sequence, by user; the station's own.
    case noteDelivered([Identifier: UInt64])
    /// That the central server has stored all events up to a sequence; the station's own.
    case noteShipped(through: UInt64, remote: String? = nil)
}

/// What came of a command that was not refused.
public enum Decision: Hashable, Sendable {
    /// To be appended to the journal and applied, in this order.
    case event(Event)
    /// All is already as the command would have it: the present state is the answer.
    case unchanged
    /// The key was used before: this ticket, as it was first created, is the answer.
    case repeated(TicketSnapshot)
}
