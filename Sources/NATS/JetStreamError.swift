import JSON

/// What JetStream's API refuses with (ADR-1).
///
///     {"code": 404, "err_code": 10059, "description": "stream not found"}
public struct JetStreamError: Error, Hashable, Sendable {
    /// What the number means, as far as it makes a difference here.
    public enum Kind: Hashable, Sendable {
        case streamNotFound
        case consumerNotFound
        /// No message with this sequence or on this subject.
        case messageNotFound
        /// For this account, or on this server.
        case notEnabled
        /// There is a stream of this name, configured otherwise.
        case streamNameInUse
        /// Another stream listens on one of the subjects.
        case subjectsOverlap
        /// A publication came to another stream than was expected.
        case unexpectedStream
        /// A message is larger than the stream takes: it will never be stored.
        case messageTooLarge
        /// Storage or limits are used up.
        case outOfResources
        /// The server or its cluster cannot answer at the moment.
        case unavailable
        case other
    }

    /// As HTTP would answer: 400, 404, 500, 503.
    public let code: Int

    /// The number that tells errors apart; 0 where the server gave none.
    public let errorCode: Int

    /// The server's words, on one line.
    public let description: String

    init(_ object: JSONObject) {
        code = Int(clamping: object["code"]?.integerValue ?? 0)
        errorCode = Int(clamping: object["err_code"]?.integerValue ?? 0)
        description = NATSText.printable(object["description"]?.stringValue ?? "")
    }

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
        case .unexpectedStream: "another stream than the one expected listens on the subject"
        case .messageTooLarge: "the stream does not take messages as large as this"
        case .outOfResources: "JetStream has no room left or is at a limit"
        case .unavailable: "JetStream is not available at the moment"
        case .other: "JetStream refuses"
        }
    }
}
