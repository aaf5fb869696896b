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

/// A command as the central server sent it: not looked at yet, and perhaps not for the first time.
public struct UplinkDelivery: Hashable, Sendable {
    /// What `UplinkLane.acknowledge` takes: over HTTP the command's number, over NATS its place in the stream.
    public let number: UInt64
    /// The name of what gives the numbers their meaning: over HTTP the central server's epoch, over NATS the time when
    /// the stream was made.
    public let epoch: String
    /// The command: an object with `id`, `type` and `data`, if it is what it should be. Empty where it was too large to
    /// be fetched.
    public let json: [UInt8]

    public init(number: UInt64, epoch: String, json: [UInt8]) {
        self.number = number
        self.epoch = epoch
        self.json = json
    }
}
