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

/// The comments on a ticket, as they were when the list began.
struct CommentRows: RowSource {
    private static let bytesPerPage = 64 * 1024

    private let ticket: Identifier
    private var left: ArraySlice<Comment>

    init(_ comments: [Comment], on ticket: Identifier) {
        self.ticket = ticket
        left = comments[...]
    }

    mutating func write(into writer: inout JSONWriter, from desk: Desk) -> Bool {
        let end = writer.bytes.count + Self.bytesPerPage
        while let comment = left.first, writer.bytes.count < end {
            comment.write(ticket: ticket, into: &writer)
            left.removeFirst()
        }
        return left.isEmpty
    }
}

/// The changes of a ticket, as they were when the list began.
struct HistoryRows: RowSource {
    private static let bytesPerPage = 64 * 1024

    private var left: ArraySlice<HistoryRow>

    init(_ history: [HistoryRow]) { left = history[...] }

    mutating func write(into writer: inout JSONWriter, from desk: Desk) -> Bool {
        let end = writer.bytes.count + Self.bytesPerPage
        while let row = left.first, writer.bytes.count < end {
            row.write(into: &writer)
            left.removeFirst()
        }
        return left.isEmpty
    }
}

/// All users by number, each as when its page is written.
struct UserRows: RowSource {
    private static let countPerPage = 256

    private let caller: Caller
    private var start: Identifier = 0

    init(for caller: Caller) { self.caller = caller }

    mutating func write(into writer: inout JSONWriter, from desk: Desk) throws(Refusal) -> Bool {
        let page = try desk.users(from: start, countMax: Self.countPerPage, for: caller)
        for user in page { user.write(into: &writer) }
        start = (page.last?.id ?? 0) + 1
        return page.count < Self.countPerPage
    }
}

/// All swap stations by number, each as when its page is written.
struct StationRows: RowSource {
    private static let countPerPage = 256

    private let caller: Caller
    private var start: Identifier = 0

    init(for caller: Caller) { self.caller = caller }

    mutating func write(into writer: inout JSONWriter, from desk: Desk) throws(Refusal) -> Bool {
        let page = try desk.stations(from: start, countMax: Self.countPerPage, for: caller)
        for station in page { station.write(into: &writer) }
        start = (page.last?.id ?? 0) + 1
        return page.count < Self.countPerPage
    }
}
