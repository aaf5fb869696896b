import Domain
import Gateway

/// The progress of a socket that catches up: a place in the index rather than a queue of copies.
final class CatchUp {
    /// Everything up to here was sent.
    var position: InboxPosition

    /// One pass over the missed notifications, which sends those of one priority.
    struct Pass {
        var priority: TicketPriority
        var position: InboxPosition
        /// The last event that was missed; later ones wait until all passes are done.
        let end: InboxPosition
        /// The number of notifications yet to be sent in all passes. Only the last one carries an offset, since only
        /// then have all before it been sent.
        var remaining: Int
    }

    /// The current pass while the most urgent go first; nil while notifications are sent in order.
    var pass: Pass?
    /// Whether the subscriber is in the queue of those that can be sent more.
    var isReady = false

    /// The event up to which everything has been sent once `entry`, the next one, is sent. During the passes that is
    /// their start, and with the last entry of all passes their end.
    func reached(by entry: IndexedNotification) -> UInt64 {
        guard let pass else { return entry.sequence }
        return pass.remaining <= 1 ? pass.end.sequence : position.sequence
    }

    init(position: InboxPosition, pass: Pass? = nil) {
        self.position = position
        self.pass = pass
    }
}
