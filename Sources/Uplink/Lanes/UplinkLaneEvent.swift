/// What a lane tells its owner.
public enum UplinkLaneEvent: Hashable, Sendable {
    /// The other side knows us and has this of our epoch. It comes first, and again whenever the lane compares.
    case compared(UplinkPosition)
    /// The other side has stored everything shipped up to this ordinal.
    case stored(through: UInt64)
    /// The other side did not accept the events in flight. Continue after this sequence, which it has.
    case rewound(to: UInt64)
    /// The events in flight were too much at once. Continue after this sequence, with as much as there is `room` for
    /// now.
    case halved(behind: UInt64)
    /// The server belongs to a cluster with these servers, as host and port. At most `NATSServer.connectURLsMax`.
    case announced(servers: [String])
    /// An operator should know this: one sentence.
    case warned(String)
    /// A command came.
    case delivered(UplinkDelivery)
    /// The connection is of no more use. The last event.
    case failed(UplinkFault)
}

/// What the central server has of this station's epoch.
public enum UplinkPosition: Hashable, Sendable {
    /// It does not know this epoch.
    case nothing
    /// It has everything up to this sequence.
    case everything(through: UInt64)
    /// The last event that it has got is of this sequence. It does not say whether it has all events before.
    case last(UInt64)
}

/// An event that the other side has, with the attributes that tell it from another event of the same sequence. There
/// can be two after a data directory was put back from a copy and the station went on from there.
public struct UplinkMark: Hashable, Sendable {
    /// Its sequence.
    public let sequence: UInt64
    /// Its attribute `type`.
    public let type: String
    /// Its attribute `time`.
    public let time: String

    /// Creates a mark from the event's attributes.
    public init(sequence: UInt64, type: String, time: String) {
        self.sequence = sequence
        self.type = type
        self.time = time
    }
}

/// A command as the central server sent it. It was not checked yet, and it may have been delivered before.
public struct UplinkDelivery: Hashable, Sendable {
    /// The number to pass to `UplinkLane.acknowledge`: over HTTP the command's number, over NATS its sequence in the
    /// stream.
    public let number: UInt64
    /// What gives the number its meaning: over HTTP the central server's epoch, over NATS the time at which the stream
    /// was created.
    public let epoch: String
    /// The command, which should be an object with `id`, `type` and `data`; empty if it was too large to be fetched.
    public let json: [UInt8]

    /// Creates a delivery from its parts.
    public init(number: UInt64, epoch: String, json: [UInt8]) {
        self.number = number
        self.epoch = epoch
        self.json = json
    }
}
