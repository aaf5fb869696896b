import JSON

/// The body of POST /support.
public struct TicketDraft: Hashable, Sendable {
    /// The user that the ticket is for.
    public var userID: Identifier

    /// What the user reports.
    public var description: String

    /// The swap station; `keep` if the field was left out, which stands for the swap station of a member of staff.
    public var stationID: Edit<Identifier?>

    /// What the ticket is about.
    public var type: TicketType

    /// The urgency of the ticket.
    public var priority: TicketPriority

    /// Creates a draft from its parts, which must pass the rules of the form.
    public init(
        userID: Identifier, description: String, stationID: Edit<Identifier?> = .keep, type: TicketType = .other,
        priority: TicketPriority = .high
    ) {
        self.userID = userID
        self.description = description
        self.stationID = stationID
        self.type = type
        self.priority = priority
    }

    /// Reads the body. Throws `invalid` with every fault.
    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: ["user_id", "description", "station_id", "type", "priority"])
        let user = form.required("user_id", .integer)
        let description = form.required(
            "description", .notBlank, .string, .maxLength(TextLimits.descriptionMax))
        let station = form.nullableEdit("station_id", .integer)
        let type = form.optional("type", .word(TicketType.self))
        let priority = form.optional("priority", .word(TicketPriority.self))
        try form.finish()
        self.init(
            userID: user?.identifier ?? 0, description: description?.stringValue ?? "",
            stationID: station.map { .set($0.isNull ? nil : $0.identifier) } ?? .keep, type: type?.word() ?? .other,
            priority: priority?.word() ?? .high)
    }
}

/// The body of PATCH /support/{id}, and with one field each of /support/{id}/status and /support/{id}/rating.
public struct TicketPatch: Hashable, Sendable {
    /// The stage of the ticket.
    public var status: Edit<TicketStatus> = .keep

    /// What staff answers.
    public var response: Edit<String?> = .keep

    /// What the driver reports.
    public var description: Edit<String> = .keep

    /// What the ticket is about.
    public var type: Edit<TicketType> = .keep

    /// The urgency of the ticket.
    public var priority: Edit<TicketPriority> = .keep

    /// The swap station.
    public var stationID: Edit<Identifier?> = .keep

    /// The user who takes care of the ticket.
    public var assigneeID: Edit<Identifier?> = .keep

    /// The user's rating of the resolution, 1 to 5.
    public var rating: Edit<UInt8?> = .keep

    /// Creates a patch that keeps every field.
    public init() {}

    /// Reads the body. Throws `invalid` with every fault.
    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(
            body,
            fields: [
                "status", "response", "description", "type", "priority", "station_id", "assignee_id", "rating",
            ])
        let status = form.edit("status", .word(TicketStatus.self))
        let response = form.nullableEdit("response", .emptyOrNotBlank, .string, .maxLength(TextLimits.responseMax))
        let description = form.edit("description", .notBlank, .string, .maxLength(TextLimits.descriptionMax))
        let type = form.edit("type", .word(TicketType.self))
        let priority = form.edit("priority", .word(TicketPriority.self))
        let station = form.nullableEdit("station_id", .integer)
        let assignee = form.nullableEdit("assignee_id", .integer)
        let rating = form.nullableEdit("rating", .maximum(5), .minimum(1), .integer)
        try form.finish()
        if let status: TicketStatus = status?.word() { self.status = .set(status) }
        if let response { self.response = .set(response.stringValue) }
        if let description = description?.stringValue { self.description = .set(description) }
        if let type: TicketType = type?.word() { self.type = .set(type) }
        if let priority: TicketPriority = priority?.word() { self.priority = .set(priority) }
        if let station { stationID = .set(station.isNull ? nil : station.identifier) }
        if let assignee { assigneeID = .set(assignee.isNull ? nil : assignee.identifier) }
        if let rating { self.rating = .set(rating.integerValue.flatMap(UInt8.init(exactly:))) }
    }

    /// Reads the body of PATCH /support/{id}/status. Throws `invalid` with every fault.
    public init(statusBody body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: ["status"])
        let status = form.required("status", .word(TicketStatus.self))
        try form.finish()
        if let status: TicketStatus = status?.word() { self.status = .set(status) }
    }

    /// Reads the body of PATCH /support/{id}/rating. Throws `invalid` with every fault.
    public init(ratingBody body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: ["rating"])
        let rating = form.required("rating", .maximum(5), .minimum(1), .integer)
        try form.finish()
        self.rating = .set(rating?.integerValue.flatMap(UInt8.init(exactly:)))
    }

    /// The fields that the patch sets, in the order of the form.
    var fields: [FieldName] {
        var fields: [FieldName] = []
        if status.isSet { fields.append(.status) }
        if response.isSet { fields.append(.response) }
        if description.isSet { fields.append(.description) }
        if type.isSet { fields.append(.type) }
        if priority.isSet { fields.append(.priority) }
        if stationID.isSet { fields.append(.stationID) }
        if assigneeID.isSet { fields.append(.assigneeID) }
        if rating.isSet { fields.append(.rating) }
        return fields
    }
}

/// The body of POST /support/{id}/comments.
public struct CommentDraft: Hashable, Sendable {
    /// The text.
    public var body: String

    /// Whether the comment is hidden from drivers.
    public var isInternal: Bool

    /// Creates a draft from its parts, which must pass the rules of the form.
    public init(body: String, isInternal: Bool = false) {
        self.body = body
        self.isInternal = isInternal
    }

    /// Reads the body. Throws `invalid` with every fault.
    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: ["body", "internal"])
        let text = form.required("body", .notBlank, .string, .maxLength(TextLimits.commentMax))
        let isInternal = form.optional("internal", .boolean)
        try form.finish()
        self.init(body: text?.stringValue ?? "", isInternal: isInternal?.boolValue ?? false)
    }
}
