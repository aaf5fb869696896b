/// The preconditions of a request against the entity tag of what it is about (RFC 9110, section 13). Dates are not
/// looked at, which a server that sends no Last-Modified need not do.
public enum ConditionalRequest {
    public enum Outcome: Hashable, Sendable {
        /// The method is to be performed.
        case proceed
        /// 304, with the ETag, to a GET or HEAD.
        case notModified
        /// 412.
        case preconditionFailed
    }

    /// What becomes of a request, in the order of section 13.2.2.
    ///
    /// - Parameter current: the tag of the resource as it is now, nil where there is none.
    public static func evaluate(
        _ fields: HTTPFields, method: HTTPMethod, current: EntityTag?
    ) -> Outcome {
        if !ifMatch(fields, current: current) { return .preconditionFailed }
        if ifNoneMatch(fields, current: current) { return .proceed }
        return method == .get || method == .head ? .notModified : .preconditionFailed
    }

    /// Whether If-Match holds (section 13.1.1), compared strongly. It holds where the field is missing, and not where
    /// it cannot be understood: the client meant to guard something.
    public static func ifMatch(_ fields: HTTPFields, current: EntityTag?) -> Bool {
        guard let value = fields.joined("If-Match") else { return true }
        switch EntityTagList(value) {
        case .any: return current != nil
        case .tags(let tags): return current.map { current in tags.contains { $0.matchesStrongly(current) } } ?? false
        case nil: return false
        }
    }

    /// Whether If-None-Match holds (section 13.1.2), compared weakly. It holds where the field is missing or cannot be
    /// understood.
    public static func ifNoneMatch(_ fields: HTTPFields, current: EntityTag?) -> Bool {
        guard let value = fields.joined("If-None-Match"), let current else { return true }
        switch EntityTagList(value) {
        case .any: return false
        case .tags(let tags): return !tags.contains { $0.matchesWeakly(current) }
        case nil: return true
        }
    }
}
