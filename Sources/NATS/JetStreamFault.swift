/// Why a request or a publication came to nothing.
public enum JetStreamFault: Error, Hashable, Sendable {
    /// Nobody listens on the subject: JetStream is not enabled there, or no stream has the subject.
    case noResponders
    /// JetStream answered with an error.
    case refused(JetStreamError)
    /// The answer is none; the sentence says what is wrong.
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
