/// A pass over all tickets, which are shipped as snapshots in place of events that the journal no longer has.
///
/// A pass that was interrupted resumes where it was: changes since it began are events, and they follow the pass.
struct SnapshotPass: Sendable {
    /// How far a pass has got.
    struct Place: Sendable {
        var nextTicket: UInt32 = 1
        var count = 0
        var hasAllTickets = false
    }

    /// The last sequence of the journal when the pass began.
    let snapshot: UInt64
    /// The sequence of the event shipped before the pass.
    let previous: UInt64
    /// What was shipped.
    private(set) var place = Place()
    /// What is stored there.
    private var stored = Place()
    /// The places after what is in flight, by the ordinal of their last ticket.
    private var reached: [(ordinal: UInt64, place: Place)] = []
    /// The ordinal of the event that ends the pass, once it was shipped. The pass must be kept until that is stored,
    /// because nothing else says how far the other side is.
    private var end: UInt64?

    init(snapshot: UInt64, previous: UInt64) {
        self.snapshot = snapshot
        self.previous = previous
    }

    /// Whether everything was shipped.
    var hasEnded: Bool { end != nil }

    /// Notes that the tickets before `nextTicket` were shipped. `nextTicket` is nil if they were the last.
    mutating func shipped(_ events: [UplinkEvent], nextTicket: UInt32?) {
        place.count += events.count
        place.nextTicket = nextTicket ?? .max
        place.hasAllTickets = nextTicket == nil
        // If there was no ticket left to ship, this place is reached with the last ticket in flight.
        if let ordinal = events.last?.ordinal ?? reached.last?.ordinal {
            reached.append((ordinal, place))
        } else {
            stored = place
        }
    }

    /// Notes that the event that ends the pass was shipped.
    mutating func shippedEnd(_ event: UplinkEvent) { end = event.ordinal }

    /// Notes that everything up to `ordinal` is stored there. Returns whether that completes the pass.
    mutating func stored(through ordinal: UInt64) -> Bool {
        while let first = reached.first, first.ordinal <= ordinal {
            stored = first.place
            reached.removeFirst()
        }
        return end.map { $0 <= ordinal } ?? false
    }

    /// Goes back to what is stored there.
    mutating func rewind() {
        place = stored
        reached = []
        end = nil
    }
}
