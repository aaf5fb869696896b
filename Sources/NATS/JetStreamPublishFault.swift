/// Why a window of publications was given up.
public enum JetStreamPublishFault: Error, Hashable, Sendable {
    /// No answer came in time to the publication of this sequence. A server without permission for the subject, or
    /// without a quorum, is silent too.
    case silence(sequence: UInt64)
    case connectionLost
    /// The publication of this sequence, which need not be the first of the window, was answered with a fault.
    case refused(sequence: UInt64, JetStreamFault)

    /// A sentence for an operator, without a full stop.
    public var message: String {
        switch self {
        case .silence(let sequence): "the stream did not acknowledge the event \(sequence) in time"
        case .connectionLost: "the connection ended before everything was acknowledged"
        case .refused(let sequence, let fault): "the event \(sequence) was not stored: \(fault.message)"
        }
    }
}
