import Bytes

/// What the central server holds of its fleet at most. These are constants for the same reason as `DeskLimits`.
public enum FleetLimits {
    /// The greatest number of a member.
    public static let stationIDMax = Identifier.max

    /// Members, including those that were removed.
    public static let stationCountMax = 1_000

    /// The name of a member, in characters.
    public static let stationNameMax = 200

    /// The memory for the tickets of one member, in bytes as estimated by `FleetTicket.footprint`. Beyond this new
    /// tickets and comments are refused, and with them all later events, until the operator of the central server acts.
    public static let ticketBytesPerStationMax = 256 << 20

    /// Changes of tickets may use this fraction of it in addition: an eighth.
    public static let ticketBytesForChangesDivisor = 8

    /// Commands that wait for one member; further ones are refused.
    public static let waitingCommandsMax = 1_000

    /// Bytes of the data of all commands that wait for one member; further ones are refused.
    public static let waitingCommandBytesMax = 4 << 20

    /// Finished commands that are kept for one member. Beyond this the oldest are dropped.
    public static let finishedCommandsMax = 100

    /// Bytes of the data and outcomes of these commands. Beyond this the oldest are dropped.
    public static let finishedCommandBytesMax = 1 << 20

    /// The reason of a refusal, in bytes of all its sentences. Longer reasons are truncated.
    public static let outcomeMessageBytesMax = 2_000

    /// Commands in one answer to a station.
    public static let commandsPerAnswerMax = 100

    /// Spans of missing history that are kept for one member. Beyond this the oldest are dropped.
    public static let missingSpansMax = 100

    /// Tickets that one record removes.
    public static let removedPerRecordMax = 10_000

    /// Bytes of events that one member may send at once; a station that was away sends what its journal has.
    public static let batchBytesAtOnceMax = 64 << 20

    /// Bytes of events that one member may send a second after that.
    public static let batchBytesPerSecondMax = 256 << 10

    /// Bytes of events of one member that are kept as they came although they mean nothing here. Beyond this only their
    /// envelopes are kept.
    public static let strangeBytesAtOnceMax = 4 << 20

    /// How many more of these bytes are kept each hour.
    public static let strangeBytesPerHourMax = 1 << 20

    /// Names of events and commands, in bytes.
    public static let nameBytesMax = 255
}

/// Sequence numbers on the wire: 20 decimal digits, so that texts sort as numbers do.
public enum PaddedSequence {
    /// The 20 digits of a sequence.
    public static func text(_ sequence: UInt64) -> String {
        var digits: [UInt8] = []
        digits.append(decimal: sequence, width: 20)
        return String(decoding: digits, as: UTF8.self)
    }

    /// Nil if `text` is not 20 digits, or is greater than the number of any record.
    static func parse(_ text: String) -> UInt64? {
        guard text.utf8.count == 20, let number = Decimal.parse(text), number <= UInt64(Int64.max) else { return nil }
        return number
    }
}
