import Bytes
import Gateway

/// The expected proofs that a socket has read what it was sent: answers to pings, or acknowledgements.
///
/// Every socket always has one of these, so it is small: 0 stands for no ping.
struct DeliveryProof {
    /// An event that the client is to acknowledge.
    private struct Mark {
        let id: UInt32
        /// The acknowledgement proves everything up to this event.
        var through: UInt64
    }

    /// The number of the ping under way, and that of the next.
    private var sentPing: UInt32 = 0
    private var nextPing: UInt32 = 0
    /// Their answers prove everything up to these events.
    private var sentThrough: UInt64 = 0
    private var nextThrough: UInt64 = 0
    /// Events that the client has yet to acknowledge, oldest first.
    private var unacknowledged: [Mark] = []
    /// A ping has been sent after every event up to this one.
    private(set) var requestedThrough: UInt64 = 0
    private(set) var lastPingAt = MonotonicTime(milliseconds: .min)
    /// Whether a ping waits until it is due.
    var isPingDue = false

    /// Notes that the ping with this number follows everything up to `through`. While another ping is under way, the
    /// next may be requested several times.
    mutating func pinged(_ number: UInt32, through: UInt64, now: MonotonicTime) {
        requestedThrough = through
        lastPingAt = now
        if sentPing == 0 || sentPing == number {
            (sentPing, sentThrough) = (number, through)
        } else {
            (nextPing, nextThrough) = (number, through)
        }
    }

    /// The event up to which the answer to a ping proves everything; nil if the ping was sent for another reason.
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

    /// Notes an event that the client is to acknowledge.
    mutating func owes(_ id: UInt32, through: UInt64) { unacknowledged.append(Mark(id: id, through: through)) }

    /// The event up to which an acknowledgement proves everything; nil if an earlier event is unacknowledged. Clients
    /// may acknowledge in any order.
    mutating func acknowledged(_ id: UInt32) -> UInt64? {
        guard let place = unacknowledged.firstIndex(where: { $0.id == id }) else { return nil }
        let mark = unacknowledged.remove(at: place)
        guard place > 0 else { return mark.through }
        // The acknowledgement of the event before it will prove this one too.
        unacknowledged[place - 1].through = max(unacknowledged[place - 1].through, mark.through)
        return nil
    }
}
