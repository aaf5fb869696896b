import Bytes
import Gateway

/// What will prove that a socket has read what it was sent: the answers to pings, or acknowledgements.
///
/// Every socket has one of these all the time, so it is small: a number of 0 stands for no ping.
struct DeliveryProof {
    /// An event that the client is to acknowledge.
    private struct Mark {
        let id: UInt32
        /// What the acknowledgement proves: everything up to this event.
        var through: UInt64
    }

    /// The number of the ping that was sent, and of the one that follows it.
    private var sentPing: UInt32 = 0
    private var nextPing: UInt32 = 0
    /// What their answers prove: everything up to these events.
    private var sentThrough: UInt64 = 0
    private var nextThrough: UInt64 = 0
    /// Events that the client has yet to acknowledge, oldest first.
    private var unacknowledged: [Mark] = []
    /// Everything up to this event has a ping behind it.
    private(set) var requestedThrough: UInt64 = 0
    private(set) var lastPingAt = MonotonicTime(milliseconds: .min)
    /// A ping is waiting for its time.
    var isPingDue = false

    /// A ping with this number goes out behind everything up to `through`; while another one is under way it may be
    /// asked for several times.
    mutating func pinged(_ number: UInt32, through: UInt64, now: MonotonicTime) {
        requestedThrough = through
        lastPingAt = now
        if sentPing == 0 || sentPing == number {
            (sentPing, sentThrough) = (number, through)
        } else {
            (nextPing, nextThrough) = (number, through)
        }
    }

    /// Since when an answer is waited for, if one is.
    var awaitedSince: MonotonicTime? { sentPing == 0 ? nil : lastPingAt }

    /// What the answer to a ping proves; nil for one that was sent for another reason.
    mutating func ponged(_ number: UInt32) -> UInt64? {
        if nextPing != 0, nextPing == number {
            (sentPing, nextPing) = (0, 0)
            return nextThrough
        }
        guard sentPing != 0, sentPing == number else { return nil }
        let proven = sentThrough
        (sentPing, sentThrough, nextPing) = (nextPing, nextThrough, 0)
        return proven
    }

    /// An event was sent that is to be acknowledged.
    mutating func owes(_ id: UInt32, through: UInt64) { unacknowledged.append(Mark(id: id, through: through)) }

    /// What an acknowledgement proves, where all before it have come too: clients may acknowledge in any order.
    mutating func acknowledged(_ id: UInt32) -> UInt64? {
        guard let place = unacknowledged.firstIndex(where: { $0.id == id }) else { return nil }
        let mark = unacknowledged.remove(at: place)
        guard place > 0 else { return mark.through }
        // The one before it, when its time comes, proves this one too.
        unacknowledged[place - 1].through = max(unacknowledged[place - 1].through, mark.through)
        return nil
    }
}
