import Bytes

/// How far the central server is with this station's events, and what to do next: no I/O in it, nor the journal.
///
/// The owner opens a connection when `wantsConnection` says so, gives it a lane, hands the lane's events in here, and
/// ships what `next` asks for. The cursor is the last event that the central server is known to have; everything behind
/// it is read from the journal again after a failure, so that memory is a window and not a backlog.
public struct UplinkMachine: Sendable {
    public enum State: String, Hashable, Sendable {
        /// The line is down, or it is not yet time to try again.
        case disconnected
        case connecting
        /// Connected; what the other side has is asked for.
        case comparing
        case shipping
        /// Everything has arrived.
        case idle
        /// The central server does not want this station: see `lastFault`.
        case stopped
    }

    /// What the journal has: the first sequence and the last durable one; `first` is `last + 1` where it is empty.
    public struct Extent: Hashable, Sendable {
        public var first: UInt64
        public var last: UInt64

        public init(first: UInt64, last: UInt64) {
            self.first = first
            self.last = last
        }
    }

    /// What is to be shipped next.
    public enum Next: Hashable, Sendable {
        /// Records of the journal from this sequence on.
        case records(from: UInt64)
        /// Tickets as they are, from this number on.
        case snapshots(fromTicket: UInt32, snapshot: UInt64)
        /// That the events up to `through` will not come.
        case missing(through: UInt64, tickets: Int, snapshot: UInt64)
    }

    /// Rewinds without anything stored in between; more are a fault of the server's.
    private static let rewindsMax = 3
    /// A connection that lasted so long was of use, also where there was nothing to ship.
    private static let usefulMillis: Int64 = 5_000

    private struct InFlight: Sendable {
        let ordinal: UInt64
        /// Nil for a snapshot.
        let sequence: UInt64?
    }

    /// Tickets in place of events that the journal no longer has. One that was cut goes on where it was: changes since
    /// it began are events, and come after it.
    private struct Pass: Sendable {
        /// What is known of how far it is.
        struct Place: Sendable {
            var nextTicket: UInt32 = 1
            var count = 0
            var hasAllTickets = false
        }

        let snapshot: UInt64
        /// The event shipped before it.
        let previous: UInt64
        var place = Place()
        /// Up to where the tickets are stored there.
        var stored = Place()
        /// The places behind what is in flight, by the ordinal of the last ticket.
        var reached: [(ordinal: UInt64, place: Place)] = []
        /// The ordinal of its end, where that was shipped. Until it is stored nothing else tells what is there.
        var end: UInt64?
    }

    public private(set) var state = State.disconnected
    /// The central server has all events up to this one.
    public private(set) var cursor: UInt64
    /// What went wrong last; nil once all is well again.
    public private(set) var lastFault: UplinkFault?
    /// When the central server last confirmed something.
    public private(set) var lastSuccess: Timestamp?

    private var schedule: UplinkSchedule
    /// Records up to this one were read for shipping.
    private var readThrough: UInt64
    /// The sequence of the event that was shipped last.
    private var shippedThrough: UInt64
    private var nextOrdinal: UInt64 = 1
    private var inFlight: [InFlight] = []
    private var pass: Pass?
    /// Records behind the first of these and up to the second concern the station alone: they need not be read again.
    private var doneFrom: UInt64
    private var doneThrough: UInt64
    private var rewinds = 0
    private var openedAt: MonotonicTime
    /// Whether this connection was compared, and whether anything was stored over it.
    private var hasCompared = false
    private var hasStored = false

    /// - Parameter cursor: what is known of earlier runs; 0 where nothing is.
    public init(cursor: UInt64, now: MonotonicTime) {
        self.cursor = cursor
        readThrough = cursor
        shippedThrough = cursor
        (doneFrom, doneThrough) = (cursor, cursor)
        schedule = UplinkSchedule(now: now)
        openedAt = now
    }

    // MARK: The connection

    /// When `wantsConnection` may become true by itself; nil where it will not.
    public var deadline: MonotonicTime? { state == .disconnected ? schedule.next : nil }

    /// Whether it is time to connect.
    public func wantsConnection(at now: MonotonicTime) -> Bool {
        state == .disconnected && schedule.next.map { $0 <= now } ?? false
    }

    public mutating func connecting(now: MonotonicTime) {
        state = .connecting
        hasCompared = false
        hasStored = false
        openedAt = now
    }

    public mutating func connected(now: MonotonicTime) {
        state = .comparing
        openedAt = now
    }

    /// The connection is at its end, or none came about.
    public mutating func disconnected(
        _ fault: UplinkFault, using random: inout some RandomNumberGenerator, now: MonotonicTime
    ) {
        let wasUseful = hasStored || (hasCompared && now.milliseconds(since: openedAt) >= Self.usefulMillis)
        schedule.failed(fault.remedy, wasUseful: wasUseful, using: &random, now: now)
        if fault.remedy != .waitSeconds(0) || !wasUseful { lastFault = fault }
        state = fault.remedy == .stop ? .stopped : .disconnected
        goOn(behind: cursor)
    }

    /// Tries at once, whatever went wrong before.
    public mutating func tryNow(_ now: MonotonicTime) {
        guard state == .disconnected || state == .stopped else { return }
        state = .disconnected
        schedule.tryNow(now)
    }

    // MARK: What the lane says

    /// Takes what the other side has. Throws where that cannot be.
    ///
    /// - Parameter isKnown: whether it is the same memory that everything up to the cursor was stored in: then that it
    ///   has nothing of us means that it has let go of what was old.
    public mutating func compared(
        _ position: UplinkPosition, isKnown: Bool = false, journal: Extent, wall: Timestamp
    ) throws(UplinkFault) {
        switch position {
        case .nothing where isKnown: break
        case .nothing: cursor = 0
        case .everything(let through):
            try mustBeOurs(through, journal)
            cursor = through
        case .last(let sequence):
            try mustBeOurs(sequence, journal)
            cursor = min(cursor, sequence)
        }
        lastSuccess = wall
        hasCompared = true
        goOn(behind: cursor)
        state = .shipping
        settle(journal)
        // Where there is something to ship, only that it was stored is a success.
        if state == .idle { succeeded() }
    }

    /// The fault where the other side has another event of a number than this station.
    public static func foreign(_ mark: UplinkMark) -> UplinkFault {
        UplinkFault(
            "the central server has another event \(mark.sequence) of this station (\(mark.type) of \(mark.time)): "
                + "the data directory was put back from a copy; stop the station and run `stationd new-epoch`",
            .intervention)
    }

    private func mustBeOurs(_ sequence: UInt64, _ journal: Extent) throws(UplinkFault) {
        guard sequence > journal.last else { return }
        throw UplinkFault(
            "the central server has event \(sequence) of this station, whose last one is \(journal.last): the data "
                + "directory was put back from a copy; stop the station and run `stationd new-epoch`", .intervention)
    }

    /// Everything up to `ordinal` is stored there.
    public mutating func stored(through ordinal: UInt64, journal: Extent, wall: Timestamp) {
        let count = inFlight.prefix { $0.ordinal <= ordinal }.count
        guard count > 0 else { return }
        if let sequence = inFlight[..<count].last(where: { $0.sequence != nil })?.sequence { cursor = sequence }
        inFlight.removeFirst(count)
        while let reached = pass?.reached.first, reached.ordinal <= ordinal {
            pass?.stored = reached.place
            pass?.reached.removeFirst()
        }
        if let end = pass?.end, end <= ordinal { pass = nil }
        rewinds = 0
        hasStored = true
        succeeded()
        lastSuccess = wall
        settle(journal)
    }

    private mutating func succeeded() {
        schedule.succeeded()
        lastFault = nil
    }

    /// The other side wants to have what comes behind `sequence`. Throws where it goes round in a circle.
    public mutating func rewound(to sequence: UInt64, journal: Extent) throws(UplinkFault) {
        rewinds += 1
        guard rewinds <= Self.rewindsMax else {
            throw UplinkFault("the central server asks again and again for what comes behind event \(sequence)")
        }
        try mustBeOurs(sequence, journal)
        cursor = sequence
        shipAgain(behind: sequence, journal: journal)
    }

    /// What is behind `sequence` was not taken in the form that it had.
    public mutating func shipAgain(behind sequence: UInt64, journal: Extent) {
        goOn(behind: sequence)
        settle(journal)
    }

    private mutating func goOn(behind sequence: UInt64) {
        if sequence != doneFrom { (doneFrom, doneThrough) = (sequence, sequence) }
        readThrough = doneThrough
        shippedThrough = sequence
        inFlight.removeAll(keepingCapacity: true)
        if pass?.previous == sequence {
            if let stored = pass?.stored { pass?.place = stored }
            pass?.reached = []
            pass?.end = nil
        } else {
            pass = nil
        }
    }

    /// Tells idle from shipping. To be called when the journal has grown.
    public mutating func settle(_ journal: Extent) {
        if inFlight.isEmpty, pass == nil, shippedThrough == cursor { (doneFrom, doneThrough) = (cursor, readThrough) }
        guard state == .shipping || state == .idle else { return }
        state = hasEverything(journal) ? .idle : .shipping
    }

    /// Events that wait for the central server, as far as the journal was read.
    public func backlogCount(_ journal: Extent) -> UInt64 {
        let done = max(doneThrough, cursor)
        return pass == nil && journal.last <= done ? 0 : journal.last - min(done, journal.last)
    }

    /// Whether nothing waits for the central server, as far as the journal was read.
    public func hasEverything(_ journal: Extent) -> Bool {
        inFlight.isEmpty && pass == nil && readThrough >= journal.last
    }

    /// Whether something was shipped and is not known to be stored.
    public var hasInFlight: Bool { !inFlight.isEmpty }

    // MARK: What goes up

    /// What is to be shipped next; nil where there is nothing, or no connection that would take it.
    public mutating func next(_ journal: Extent) -> Next? {
        guard state == .shipping || state == .idle else { return nil }
        if let pass, pass.end == nil {
            guard pass.place.hasAllTickets else {
                return .snapshots(fromTicket: pass.place.nextTicket, snapshot: pass.snapshot)
            }
            return .missing(
                through: min(journal.first - 1, pass.snapshot), tickets: pass.place.count, snapshot: pass.snapshot)
        }
        if readThrough + 1 < journal.first {
            // What is on its way comes first: the pass takes the place of what follows it.
            guard inFlight.isEmpty else { return nil }
            pass = Pass(snapshot: journal.last, previous: shippedThrough)
            state = .shipping
            return .snapshots(fromTicket: 1, snapshot: journal.last)
        }
        return readThrough < journal.last ? .records(from: readThrough + 1) : nil
    }

    /// The ordinal of the next event, and the sequence of the one shipped before it.
    public var place: (ordinal: UInt64, previous: UInt64) { (nextOrdinal, shippedThrough) }

    /// Notes that records were read up to `sequence`, of which `events` were handed to the lane.
    public mutating func shipped(_ events: [UplinkEvent], readThrough sequence: UInt64, journal: Extent) {
        take(events)
        readThrough = sequence
        settle(journal)
    }

    /// Notes that the tickets before `nextTicket` were handed to the lane; nil where those were the last.
    public mutating func shippedSnapshots(_ events: [UplinkEvent], nextTicket: UInt32?) {
        take(events)
        guard var place = pass?.place else { return }
        place.count += events.count
        place.nextTicket = nextTicket ?? .max
        place.hasAllTickets = nextTicket == nil
        pass?.place = place
        // Where none was left to ship this is reached with the last that is on its way.
        if let ordinal = events.last?.ordinal ?? pass?.reached.last?.ordinal {
            pass?.reached.append((ordinal, place))
        } else {
            pass?.stored = place
        }
    }

    /// Notes that the end of the pass was handed to the lane.
    public mutating func shippedMissing(_ event: UplinkEvent, journal: Extent) {
        take([event])
        readThrough = event.sequence
        pass?.end = event.ordinal
        settle(journal)
    }

    private mutating func take(_ events: [UplinkEvent]) {
        for event in events {
            inFlight.append(
                InFlight(ordinal: event.ordinal, sequence: event.isSnapshot ? nil : event.sequence))
            nextOrdinal = event.ordinal + 1
            if !event.isSnapshot { shippedThrough = event.sequence }
        }
    }
}
