/// An event on its way to the central server: a CloudEvent in structured form (CloudEvents 1.0, JSON format).
public struct UplinkEvent: Hashable, Sendable {
    /// Its number in what this run of the uplink ships. It rises by one with each event, whatever its kind.
    public let ordinal: UInt64
    /// The sequence of the journal record. A snapshot has the sequence at which its pass began.
    public let sequence: UInt64
    /// The sequence of the event shipped before this one, or 0 if there is none. A snapshot has the sequence of the
    /// event shipped before its pass.
    public let previous: UInt64
    /// `<epoch>-<sequence>`, with a suffix if the event is not a record of the journal.
    public let id: String
    /// The CloudEvent's type, for example `support.ticket.created`.
    public let type: String
    /// Whether it is a ticket as it is now, in place of history that the journal no longer has. A snapshot has no place
    /// in the order of sequences.
    public let isSnapshot: Bool
    /// The whole event.
    public let json: [UInt8]

    /// Creates an event from its parts.
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
