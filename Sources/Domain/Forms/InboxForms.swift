import Bytes
import JSON

/// The query of GET /notifications, and the payload of `notifications:list`.
public struct InboxFilter: Hashable, Sendable {
    /// Whether to list only what is unread.
    public var unread = false

    /// Lists only what came after this one.
    public var after: NotificationID?

    /// The number of notifications to list at most, 1 to 1,000.
    public var limit = 100

    /// Creates a filter that everything passes.
    public init() {}

    /// Reads a query. Throws `invalid` with every fault.
    public init(query: [(name: String, value: String)]) throws(Refusal) {
        try self.init(Query(query, fields: Self.fields, numbers: ["limit"], booleans: ["unread"]).form())
    }

    /// Reads the payload of a socket's event; null stands for none. Throws `invalid` with every fault.
    public init(_ payload: JSONValue) throws(Refusal) {
        try self.init(try Form(payload.isNull ? [:] : payload, fields: Self.fields))
    }

    private static let fields = ["unread", "after", "limit"]

    private init(_ form: consuming Form) throws(Refusal) {
        var form = form
        let unread = form.optional("unread", .boolean)
        let after = form.optional("after", .string)
        if let after, NotificationID(json: after) == nil { form.fault("after must be a notification id") }
        let limit = form.optional("limit", .maximum(Int64(DeskLimits.pageCountMax)), .minimum(1), .integer)
        try form.finish()
        self.unread = unread?.boolValue ?? false
        self.after = after.flatMap(NotificationID.init(json:))
        if let limit = limit?.integerValue { self.limit = Int(clamping: limit) }
    }
}

/// The body of PATCH /notifications/{id}: `{"read":true}`.
public struct ReadPatch: Hashable, Sendable {
    /// Reads the body. Throws `invalid` with every fault.
    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: ["read"])
        _ = form.required("read", .equalsTrue, .boolean)
        try form.finish()
    }
}

/// The payload of `notifications:read`: `{"ids":[…]}` or `{"through":id}`.
public enum ReadForm: Hashable, Sendable {
    /// The user has read these notifications.
    case ids([NotificationID])
    /// The user has read all notifications up to this one.
    case through(NotificationID)

    /// Reads the payload. Throws `invalid` with every fault.
    public init(_ payload: JSONValue) throws(Refusal) {
        var form = try Form(payload, fields: ["ids", "through"])
        let ids = form.optional("ids", .notificationIDs, .maxElements(DeskLimits.readIDsMax), .array)
        let through = form.optional("through", .string)
        if let through, NotificationID(json: through) == nil { form.fault("through must be a notification id") }
        if form.has("ids") == form.has("through") { form.fault("either ids or through must be given") }
        try form.finish()
        if let through = through.flatMap(NotificationID.init(json:)) {
            self = .through(through)
        } else {
            self = .ids((ids?.arrayValue ?? []).compactMap(NotificationID.init(json:)))
        }
    }
}
