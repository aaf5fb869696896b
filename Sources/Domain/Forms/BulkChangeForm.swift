import JSON

/// The body of POST /support/bulk: `{"support_ids":[4,5],"changes":{"status":"closed"}}`.
public struct BulkChangeForm: Hashable, Sendable {
    /// Tickets in one request.
    public static let countMax = 100

    /// The tickets, each once, in the order of the body.
    public let tickets: [Identifier]

    /// What each of them is to become.
    public let patch: TicketPatch

    /// Reads the body. Throws `invalid` with every fault of the list, otherwise with every fault of the changes.
    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: ["support_ids", "changes"])
        let ids = form.required("support_ids", .identifiers, .maxElements(Self.countMax), .array)?.arrayValue ?? []
        if !form.has("changes") { form.fault("changes must be an object") }
        try form.finish()
        var tickets: [Identifier] = []
        for id in ids.map(\.identifier) where !tickets.contains(id) { tickets.append(id) }
        self.tickets = tickets
        patch = try TicketPatch(body["changes"] ?? .null)
    }
}
