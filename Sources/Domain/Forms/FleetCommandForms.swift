import JSON

/// A requested command for a member of the fleet: its kind, and data that passes the rules.
///
/// The rules are those of the station's own REST interface. The station itself decides what depends on its state, for
/// example whether a ticket is still there or an assignee exists.
public struct FleetCommandDraft: Hashable, Sendable {
    /// What the station is asked to do.
    public var kind: FleetCommand.Kind

    /// The member `data` of the command.
    public var data: JSONObject

    /// A user's new password. The server replaces it with its hash, in `data`, before the command is queued.
    public var password: String?

    /// The Idempotency-Key of the request, if it had one.
    public var key: IdempotencyKey?

    init(_ kind: FleetCommand.Kind, _ data: JSONObject) {
        self.kind = kind
        self.data = data
    }

    /// Creates the command for PATCH of a ticket. Throws `invalid` with every fault of the body.
    public init(updating ticket: Identifier, _ changes: JSONValue) throws(Refusal) {
        _ = try TicketPatch(changes)
        self.init(.ticketUpdate, ["support_id": .integer(Int64(ticket)), "changes": changes])
    }

    /// Creates the command for PATCH of a ticket's status. Throws `invalid` with every fault of the body.
    public init(updating ticket: Identifier, statusBody body: JSONValue) throws(Refusal) {
        _ = try TicketPatch(statusBody: body)
        self.init(.ticketUpdate, ["support_id": .integer(Int64(ticket)), "changes": body])
    }

    /// Creates the command for DELETE of a ticket.
    public init(deleting ticket: Identifier) { self.init(.ticketDelete, ["support_id": .integer(Int64(ticket))]) }

    /// Creates the command for POST of a comment. Throws `invalid` with every fault of the body.
    public init(commenting ticket: Identifier, _ body: JSONValue) throws(Refusal) {
        let draft = try CommentDraft(body)
        self.init(
            .ticketComment,
            [
                "support_id": .integer(Int64(ticket)), "body": .string(draft.body), "internal": .bool(draft.isInternal),
            ])
    }

    /// Reads the body of POST /stations/{id}/commands: `{type, data}`. Throws `invalid` with every fault.
    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: ["type", "data"])
        let kind = form.required("type", .word(FleetCommand.Kind.self))
        if body["data"]?.objectValue == nil { form.fault("data must be an object") }
        try form.finish()
        guard let kind: FleetCommand.Kind = kind?.word(), let data = body["data"]?.objectValue else {
            throw .invalid(["type and data must be given"])
        }
        switch kind {
        case .ticketUpdate: try self.init(ticketUpdate: data)
        case .ticketComment: try self.init(ticketComment: data)
        case .ticketClose: try self.init(ticketClose: data)
        case .ticketDelete: self.init(kind, try Self.only("support_id", .integer, in: data))
        case .userUpsert: try self.init(userUpsert: data)
        case .userDisable:
            self.init(kind, try Self.only("email", .email, in: data))
            trimEmail()
        case .stationUpsert: try self.init(stationUpsert: data)
        case .stationDisable: self.init(kind, try Self.only("station_id", .integer, in: data))
        }
    }

    /// The ticket that it is about; 0 if it is not about a ticket.
    public var ticket: Identifier { data["support_id"]?.identifier ?? 0 }

    // MARK: The kinds

    private static func only(_ name: String, _ rule: Rule, in data: JSONObject) throws(Refusal) -> JSONObject {
        var form = Form(data, fields: [name])
        _ = form.required(name, rule)
        try form.finish()
        return data
    }

    private init(ticketUpdate data: JSONObject) throws(Refusal) {
        var form = Form(data, fields: ["support_id", "changes"])
        let ticket = form.required("support_id", .integer)
        if data["changes"]?.objectValue == nil { form.fault("changes must be an object") }
        try form.finish()
        try self.init(updating: ticket?.identifier ?? 0, data["changes"] ?? .null)
    }

    private init(ticketComment data: JSONObject) throws(Refusal) {
        var form = Form(data, fields: ["support_id", "body", "internal"])
        let ticket = form.required("support_id", .integer)
        try form.finish()
        var comment = data
        comment.removeValue(forKey: "support_id")
        try self.init(commenting: ticket?.identifier ?? 0, .object(comment))
    }

    private init(ticketClose data: JSONObject) throws(Refusal) {
        var form = Form(data, fields: ["support_id", "response"])
        _ = form.required("support_id", .integer)
        _ = form.optional("response", .emptyOrNotBlank, .string, .maxLength(TextLimits.responseMax))
        try form.finish()
        self.init(.ticketClose, data)
    }

    private init(userUpsert data: JSONObject) throws(Refusal) {
        var form = Form(
            data, fields: ["email", "username", "phone", "password", "role", "station_id", "active"])
        _ = form.required("email", .email)
        _ = form.required("username", .notBlank, .string, .maxLength(TextLimits.usernameMax), .noControls)
        _ = form.optional("phone", .emptyOrNotBlank, .string, .maxLength(TextLimits.phoneMax), .noControls)
        let password = form.optional(
            "password", .string, .minLength(TextLimits.passwordMin), .maxBytes(TextLimits.passwordBytesMax), .noNull)
        _ = form.required("role", .word(Role.self))
        _ = form.optional("station_id", .integer)
        _ = form.optional("active", .boolean)
        try form.finish()
        self.init(.userUpsert, data)
        self.data.removeValue(forKey: "password")
        trimEmail()
        self.password = password?.stringValue
    }

    /// Older stations refuse what is around an address.
    private mutating func trimEmail() {
        if let email = data["email"]?.stringValue { data["email"] = .string(EmailAddress.trimmed(email)) }
    }

    private init(stationUpsert data: JSONObject) throws(Refusal) {
        var form = Form(data, fields: ["station_id"] + StationPatch.fields)
        _ = form.required("station_id", .integer)
        _ = form.required("name", .notBlank, .string, .maxLength(TextLimits.stationNameMax), .noControls)
        _ = form.required("address", .emptyOrNotBlank, .string, .maxLength(TextLimits.stationAddressMax))
        _ = form.optional("latitude", .maximum(90), .minimum(-90), .number)
        _ = form.optional("longitude", .maximum(180), .minimum(-180), .number)
        _ = form.optional("status", .word(StationStatus.self))
        try form.finish()
        self.init(.stationUpsert, data)
    }
}
