import Bytes

/// An error that the server reports with `-ERR`.
public struct NATSServerError: Error, Hashable, Sendable {
    /// What an error is about, as far as it makes a difference here.
    public enum Kind: Hashable, Sendable {
        /// The user, password or token is wrong, missing, expired or revoked.
        case authorizationViolation
        /// This user may not publish or subscribe there; the text names the subject. The publication is lost, and
        /// JetStream stays silent about it.
        case permissionsViolation
        /// The server got no answer to its pings.
        case staleConnection
        /// A message was larger than the server accepts.
        case maximumPayload
        /// The server does not accept a subject of ours.
        case invalidSubject
        /// Any other error.
        case other
    }

    /// What the error is about.
    public let kind: Kind

    /// The server's words without their quotation marks, on one line.
    public let text: String

    init(_ text: String) {
        self.text = NATSText.printable(text)
        kind = Self.kind(of: ASCII.lowercased(self.text))
    }

    /// Whether the server closes the connection after this error. It stays open only after errors that concern a single
    /// publication or subscription.
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
        case .staleConnection: "the server gave up the connection because its pings were not answered"
        case .maximumPayload: "a message was larger than the server accepts (\(text))"
        case .invalidSubject: "the server considers a subject invalid (\(text))"
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
