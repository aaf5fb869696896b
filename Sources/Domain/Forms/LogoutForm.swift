import JSON

/// The body of POST /auth/logout, which may be empty.
public struct LogoutForm: Hashable, Sendable {
    /// Whether all tokens of the caller end, and not only the one that the request came with.
    public let isEverywhere: Bool

    /// Reads the body. Throws `invalid` with every fault.
    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: ["everywhere"])
        let everywhere = form.optional("everywhere", .boolean)
        try form.finish()
        isEverywhere = everywhere?.boolValue ?? false
    }
}
