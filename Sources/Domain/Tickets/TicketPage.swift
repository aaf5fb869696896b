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

    /// The same for spreadsheets, if that was asked for; `json` and `tickets` are empty then.
    public let csv: [UInt8]

    /// The `cursor` of the next page; nil if this is the last.
    public let next: String?
}

/// Writes a page as a JSON array of at most `DeskLimits.pageBytesMax` and one element.
///
/// Texts in JSON may be six times as long as they are. So the bytes are counted as they are written.
struct PageWriter: Sendable {
    private var writer = JSONWriter()

    /// The same as a file for spreadsheets; nil if it is none.
    private(set) var csv: [UInt8]?

    init(isExport: Bool = false) {
        writer.beginArray()
        if isExport { csv = TicketCSV.head }
    }

    /// Whether another element belongs on this page.
    var hasRoom: Bool {
        guard let csv else { return writer.bytes.count < DeskLimits.pageBytesMax }
        return csv.count < TicketCSV.bytesMax
    }

    /// Writes a line of a file for spreadsheets, and returns the number of bytes.
    mutating func appendLine(_ write: (inout [UInt8]) -> Void) -> Int {
        guard var bytes = csv.take() else { return 0 }
        let count = bytes.count
        write(&bytes)
        let added = bytes.count - count
        csv = bytes
        return added
    }

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
