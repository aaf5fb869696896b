/// One event on its way to the central server: a CloudEvent in the structured form (CloudEvents 1.0, JSON format).
public struct UplinkEvent: Hashable, Sendable {
    /// Its place in what this run of the uplink ships: rises by one from event to event, whatever their kind.
    public let ordinal: UInt64
    /// The journal's sequence; of a snapshot the sequence that its pass began at.
    public let sequence: UInt64
    /// The sequence of the event shipped before this one, 0 where there is none; of a snapshot the one shipped before
    /// its pass.
    public let previous: UInt64
    /// `<epoch>-<sequence>`, and more behind it for what is not in the journal.
    public let id: String
    /// `support.ticket.created`.
    public let type: String
    /// A ticket as it is now, in place of history that was given up. It has no place in the order of sequences.
    public let isSnapshot: Bool
    /// The whole event.
    public let json: [UInt8]

    public init(
        ordinal: UInt64, sequence: UInt64, previous: UInt64, id: String, type: String, isSnapshot: Bool = false,
        json: [UInt8]
    ) {
        self.ordinal = ordinal
        self.sequence = sequence
        self.previous = previous
        self.id = id
        self.type = type
        self.isSnapshot = isSnapshot
        self.json = json
    }
}
