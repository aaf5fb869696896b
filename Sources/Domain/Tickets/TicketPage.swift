import JSON

/// One page of tickets, in the order of the filter.
public struct TicketPage: Sendable {
    /// The tickets, without comments and history.
    public let tickets: [Ticket]

    /// The same as a JSON array, with each ticket's user and swap station.
    public let json: [UInt8]

    /// The number of tickets on all pages.
    public let totalCount: Int

    /// The tickets on all pages by their sort, if they were to be counted so.
    public let counts: TicketCounts?

    /// The `cursor` of the next page; nil if this is the last.
    public let next: String?
}

/// Writes a page as a JSON array of at most `DeskLimits.pageBytesMax` and one element.
///
/// Texts in JSON may be six times as long as they are. So the bytes are counted as they are written.
struct PageWriter: Sendable {
    private var writer = JSONWriter()

    init() { writer.beginArray() }

    /// Whether another element belongs on this page.
    var hasRoom: Bool { writer.bytes.count < DeskLimits.pageBytesMax }

    /// Writes an element, and returns the number of bytes.
    mutating func append(_ write: (inout JSONWriter) -> Void) -> Int {
        let count = writer.bytes.count
        write(&writer)
        return writer.bytes.count - count
    }

    /// Ends the array and returns its text.
    mutating func finished() -> [UInt8] {
        writer.endArray()
        return writer.bytes
    }
}
