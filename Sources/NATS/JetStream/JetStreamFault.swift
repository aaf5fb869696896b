import JSON

/// Why a request or a publication failed.
public enum JetStreamFault: Error, Hashable, Sendable {
    /// Nobody listens on the subject: JetStream is not enabled, or no stream has the subject.
    case noResponders
    /// JetStream answered with an error.
    case refused(JetStreamError)
    /// The answer cannot be read. The sentence says why.
    case malformed(String)

    /// A sentence for an operator, without a full stop.
    public var message: String {
        switch self {
        case .noResponders:
            "nobody answers on the subject: JetStream is not enabled on the server, or no stream listens there"
        case .refused(let error): error.message
        case .malformed(let message): message
        }
    }
}

/// The error with which JetStream's API refuses (ADR-1).
///
///     {"code": 404, "err_code": 10059, "description": "stream not found"}
public struct JetStreamError: Error, Hashable, Sendable {
    /// What an error is about, as far as it makes a difference here.
    public enum Kind: Hashable, Sendable {
        /// There is no stream of this name.
        case streamNotFound
        /// There is no consumer of this name.
        case consumerNotFound
        /// There is no message with this sequence or on this subject.
        case messageNotFound
        /// JetStream is not enabled for this account or on this server.
        case notEnabled
        /// A stream of this name exists with another configuration.
        case streamNameInUse
        /// Another stream listens on one of the subjects.
        case subjectsOverlap
        /// A publication reached another stream than the expected one.
        case unexpectedStream
        /// A message is larger than the stream accepts, so it will never be stored.
        case messageTooLarge
        /// Storage or a limit is used up.
        case outOfResources
        /// The server or its cluster cannot answer at the moment.
        case unavailable
        /// Any other error.
        case other
    }

    /// A code in the manner of HTTP: 400, 404, 500, 503; 0 if the server gave none.
    public let code: Int

    /// The number that tells errors apart; 0 if the server gave none.
    public let errorCode: Int

    /// The server's words, on one line.
    public let description: String

    init(_ object: JSONObject) {
        code = Int(clamping: object["code"]?.integerValue ?? 0)
        errorCode = Int(clamping: object["err_code"]?.integerValue ?? 0)
        description = NATSText.printable(object["description"]?.stringValue ?? "")
    }

    /// What the error is about.
    public var kind: Kind {
        switch errorCode {
        case 10059: .streamNotFound
        case 10014: .consumerNotFound
        case 10037, 10043: .messageNotFound
        case 10076, 10039, 10035: .notEnabled
        case 10058: .streamNameInUse
        case 10065: .subjectsOverlap
        case 10060: .unexpectedStream
        case 10054: .messageTooLarge
        case 10002, 10023, 10026, 10027, 10028, 10047, 10077: .outOfResources
        case 10004, 10007, 10008, 10009: .unavailable
        default: .other
        }
    }

    /// Whether a stream that was refused with this error may be accepted with fewer replicas.
    public var mayFitFewerReplicas: Bool {
        switch kind {
        case .notEnabled, .streamNameInUse, .subjectsOverlap, .unavailable: false
        default: true
        }
    }

    /// A sentence for an operator, without a full stop.
    public var message: String { "\(words) (\(code), error \(errorCode): \(description))" }

    private var words: String {
        switch kind {
        case .streamNotFound: "JetStream has no such stream"
        case .consumerNotFound: "JetStream has no such consumer"
        case .messageNotFound: "the stream has no such message"
        case .notEnabled: "JetStream is not enabled for this user's account"
        case .streamNameInUse: "a stream of this name exists with another configuration"
        case .subjectsOverlap: "another stream listens on these subjects already"
        case .unexpectedStream: "another stream than the expected one listens on the subject"
        case .messageTooLarge: "the message is larger than the stream accepts"
        case .outOfResources: "JetStream has no room left or is at a limit"
        case .unavailable: "JetStream is not available at the moment"
        case .other: "JetStream refuses"
        }
    }
}
