import Bytes

/// Pings that will prove what was sent before them, or the acknowledgements that do.
struct DeliveryProof {
    struct Mark {
        /// The ping's number, or the acknowledgement's id.
        let number: UInt32
        /// What the answer proves: everything up to this event.
        var through: UInt64
    }

    /// The ping that was sent, and the one that follows it.
    private var sent: Mark?
    private var next: Mark?
    /// Events that the client has yet to acknowledge, oldest first; nil where it does not.
    private var unacknowledged: [Mark]?
    /// Everything up to this event has a ping behind it.
    private(set) var requestedThrough: UInt64 = 0
    var lastPingAt = MonotonicTime(milliseconds: .min)
    /// A ping is waiting for its time.
    var isPingDue = false

    /// A ping with this number goes out behind everything up to `through`.
    mutating func pinged(_ number: UInt32, through: UInt64, now: MonotonicTime) {
        requestedThrough = through
        lastPingAt = now
        if sent == nil || sent?.number == number {
            sent = Mark(number: number, through: through)
        } else {
            next = Mark(number: number, through: through)
        }
    }

    /// What the answer to a ping proves; nil for one that is not ours.
    mutating func ponged(_ number: UInt32) -> UInt64? {
        if let next, next.number == number {
            self.next = nil
            sent = nil
            return next.through
        }
        guard let mark = sent, mark.number == number else { return nil }
        sent = next
        next = nil
        return mark.through
    }

    /// An event was sent that is to be acknowledged.
    mutating func owes(_ id: UInt32, through: UInt64) {
        unacknowledged = (unacknowledged ?? []) + [Mark(number: id, through: through)]
    }

    /// What an acknowledgement proves, where all before it have come too: clients may acknowledge in any order.
    mutating func acknowledged(_ id: UInt32) -> UInt64? {
        guard var marks = unacknowledged, let place = marks.firstIndex(where: { $0.number == id }) else { return nil }
        let mark = marks.remove(at: place)
        defer { unacknowledged = marks }
        if place > 0 {
            // The one before it, when its time comes, proves this one too.
            marks[place - 1].through = max(marks[place - 1].through, mark.through)
            return nil
        }
        return mark.through
    }
}
