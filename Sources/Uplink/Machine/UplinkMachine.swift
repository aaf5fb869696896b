import Bytes

/// Knows how far the central server is with this station's events and decides what to do next. It does no I/O and does
/// not hold the journal.
///
/// The owner opens a connection when `wantsConnection` says so, gives it a lane, hands the lane's events in here and
/// ships what `next` asks for. The cursor is the last event that the central server is known to have. After a failure
/// everything after it is read from the journal again, so memory holds a window and never a backlog.
public struct UplinkMachine: Sendable {
    /// What the uplink is doing, as the status shows it.
    public enum State: String, Hashable, Sendable {
        /// There is no connection, and perhaps it is not yet time to try again.
        case disconnected
        /// A connection is being opened.
        case connecting
        /// Connected, and waiting to hear what the other side has.
        case comparing
        /// There are events to ship or in flight.
        case shipping
        /// The central server has everything.
        case idle
        /// The central server does not want this station; see `lastFault`.
        case stopped
    }

    /// What the journal holds. If it is empty, `first` is `last + 1`.
    public struct Extent: Hashable, Sendable {
        /// The oldest sequence.
        public var first: UInt64
        /// The last durable sequence.
        public var last: UInt64

        /// Creates an extent from the first and the last sequence.
        public init(first: UInt64, last: UInt64) {
            self.first = first
            self.last = last
        }
    }

    /// What to ship next.
    public enum Next: Hashable, Sendable {
        /// Records of the journal from this sequence on.
        case records(from: UInt64)
        /// Tickets as they are now, from this number on, in the pass that began at the sequence `snapshot`.
        case snapshots(fromTicket: UInt32, snapshot: UInt64)
        /// The end of that pass: the events up to `through` will not come, and `tickets` tickets were sent instead.
        case missing(through: UInt64, tickets: Int, snapshot: UInt64)
    }

    /// The number of rewinds with nothing stored in between. Further ones are a fault of the server's.
    private static let rewindsMax = 3
    /// A connection that lasted this long was useful even if there was nothing to ship.
    private static let usefulMillis: Int64 = 5_000

    private struct InFlight: Sendable {
        let ordinal: UInt64
        /// Nil for a snapshot.
        let sequence: UInt64?
    }

    /// What the uplink is doing.
    public private(set) var state = State.disconnected
    /// The central server has all events up to this sequence.
    public private(set) var cursor: UInt64
    /// What went wrong last; nil once it works again.
    public private(set) var lastFault: UplinkFault?
    /// When the central server last confirmed something.
    public private(set) var lastSuccess: Timestamp?

    private var schedule: UplinkSchedule
    /// Records up to this sequence were read for shipping.
    private var readThrough: UInt64
    /// The sequence of the event that was shipped last.
    private var shippedThrough: UInt64
    private var nextOrdinal: UInt64 = 1
    private var inFlight: [InFlight] = []
    private var pass: SnapshotPass?
    /// Records after the first of these and up to the second concern the station alone and need not be read again.
    private var doneFrom: UInt64
    private var doneThrough: UInt64
    private var rewinds = 0
    private var openedAt: MonotonicTime
    /// Whether the comparison succeeded on this connection.
    private var hasCompared = false
    /// Whether anything was stored over this connection.
    private var hasStored = false

    /// Creates a machine whose first connection is due now.
    ///
    /// - Parameters:
    ///   - cursor: the cursor of the last run, or 0 if there was none.
    ///   - serverCount: the number of servers that are configured, at least 1.
    public init(cursor: UInt64, serverCount: Int = 1, now: MonotonicTime) {
        self.cursor = cursor
        readThrough = cursor
        shippedThrough = cursor
        (doneFrom, doneThrough) = (cursor, cursor)
        schedule = UplinkSchedule(configuredCount: serverCount, now: now)
        openedAt = now
    }

    // MARK: The connection

    /// When `wantsConnection` becomes true by itself; nil if it does not.
    public var deadline: MonotonicTime? { state == .disconnected ? schedule.next : nil }

    /// Whether it is time to connect.
    public func wantsConnection(at now: MonotonicTime) -> Bool {
        state == .disconnected && schedule.next.map { $0 <= now } ?? false
    }

    /// The index of the server that is being used, or was tried last.
    public var server: Int { schedule.server }

    /// Notes that there is another server at an index after those configured.
    public mutating func learnServer(_ index: Int, now: MonotonicTime) { schedule.learn(index, now: now) }

    /// Notes that a connection is being opened, to the `server` that is chosen now.
    public mutating func connecting(now: MonotonicTime) {
        schedule.begin(now: now)
        state = .connecting
        hasCompared = false
        hasStored = false
        openedAt = now
    }

    /// Notes that the connection is open.
    public mutating func connected(now: MonotonicTime) {
        state = .comparing
        openedAt = now
    }

    /// Notes that the connection has ended or could not be opened.
    public mutating func disconnected(
        _ fault: UplinkFault, using random: inout some RandomNumberGenerator, now: MonotonicTime
    ) {
        let wasUseful = hasStored || (hasCompared && now.milliseconds(since: openedAt) >= Self.usefulMillis)
        schedule.failed(fault.remedy, wasUseful: wasUseful, using: &random, now: now)
        if fault.remedy != .waitSeconds(0) || !wasUseful { lastFault = fault }
        state = fault.remedy == .stop ? .stopped : .disconnected
        resume(after: cursor)
    }

    /// Plans a connection for now, whatever went wrong before.
    public mutating func tryNow(_ now: MonotonicTime) {
        guard state == .disconnected || state == .stopped else { return }
        state = .disconnected
        schedule.tryNow(now)
    }

    // MARK: What the lane says

    /// Notes what the other side has.
    ///
    /// - Parameters:
    ///   - isKnown: whether it is the memory in which everything up to the cursor was stored. If so, and it has nothing
    ///     of ours, it has let go of what was old.
    ///   - wall: the time of day.
    /// - Throws: a fault if it has events that this station never wrote.
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
        resume(after: cursor)
        state = .shipping
        settle(journal)
        // If there is something to ship, only storing it counts as a success.
        if state == .idle { succeeded() }
    }

    /// The fault if the other side has another event of a sequence than this station.
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

    /// Notes that everything up to `ordinal` is stored there.
    ///
    /// - Parameter wall: the time of day.
    public mutating func stored(through ordinal: UInt64, journal: Extent, wall: Timestamp) {
        let count = inFlight.prefix { $0.ordinal <= ordinal }.count
        guard count > 0 else { return }
        if let sequence = inFlight[..<count].last(where: { $0.sequence != nil })?.sequence { cursor = sequence }
        inFlight.removeFirst(count)
        if pass?.stored(through: ordinal) == true { pass = nil }
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

    /// Notes that the other side asks for the events after `sequence`.
    ///
    /// - Throws: a fault if it keeps asking without storing anything.
    public mutating func rewound(to sequence: UInt64, journal: Extent) throws(UplinkFault) {
        rewinds += 1
        guard rewinds <= Self.rewindsMax else {
            throw UplinkFault("the central server asks again and again for the events after \(sequence)")
        }
        try mustBeOurs(sequence, journal)
        cursor = sequence
        shipAgain(behind: sequence, journal: journal)
    }

    /// Ships the events after `sequence` again, because they were not accepted in the form they had.
    public mutating func shipAgain(behind sequence: UInt64, journal: Extent) {
        resume(after: sequence)
        settle(journal)
    }

    private mutating func resume(after sequence: UInt64) {
        if sequence != doneFrom { (doneFrom, doneThrough) = (sequence, sequence) }
        readThrough = doneThrough
        shippedThrough = sequence
        inFlight.removeAll(keepingCapacity: true)
        if pass?.previous == sequence {
            pass?.rewind()
        } else {
            pass = nil
        }
    }

    /// Decides between idle and shipping. To be called when the journal has grown.
    public mutating func settle(_ journal: Extent) {
        if inFlight.isEmpty, pass == nil, shippedThrough == cursor { (doneFrom, doneThrough) = (cursor, readThrough) }
        guard state == .shipping || state == .idle else { return }
        state = hasEverything(journal) ? .idle : .shipping
    }

    /// The number of events that the central server does not have yet. Records that were not read yet all count as
    /// events.
    public func backlogCount(_ journal: Extent) -> UInt64 {
        let done = max(doneThrough, cursor)
        return pass == nil && journal.last <= done ? 0 : journal.last - min(done, journal.last)
    }

    /// Whether the central server has everything. A record that was not read yet counts as missing there.
    public func hasEverything(_ journal: Extent) -> Bool {
        inFlight.isEmpty && pass == nil && readThrough >= journal.last
    }

    /// Whether something was shipped that is not known to be stored.
    public var hasInFlight: Bool { !inFlight.isEmpty }

    // MARK: What goes up

    /// What to ship next; nil if there is nothing or no connection to ship it over.
    public mutating func next(_ journal: Extent) -> Next? {
        guard state == .shipping || state == .idle else { return nil }
        if let pass, !pass.hasEnded {
            guard pass.place.hasAllTickets else {
                return .snapshots(fromTicket: pass.place.nextTicket, snapshot: pass.snapshot)
            }
            return .missing(
                through: min(journal.first - 1, pass.snapshot), tickets: pass.place.count, snapshot: pass.snapshot)
        }
        if readThrough + 1 < journal.first {
            // Events in flight come first, because the pass stands for the events after them.
            guard inFlight.isEmpty else { return nil }
            pass = SnapshotPass(snapshot: journal.last, previous: shippedThrough)
            state = .shipping
            return .snapshots(fromTicket: 1, snapshot: journal.last)
        }
        return readThrough < journal.last ? .records(from: readThrough + 1) : nil
    }

    /// The ordinal of the next event and the sequence of the one shipped before it.
    public var place: (ordinal: UInt64, previous: UInt64) { (nextOrdinal, shippedThrough) }

    /// Notes that records were read up to `sequence` and that their `events` were handed to the lane.
    public mutating func shipped(_ events: [UplinkEvent], readThrough sequence: UInt64, journal: Extent) {
        addInFlight(events)
        readThrough = sequence
        settle(journal)
    }

    /// Notes that the tickets before `nextTicket` were handed to the lane. `nextTicket` is nil if they were the last.
    public mutating func shippedSnapshots(_ events: [UplinkEvent], nextTicket: UInt32?) {
        addInFlight(events)
        pass?.shipped(events, nextTicket: nextTicket)
    }

    /// Notes that the end of the pass was handed to the lane.
    public mutating func shippedMissing(_ event: UplinkEvent, journal: Extent) {
        addInFlight([event])
        readThrough = event.sequence
        pass?.shippedEnd(event)
        settle(journal)
    }

    private mutating func addInFlight(_ events: [UplinkEvent]) {
        for event in events {
            inFlight.append(
                InFlight(ordinal: event.ordinal, sequence: event.isSnapshot ? nil : event.sequence))
            nextOrdinal = event.ordinal + 1
            if !event.isSnapshot { shippedThrough = event.sequence }
        }
    }
}
