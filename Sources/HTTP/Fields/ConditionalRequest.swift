/// Evaluates a request's preconditions against the entity tag of its target (RFC 9110, section 13). Date preconditions
/// are ignored, as allowed for a server that sends no Last-Modified.
///
/// A strong tag of ours also matches as an intermediary that compresses changed it, for it names the same state then,
/// and for If-Match nothing else counts. By section 13.1.1 it would never match, and the client could never change
/// anything behind that intermediary.
public enum ConditionalRequest {
    /// What a server does with a conditional request.
    public enum Outcome: Hashable, Sendable {
        /// Perform the method.
        case proceed
        /// Answer a GET or HEAD with 304 and the ETag.
        case notModified
        /// Answer with 412.
        case preconditionFailed
    }

    /// Evaluates If-Match and If-None-Match in the order of section 13.2.2.
    ///
    /// - Parameter current: the tag of the resource as it is now, nil if there is none.
    public static func evaluate(
        _ fields: HTTPFields, method: HTTPMethod, current: EntityTag?
    ) -> Outcome {
        if !ifMatch(fields, current: current) { return .preconditionFailed }
        if ifNoneMatch(fields, current: current) { return .proceed }
        return method == .get || method == .head ? .notModified : .preconditionFailed
    }

    /// Whether If-Match holds (section 13.1.1), by strong comparison but for what was said. A missing field holds. A
    /// malformed one does not: the client meant to guard something.
    public static func ifMatch(_ fields: HTTPFields, current: EntityTag?) -> Bool {
        guard let value = fields.joined("If-Match") else { return true }
        switch EntityTagList(value) {
        case .any: return current != nil
        case .tags(let tags):
            return current.map { current in tags.contains { !current.isWeak && $0.isVariant(of: current) } } ?? false
        case nil: return false
        }
    }

    /// Whether If-None-Match holds (section 13.1.2), by weak comparison. A missing or malformed field holds.
    public static func ifNoneMatch(_ fields: HTTPFields, current: EntityTag?) -> Bool {
        guard let value = fields.joined("If-None-Match"), let current else { return true }
        switch EntityTagList(value) {
        case .any: return false
        case .tags(let tags): return !tags.contains { $0.isVariant(of: current) }
        case nil: return true
        }
    }
}
