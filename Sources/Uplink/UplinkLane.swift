import Bytes

/// What is spoken over one connection to the central server, from the moment that it is open: over HTTP one lane ships
/// events and another fetches commands, over NATS one does both.
///
/// The owner hands in what it receives, takes events until there are none, sends what `takeOutput` gives after each
/// call, and calls `expire` when `deadline` has come. After `.failed` the lane and its connection are of no more use;
/// each connection has a new lane.
public protocol UplinkLane: Sendable {
    mutating func receive(_ bytes: Span<UInt8>, now: MonotonicTime)

    /// The server has ended its side, or the connection broke.
    mutating func inputClosed(now: MonotonicTime)

    /// Moves what is to be sent to the end of `output`.
    mutating func takeOutput(into output: inout [UInt8])

    mutating func nextEvent() -> UplinkLaneEvent?

    /// When `expire` is to be called, if at all.
    var deadline: MonotonicTime? { get }
    mutating func expire(now: MonotonicTime)

    /// How much may be shipped now; nil where nothing may.
    var room: UplinkRoom? { get }

    /// Ships events, whose ordinals and sequences go on from those before. More than `room` allowed is shipped all the
    /// same.
    ///
    /// - Precondition: `room != nil` and there is at least one event.
    mutating func ship(_ events: [UplinkEvent], now: MonotonicTime)

    /// Takes that a command was dealt with and its outcome is durable. In the order of delivery.
    mutating func acknowledge(_ number: UInt64, now: MonotonicTime)

    /// What tells the other side's memory from one that is made in its place; nil where a comparison needs no such
    /// name. Known from the comparison on.
    var remoteName: String? { get }

    /// The event at the position that the other side has named, where it says more of it than its number. Known from
    /// the comparison on.
    var remoteMark: UplinkMark? { get }

    /// The server's clock less ours, as of the last comparison, in milliseconds; nil where the lane does not compare
    /// clocks or the server has not told its time.
    var clockOffsetMillis: Int64? { get }

    /// What the lane of the next connection should ship at most, for its initializer; nil for as much as it likes.
    ///
    /// To be asked once, when this connection is lost.
    ///
    /// - Parameters:
    ///   - fault: why the connection is lost.
    ///   - hadEventsInFlight: whether events were shipped that are not known to be stored.
    func roomForNextConnection(after fault: UplinkFault, hadEventsInFlight: Bool) -> UplinkRoom?

    /// Tells the lane that the central server has everything and nothing waits to be shipped, so that a window that was
    /// made smaller for the line need not stay small on the next connection.
    mutating func everythingIsStored()

    /// Tells the time of day, before each of the calls above; for a protocol that says it to the server.
    mutating func setTime(_ wall: Timestamp)
}

extension UplinkLane {
    public mutating func setTime(_ wall: Timestamp) {}

    public var remoteName: String? { nil }

    public var remoteMark: UplinkMark? { nil }

    public var clockOffsetMillis: Int64? { nil }

    public func roomForNextConnection(after fault: UplinkFault, hadEventsInFlight: Bool) -> UplinkRoom? { nil }

    public mutating func everythingIsStored() {}
}

/// An event that the other side has, by what tells it from another that was given the same number: on a station whose
/// data directory was put back from a copy, and which has gone on from there.
public struct UplinkMark: Hashable, Sendable {
    public let sequence: UInt64
    /// Its attributes `type` and `time`.
    public let type: String
    public let time: String

    public init(sequence: UInt64, type: String, time: String) {
        self.sequence = sequence
        self.type = type
        self.time = time
    }
}

/// How many events may be shipped in one go, and of how many bytes of JSON; both are at least 1.
public struct UplinkRoom: Hashable, Sendable {
    public var count: Int
    public var bytes: Int

    public init(count: Int, bytes: Int) {
        self.count = count
        self.bytes = bytes
    }
}

public enum UplinkLaneEvent: Hashable, Sendable {
    /// The first event: the other side knows us, and this is what it has of our epoch.
    case compared(UplinkPosition)
    /// Everything shipped up to this ordinal is stored there.
    case stored(through: UInt64)
    /// What was shipped and not reported as stored was not taken: go on behind this sequence, which the other side
    /// has.
    case rewound(to: UInt64)
    /// What was shipped and not reported as stored was too much at once: go on behind this sequence, with what there is
    /// `room` for now.
    case halved(behind: UInt64)
    case delivered(UplinkDelivery)
    /// The last event.
    case failed(UplinkFault)
}

/// What the central server has of this station's epoch.
public enum UplinkPosition: Hashable, Sendable {
    /// It has never heard of this epoch.
    case nothing
    /// Everything up to this sequence.
    case everything(through: UInt64)
    /// An event of this sequence is the last one that came; whether all before it are there it does not say.
    case last(UInt64)
}
