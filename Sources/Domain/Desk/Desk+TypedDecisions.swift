import Bytes

/// The command that removes a ticket, decided with the result that it alone has.
extension Desk {
    /// Decides `Command.deleteTicket`; the ticket as it was is the answer.
    ///
    /// The rules are those of `decide`: it reads the state, and the event must be applied before the next decision.
    public func decideDeletion(
        ofTicket id: Identifier, by caller: Caller, now: Timestamp
    ) throws(Refusal) -> (event: Event, ticket: TicketSnapshot) {
        try deleteTicket(id, try Standing(of: caller, at: self), now)
    }
}
