import Bytes
import JSON

/// The query of GET /support: which tickets, and which page of them.
public struct TicketFilter: Equatable, Sendable {
    /// Only tickets with one of these statuses. Here and below, none means that it does not matter.
    public var statuses: [TicketStatus] = []

    /// Only tickets of one of these users.
    public var userIDs: [Identifier] = []

    /// Only tickets about one of these swap stations.
    public var stationIDs: [Identifier] = []

    /// Only tickets of one of these types.
    public var types: [TicketType] = []

    /// Only tickets with one of these priorities.
    public var priorities: [TicketPriority] = []

    /// Only tickets of one of these assignees.
    public var assigneeIDs: [Identifier] = []

    /// Whether tickets without an assignee belong to the answer too, or alone if `assigneeIDs` is empty.
    public var includesUnassigned = false

    /// Only tickets that were created at this time or later.
    public var createdAfter: Timestamp?

    /// Only tickets that were created before this time.
    public var createdBefore: Timestamp?

    /// Only tickets with numbers in this range.
    public var ids: ClosedRange<Identifier> = 0 ... .max

    /// Only tickets that were created or changed after this event.
    public var changedAfter: UInt64 = 0

    /// Only tickets that have every word of this text, in a text of theirs or in what they are about: see `TextSearch`.
    public var search: String?

    /// The number of tickets on a page, 1 to 1,000.
    public var limit = DeskLimits.pageCountMax

    /// The order of the tickets.
    public var order = TicketOrder.newest

    /// Only tickets after this place: where the page before ended.
    var after: TicketKey?

    /// For the newest first: only tickets with lower numbers.
    var below: Identifier? { order == .newest ? after?.id : nil }

    /// Creates a filter that every ticket passes.
    public init() {}

    /// Reads a query. Throws `invalid` with every fault.
    ///
    /// - Parameters:
    ///   - epoch: the data directory's; an event of another epoch was before everything here.
    ///   - limitMax: the most tickets on a page, which is the default too.
    public init(
        query: [(name: String, value: String)], epoch: String = "", limitMax: Int = DeskLimits.pageCountMax
    ) throws(Refusal) {
        let lists = ["status", "user_id", "station_id", "type", "priority", "assignee_id"]
        let numbers = ["user_id", "station_id", "assignee_id", "support_id_min", "support_id_max", "limit"]
        let fields =
            lists + [
                "support_id_min", "support_id_max", "created_after", "created_before", "changed_after", "q", "sort",
                "limit", "cursor",
            ]
        var form = Query(query, fields: fields, numbers: numbers, lists: lists).form()
        statuses = form.list("status", .word(TicketStatus.self)).compactMap { $0.word() }
        userIDs = form.list("user_id", .integer).map(\.identifier)
        stationIDs = form.list("station_id", .integer).map(\.identifier)
        types = form.list("type", .word(TicketType.self)).compactMap { $0.word() }
        priorities = form.list("priority", .word(TicketPriority.self)).compactMap { $0.word() }
        let assignees = form.list("assignee_id", .integerOrNone)
        assigneeIDs = assignees.filter { $0 != "none" }.map(\.identifier)
        includesUnassigned = assignees.contains("none")
        let createdAfter = form.optional("created_after", .timestamp)
        let createdBefore = form.optional("created_before", .timestamp)
        let idMin = form.optional("support_id_min", .integer)
        let idMax = form.optional("support_id_max", .integer)
        let changedAfter = form.optional("changed_after", .string)
        if let changedAfter, NotificationID(json: changedAfter) == nil {
            form.fault("changed_after must be a notification id")
        }
        let search = form.optional("q", .string, .maxLength(TextLimits.searchMax))
        let limit = form.optional("limit", .maximum(Int64(limitMax)), .minimum(1), .integer)
        let order = form.optional("sort", .word(TicketOrder.self))?.word() ?? TicketOrder.newest
        let cursor = form.optional("cursor", .string, .maxLength(TextLimits.cursorMax))
        let after = cursor?.stringValue.flatMap { order.key(ofCursor: $0) }
        if cursor != nil, after == nil {
            form.fault("cursor must come from an earlier answer")
        }
        try form.finish()
        ids = Self.range(from: idMin?.integerValue, through: idMax?.integerValue)
        if let id = changedAfter.flatMap(NotificationID.init(json:)), id.epoch == epoch {
            self.changedAfter = id.sequence
        }
        self.search = search?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        self.limit = limit?.integerValue.map { Int(clamping: $0) } ?? limitMax
        self.createdAfter = createdAfter?.stringValue.flatMap(Timestamp.init(iso8601:))
        self.createdBefore = createdBefore?.stringValue.flatMap(Timestamp.init(iso8601:))
        self.order = order
        self.after = after
    }

    /// The numbers between two bounds. Either may be missing, or outside the range of identifiers.
    private static func range(from min: Int64?, through max: Int64?) -> ClosedRange<Identifier> {
        let low = Identifier(clamping: min ?? 0)
        let high = Identifier(clamping: max ?? .max)
        // Nothing has the number zero.
        return low <= high && (max ?? 0) >= 0 ? low...high : 0...0
    }

    /// The cursor of the page after the ticket `id`, for the newest first.
    static func cursor(behind id: Identifier) -> String {
        TicketOrder.newest.cursor(after: TicketKey(rank: 0, id: id))
    }
}

/// Numbers and words in a request target, checked as by NestJS's ParseIntPipe and ParseEnumPipe.
public enum PathParameter {
    /// The identifier that a path segment spells; 0, which names nothing, if the number cannot be an identifier.
    ///
    /// Throws `badRequest` if the segment is not a number.
    public static func identifier(_ segment: String) throws(Refusal) -> Identifier {
        let digits = segment.utf8.dropFirst(segment.utf8.first == UInt8(ascii: "-") ? 1 : 0)
        guard !digits.isEmpty, digits.allSatisfy(\.isASCIIDigit) else {
            throw .badRequest("Validation failed (numeric string is expected)")
        }
        guard let number = Decimal.parse(segment), let id = Identifier(exactly: number),
            id <= DeskLimits.identifierMax
        else { return 0 }
        return id
    }

    /// The status that a path segment names. Throws `badRequest` if there is no such status.
    public static func status(_ segment: String) throws(Refusal) -> TicketStatus {
        guard let status = TicketStatus(rawValue: segment) else {
            throw .badRequest("Validation failed (enum string is expected)")
        }
        return status
    }
}
