import JSON

/// The payload of `ticket:view`: `{"support_id":4}`.
public struct TicketViewForm: Hashable, Sendable {
    /// The ticket that is looked at; 0, which names nothing, if the number cannot be one.
    public let ticket: Identifier

    /// Reads the payload. Throws `invalid` with every fault.
    public init(_ payload: JSONValue) throws(Refusal) {
        var form = try Form(payload, fields: ["support_id"])
        let ticket = form.required("support_id", .integer)
        try form.finish()
        self.ticket = ticket?.identifier ?? 0
    }
}
