import Domain
import Gateway

/// Where a socket is that was not sent everything yet: a place in the index and not a queue of copies.
final class CatchUp {
    /// Everything up to here was sent.
    var position: InboxPosition

    /// While what was missed goes out by priority: which one it is, and how far.
    struct Pass {
        var priority: TicketPriority
        var position: InboxPosition
        /// The last event of what was missed: what came later waits until all passes are done.
        let end: InboxPosition
        /// How many are yet to be sent. The last one carries the offset, since only then all before it were sent.
        var remaining: Int
    }

    var pass: Pass?
    /// In the list of those that can be sent more.
    var isReady = false

    /// Up to where everything was sent when `entry`, which is the next, is: with the last of what goes out by priority
    /// all of it, with those before nothing more than at the start.
    func reached(by entry: IndexedNotification) -> UInt64 {
        guard let pass else { return entry.sequence }
        return pass.remaining <= 1 ? pass.end.sequence : position.sequence
    }

    init(position: InboxPosition, pass: Pass? = nil) {
        self.position = position
        self.pass = pass
    }
}
