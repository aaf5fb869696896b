import Bytes
import JSON

/// Which tickets are asked for, and which page of them: the query of GET /support.
public struct TicketFilter: Hashable, Sendable {
    public var status: TicketStatus?
    public var userID: Identifier?
    public var stationID: Identifier?
    public var type: TicketType?
    public var priority: TicketPriority?
    public var assigneeID: Identifier?

    /// Only tickets with numbers in this range.
    public var ids: ClosedRange<Identifier> = 0 ... .max

    /// Only tickets that were created or changed after this event.
    public var changedAfter: UInt64 = 0

    /// Text that the description, the response or the user's name must have in them, in whatever case.
    public var search: String?

    /// 1 to 1,000.
    public var limit = DeskLimits.pageCountMax

    /// Only tickets whose number is less: where the page before ended.
    public var below: Identifier?

    public init() {}

    /// - Parameter epoch: the data directory's; an event of another one was before all there is.
    public init(query: [(name: String, value: String)], epoch: String = "") throws(Refusal) {
        let numbers = ["user_id", "station_id", "assignee_id", "support_id_min", "support_id_max", "limit"]
        var form = Query(query, numbers: numbers).form([
            "status", "user_id", "station_id", "type", "priority", "assignee_id", "support_id_min", "support_id_max",
            "changed_after", "q", "limit", "cursor",
        ])
        let status = form.optional("status", .word(TicketStatus.self))
        let user = form.optional("user_id", .integer)
        let station = form.optional("station_id", .integer)
        let type = form.optional("type", .word(TicketType.self))
        let priority = form.optional("priority", .word(TicketPriority.self))
        let assignee = form.optional("assignee_id", .integer)
        let idMin = form.optional("support_id_min", .integer)
        let idMax = form.optional("support_id_max", .integer)
        let changedAfter = form.optional("changed_after", .string)
        if let changedAfter, NotificationID(json: changedAfter) == nil {
            form.fault("changed_after must be a notification id")
        }
        let search = form.optional("q", .string, .maxLength(TextLimits.searchMax))
        let limit = form.optional("limit", .maximum(Int64(DeskLimits.pageCountMax)), .minimum(1), .integer)
        let cursor = form.optional("cursor", .string, .maxLength(TextLimits.cursorMax))
        if let cursor, Self.position(ofCursor: cursor.stringValue ?? "") == nil {
            form.fault("cursor must be one that an earlier answer gave")
        }
        try form.finish()
        self.status = status?.word()
        userID = user?.identifier
        stationID = station?.identifier
        self.type = type?.word()
        self.priority = priority?.word()
        assigneeID = assignee?.identifier
        ids = Self.range(from: idMin?.integerValue, through: idMax?.integerValue)
        if let id = changedAfter.flatMap(NotificationID.init(json:)), id.epoch == epoch {
            self.changedAfter = id.sequence
        }
        self.search = search?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        if let limit = limit?.integerValue { self.limit = Int(clamping: limit) }
        below = cursor?.stringValue.flatMap(Self.position(ofCursor:))
    }

    /// The numbers between two bounds, either of which may be missing or beyond what a number can be.
    private static func range(from min: Int64?, through max: Int64?) -> ClosedRange<Identifier> {
        let low = Identifier(clamping: min ?? 0)
        let high = Identifier(clamping: max ?? .max)
        // Zero is nobody's number.
        return low <= high && (max ?? 0) >= 0 ? low...high : 0...0
    }

    /// The cursor of the page behind the ticket `id`: opaque to clients, and right however many tickets come or go.
    static func cursor(behind id: Identifier) -> String { Base64.encode(Array("t\(id)".utf8), as: .url) }

    private static func position(ofCursor text: String) -> Identifier? {
        guard let bytes = Base64.decode(text.utf8, as: .url), bytes.first == UInt8(ascii: "t"),
            let number = Decimal.parse(bytes.dropFirst())
        else { return nil }
        return Identifier(exactly: number)
    }
}

/// Numbers and words in a request target, checked as NestJS's ParseIntPipe and ParseEnumPipe do.
public enum PathParameter {
    /// The number that a path segment spells; 0, which names nothing, where it cannot be one's.
    ///
    /// Throws `badRequest` where it is no number.
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

    /// The status that a path segment names. Throws `badRequest` where it names none.
    public static func status(_ segment: String) throws(Refusal) -> TicketStatus {
        guard let status = TicketStatus(rawValue: segment) else {
            throw .badRequest("Validation failed (enum string is expected)")
        }
        return status
    }
}
