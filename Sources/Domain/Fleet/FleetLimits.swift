import Bytes

/// What the central server holds of its fleet at most. Constants for the same reason as `DeskLimits`.
public enum FleetLimits {
    /// The greatest number that a station of the fleet can have.
    public static let stationIDMax = Identifier.max

    /// Stations, those that were removed included.
    public static let stationCountMax = 1_000

    public static let stationNameMax = 200

    /// Tickets of one station with their texts, in bytes as estimated by `FleetTicket.footprint`; beyond it new tickets
    /// and comments are refused, and with them the events behind, until the server's operator has seen to it.
    public static let ticketBytesPerStationMax = 256 << 20

    /// The part of that which changes of tickets may take beyond it.
    public static let ticketBytesForChangesDivisor = 8

    /// Commands that wait for one station, and the bytes of their data together.
    public static let waitingCommandsMax = 1_000
    public static let waitingCommandBytesMax = 4 << 20

    /// Commands with an outcome that are kept for one station, and the bytes of their data and outcomes together; the
    /// oldest go.
    public static let finishedCommandsMax = 100
    public static let finishedCommandBytesMax = 1 << 20

    /// What a station says of a refusal: bytes of all sentences together. What is longer is cut.
    public static let outcomeMessageBytesMax = 2_000

    /// Texts of the tickets in one answer, in bytes; it has one ticket at least.
    public static let pageBytesMax = 4 << 20

    /// Commands in one answer to a station.
    public static let commandsPerAnswerMax = 100

    /// Spans of missing history that are kept for one station; the oldest go.
    public static let missingSpansMax = 100

    /// Tickets that one record removes.
    public static let removedPerRecordMax = 10_000

    /// Names of events and commands, in bytes.
    public static let nameBytesMax = 255
}

/// Sequence numbers as the wire has them: 20 decimal digits, so that texts sort as numbers do.
public enum PaddedSequence {
    public static func text(_ sequence: UInt64) -> String {
        var digits: [UInt8] = []
        digits.append(decimal: sequence, width: 20)
        return String(decoding: digits, as: UTF8.self)
    }

    /// Nil where `text` is not 20 digits, or is beyond what a record can be numbered with.
    static func parse(_ text: String) -> UInt64? {
        guard text.utf8.count == 20, let number = Decimal.parse(text), number <= UInt64(Int64.max) else { return nil }
        return number
    }
}
