/// The supported methods (RFC 9110, section 9; RFC 5789), named as in the RFCs. Any other token gets 501. Method names
/// are case-sensitive.
public enum HTTPMethod: String, Hashable, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"
    case trace = "TRACE"

    /// The method that `bytes` spell; nil if it is not supported.
    init?(_ bytes: Span<UInt8>) {
        switch bytes.count {
        case 3 where bytes.spells("GET"): self = .get
        case 3 where bytes.spells("PUT"): self = .put
        case 4 where bytes.spells("HEAD"): self = .head
        case 4 where bytes.spells("POST"): self = .post
        case 5 where bytes.spells("PATCH"): self = .patch
        case 5 where bytes.spells("TRACE"): self = .trace
        case 6 where bytes.spells("DELETE"): self = .delete
        case 7 where bytes.spells("OPTIONS"): self = .options
        default: return nil
        }
    }
}
