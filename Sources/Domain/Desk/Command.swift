/// A request for a change of the desk.
///
/// A command with a password carries the hash that crypt(3) made of it. Hashing is slow and `decide` changes nothing,
/// so the server decides such a command with an empty hash first and hashes only if it is not refused.
public enum Command: Hashable, Sendable {
    /// Creates a ticket; the key is that of the request, if it had one.
    case createTicket(TicketDraft, key: IdempotencyKey?)
    /// Changes fields of a ticket.
    case updateTicket(Identifier, TicketPatch)
    /// Notes that nobody has taken a ticket for this number of minutes. Only the station itself may do this.
    case escalateTicket(Identifier, minutes: Int)
    /// Deletes a ticket.
    case deleteTicket(Identifier)
    /// Adds a comment to a ticket.
    case addComment(ticket: Identifier, CommentDraft)
    /// Creates a user.
    case createUser(UserDraft, passwordHash: String)
    /// Changes fields of a user. The hash is nil if the password stays.
    case updateUser(Identifier, UserPatch, passwordHash: String?)
    /// Changes the caller's own password.
    case changePassword(passwordHash: String)
    /// Changes the language that the caller is written to in; nil for the contract's English.
    case changeLanguage(Language?)
    /// Ends a token of a user, or all of them if none is given.
    case endTokens(of: Identifier, EndedToken?)
    /// Deletes a user.
    case deleteUser(Identifier)
    /// Creates a swap station with the given number, or with the next one.
    case createStation(SwapStationDraft, number: Identifier? = nil)
    /// Changes fields of a swap station.
    case updateStation(Identifier, StationPatch)
    /// Creates a canned answer.
    case createAnswer(CannedAnswerDraft)
    /// Changes fields of a canned answer.
    case updateAnswer(Identifier, CannedAnswerPatch)
    /// Deletes a canned answer.
    case deleteAnswer(Identifier)
    /// Marks notifications in the caller's own inbox as read.
    case markRead(ReadMark)
    /// Notes up to which event each user has provably received everything. Only the station itself may do this.
    case noteDelivered([Identifier: UInt64])
    /// Notes up to which event the central server has stored everything. Only the station itself may do this.
    case noteShipped(through: UInt64, remote: String? = nil)
}

/// The result of a command that is not refused.
public enum Decision: Hashable, Sendable {
    /// The command leads to this event, which must be appended to the journal and then applied.
    case event(Event)
    /// Everything is already as the command asks: the present state is the answer.
    case unchanged
    /// The Idempotency-Key was used before: this is the first answer.
    case repeated(CreationAnswer)
}
