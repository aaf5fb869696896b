import Domain
import HTTP
import JSON
import Platform

/// The rows of a list without a filter, page by page.
protocol RowSource {
    /// Writes the next rows as elements of an array, for less than a millisecond.
    ///
    /// - Returns: whether those were the last.
    /// - Throws: a refusal, if the caller may no longer see them.
    mutating func write(into writer: inout JSONWriter, from desk: Desk) throws(Refusal) -> Bool
}

/// Writes all rows of a source as one array.
final class ListJob<Source: RowSource>: Job {
    private let desk: Desk
    private var source: Source
    private var writer = JSONWriter()
    private var hasBegun = false

    init(_ source: Source, in desk: Desk) {
        self.desk = desk
        self.source = source
    }

    func advance(now: Moment) throws(Refusal) -> HTTPResponse? {
        if !hasBegun { writer.beginArray() }
        hasBegun = true
        guard try source.write(into: &writer, from: desk) else { return nil }
        writer.endArray()
        return .json(.ok, writer.bytes)
    }
}

/// A row that writes itself as a JSON object.
protocol ListedRow {
    func write(into writer: inout JSONWriter)
}

extension HistoryRow: ListedRow {}

/// A comment as a row of the list of its ticket's.
struct CommentRow: ListedRow {
    let comment: Comment
    let ticket: Identifier

    func write(into writer: inout JSONWriter) { comment.write(ticket: ticket, into: &writer) }
}

/// Rows as they were when the list began.
struct FixedRows<Row: ListedRow>: RowSource {
    private static var bytesPerPage: Int { 64 * 1024 }

    private var left: ArraySlice<Row>

    init(_ rows: [Row]) { left = rows[...] }

    mutating func write(into writer: inout JSONWriter, from desk: Desk) -> Bool {
        let end = writer.bytes.count + Self.bytesPerPage
        while let row = left.first, writer.bytes.count < end {
            row.write(into: &writer)
            left.removeFirst()
        }
        return left.isEmpty
    }
}

/// A row of a table that the desk gives page by page.
protocol NumberedRow: ListedRow {
    var id: Identifier { get }

    /// The rows from the number `start` on, at most `countMax`.
    static func page(
        of desk: Desk, from start: Identifier, countMax: Int, for caller: Caller
    ) throws(Refusal) -> [Self]
}

extension User: NumberedRow {
    static func page(
        of desk: Desk, from start: Identifier, countMax: Int, for caller: Caller
    ) throws(Refusal) -> [User] {
        try desk.users(from: start, countMax: countMax, for: caller)
    }
}

extension SwapStation: NumberedRow {
    static func page(
        of desk: Desk, from start: Identifier, countMax: Int, for caller: Caller
    ) throws(Refusal) -> [SwapStation] {
        try desk.stations(from: start, countMax: countMax, for: caller)
    }
}

/// All rows of a table by number, each as when its page is written.
struct NumberedRows<Row: NumberedRow>: RowSource {
    private static var countPerPage: Int { 256 }

    private let caller: Caller
    private var start: Identifier = 0

    init(for caller: Caller) { self.caller = caller }

    mutating func write(into writer: inout JSONWriter, from desk: Desk) throws(Refusal) -> Bool {
        let page = try Row.page(of: desk, from: start, countMax: Self.countPerPage, for: caller)
        for row in page { row.write(into: &writer) }
        start = (page.last?.id ?? 0) + 1
        return page.count < Self.countPerPage
    }
}
