import Bytes

extension Desk {
    /// The number that the next event must have.
    public var nextSequence: UInt64 { lastSequence + 1 }

    /// Decides what a command of `caller` at `now` leads to, and changes nothing.
    ///
    /// An event must be applied before the next command is decided, else two commands could be granted that exclude
    /// each other.
    public func decide(_ command: Command, by caller: Caller, now: Timestamp) throws(Refusal) -> Decision {
        let standing = try Standing(of: caller, at: self)
        switch command {
        case .createTicket(let draft, let key): return try createTicket(draft, key, standing, now).decision
        case .updateTicket(let id, let patch): return try updateTicket(id, patch, standing, now)
        case .deleteTicket(let id): return .event(try deleteTicket(id, standing, now).event)
        case .addComment(let ticket, let draft): return .event(try addComment(to: ticket, draft, standing, now).event)
        case .createUser(let draft, let hash): return .event(try createUser(draft, hash, standing, now).event)
        case .updateUser(let id, let patch, let hash): return try updateUser(id, patch, hash, standing, now)
        case .changePassword(let hash): return try changePassword(hash, standing, now)
        case .deleteUser(let id): return try deleteUser(id, standing, now)
        case .createStation(let draft, let number):
            return .event(try createStation(draft, number, standing, now).event)
        case .updateStation(let id, let patch): return try updateStation(id, patch, standing, now)
        case .markRead(let mark): return try markRead(mark, standing, now)
        case .noteDelivered(let through): return try noteDelivered(through, standing, now)
        case .noteShipped(let through, let remote): return try noteShipped(through, remote, standing, now)
        }
    }

    /// The next event.
    func event(_ change: Event.Change, _ standing: Standing, _ at: Timestamp) -> Event {
        Event(sequence: nextSequence, at: at, by: standing.caller, change: change)
    }
}
