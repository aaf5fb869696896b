import Bytes

/// What the server says with `-ERR`.
public struct NATSServerError: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// User, password or token are wrong, missing, expired or revoked.
        case authorizationViolation
        /// This user may not publish or subscribe there; the text names the subject. The publication is lost, and for
        /// JetStream it looks like silence.
        case permissionsViolation
        /// The server had no answer to its pings.
        case staleConnection
        case maximumPayload
        /// A subject of ours that the server does not take.
        case invalidSubject
        case other
    }

    public let kind: Kind

    /// The server's words without their quotation marks, on one line.
    public let text: String

    init(_ text: String) {
        self.text = NATSText.printable(text)
        kind = Self.kind(of: ASCII.lowercased(self.text))
    }

    /// Whether the server closes the connection after this. Of the errors that it reports it lets a client go on only
    /// after what concerns a single publication or subscription.
    public var endsConnection: Bool {
        switch kind {
        case .permissionsViolation, .invalidSubject: false
        case .authorizationViolation, .staleConnection, .maximumPayload: true
        case .other: !ASCII.equalIgnoringCase(text, "maximum subscriptions exceeded")
        }
    }

    /// A sentence for an operator, without a full stop.
    public var message: String {
        switch kind {
        case .authorizationViolation: "the server does not accept the user and password or the token (\(text))"
        case .permissionsViolation: "the server does not permit it: \(text)"
        case .staleConnection: "the server gave the connection up because its pings were not answered"
        case .maximumPayload: "a message was larger than the server takes (\(text))"
        case .invalidSubject: "the server takes a subject for invalid (\(text))"
        case .other: "the server reports: \(text)"
        }
    }

    private static func kind(of text: String) -> Kind {
        switch text {
        case "authorization violation", "authentication timeout", "authentication error", "authentication expired",
            "authentication revoked", "user authentication expired", "user authentication revoked",
            "account authentication expired":
            .authorizationViolation
        case "stale connection": .staleConnection
        case "maximum payload violation": .maximumPayload
        case "invalid subject", "invalid publish subject": .invalidSubject
        default: text.hasPrefix("permissions violation") ? .permissionsViolation : .other
        }
    }
}
