import Bytes

/// One page of the fleet's tickets, newest first.
public struct FleetTicketPage: Sendable {
    /// The tickets, newest first.
    public let tickets: [FleetTicket]

    /// The same as a JSON array.
    public let json: [UInt8]

    /// The number of tickets on all pages.
    public let totalCount: Int

    /// The `cursor` of the next page; nil if this is the last.
    public let next: String?
}

/// The end of a page of the whole fleet's tickets. The lesser cursor comes first.
public struct FleetCursor: Comparable, Sendable {
    let createdAt: Timestamp
    let station: Identifier
    let ticket: Identifier

    /// - Parameter isByNumber: whether the tickets of one station are in the order of their numbers alone.
    init(behind ticket: FleetTicket, isByNumber: Bool = false) {
        createdAt = isByNumber ? Timestamp(milliseconds: 0) : ticket.ticket.createdAt
        station = ticket.station
        self.ticket = ticket.id
    }

    /// Reads the cursor of an earlier answer. Throws `invalid` if `text` is not one.
    public init(_ text: String) throws(Refusal) {
        let parts = (Base64.decode(text.utf8, as: .url) ?? []).split(separator: UInt8(ascii: "."))
        let numbers = parts.compactMap { Decimal.parse($0) }
        guard parts.count == 3, numbers.count == 3, let milliseconds = Int64(exactly: numbers[0]),
            let station = Identifier(exactly: numbers[1]), let ticket = Identifier(exactly: numbers[2])
        else { throw .invalid(["cursor must come from an earlier answer"]) }
        createdAt = Timestamp(milliseconds: milliseconds)
        self.station = station
        self.ticket = ticket
    }

    /// Opaque to clients. Times before 1970 count as 1970.
    var text: String {
        Base64.encode(Array("\(max(0, createdAt.milliseconds)).\(station).\(ticket)".utf8), as: .url)
    }

    public static func < (left: Self, right: Self) -> Bool {
        (right.createdAt, left.station, right.ticket) < (left.createdAt, right.station, left.ticket)
    }
}
