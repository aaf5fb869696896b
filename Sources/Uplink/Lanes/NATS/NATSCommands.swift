import Bytes
import NATS

/// How far a lane is with fetching commands. It looks up its consumer and then pulls from it, one pull at a time.
///
/// The consumer allows one unacknowledged command at a time, so commands come in order whatever breaks. If there were
/// more, those lost with a broken connection would be redelivered after later ones. A pull stays open for many
/// commands; each comes when the one before is acknowledged.
///
/// A command may come again after it was acknowledged: because the acknowledgement was lost or crossed with another
/// delivery, or because servers of 2.9 go back in the stream when they find nobody to redeliver to. On the same
/// connection such a command is acknowledged here and not delivered again; on the next one the owner must recognise it.
///
/// A command larger than a pull allows would block all that follow, so the stream of commands accepts none.
struct NATSCommands: Sendable {
    /// The number of commands that one pull may bring.
    static let batch = 64
    /// The pause after a refused pull.
    static let pauseMillis: Int64 = 1000
    /// The pause while a command is too large.
    static let longPauseMillis: Int64 = 60_000
    /// A server that exceeds this sends commands that nobody asked for.
    static let unacknowledgedMax = 2 * batch

    enum Phase: Sendable {
        case idle
        case lookingUp(NATSRequest)
        /// Between two pulls, whether the stream of events is still there.
        case checking(NATSRequest)
        case making(NATSRequest, NATSFurnishing)
        case pulling(NATSRequest, left: Int)
        /// The pull is used up. The next one starts when everything is acknowledged.
        case ended
        /// The pull was refused.
        case pausing(until: MonotonicTime)
    }

    struct Unacknowledged: Sendable {
        let number: UInt64
        let subject: NATSSubject
    }

    var phase = Phase.idle
    /// The commands that were delivered and not acknowledged, in the order of delivery.
    var unacknowledged: [Unacknowledged] = []
    /// The last command that was acknowledged to this consumer. A new consumer may belong to another stream.
    var acknowledged: UInt64?

    var deadline: MonotonicTime? {
        switch phase {
        case .idle, .ended: nil
        case .lookingUp(let request), .checking(let request), .making(let request, _), .pulling(let request, _):
            request.deadline
        case .pausing(let until): until
        }
    }

    /// Counts a message that the pull brought.
    mutating func countDelivery() {
        guard case .pulling(let request, let left) = phase else { return }
        phase = left > 1 ? .pulling(request, left: left - 1) : .ended
    }
}
