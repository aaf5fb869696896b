import Bytes
import NATS

/// How far a lane is with fetching commands: a consumer is made, then pulled from, one pull at a time.
///
/// The server has one unacknowledged command out at a time. So commands come in their order whatever breaks: with more
/// of them out, those that a broken connection took along would come again behind later ones. A pull stays open for
/// many commands; each comes when the one before is acknowledged.
///
/// A command may come again though it was acknowledged: where the acknowledgement was lost or crossed with another
/// delivery, and because servers of 2.9 go back in the stream when they find nobody to deliver again to. On one
/// connection such a command is acknowledged here and not told; on the next it is for the owner to know it.
///
/// A command larger than a pull allows would be in the way of all that follow. It is fetched without its content: the
/// consumer is changed to give headers only, the command is delivered empty, and when it is acknowledged the consumer
/// is changed back. (To ask for more bytes would let a command of many megabytes over the line for nothing, and to end
/// it unseen would say nothing to anybody.)
struct NATSCommands: Sendable {
    /// How many commands one pull may bring.
    static let batch = 64
    /// The pause before another pull where one was refused.
    static let pauseMillis: Int64 = 1000
    /// Above this a server gives what was not asked for.
    static let unacknowledgedMax = 2 * batch

    enum Phase: Sendable {
        case idle
        case making(NATSRequest)
        case pulling(NATSRequest, left: Int)
        /// The pull is used up; another comes when everything is acknowledged.
        case ended
        /// The pull was refused.
        case pausing(until: MonotonicTime)
    }

    struct Unacknowledged: Sendable {
        let number: UInt64
        let subject: NATSSubject
    }

    var phase = Phase.idle
    /// The consumer gives no content.
    var isHeadersOnly = false
    /// In the order of delivery.
    var unacknowledged: [Unacknowledged] = []
    /// Up to where commands were acknowledged to this consumer; another may stand for another stream.
    var acknowledged: UInt64?

    var deadline: MonotonicTime? {
        switch phase {
        case .idle, .ended: nil
        case .making(let request), .pulling(let request, _): request.deadline
        case .pausing(let until): until
        }
    }

    /// Notes that a message came of the pull.
    mutating func countDelivery() {
        guard case .pulling(let request, let left) = phase else { return }
        phase = left > 1 ? .pulling(request, left: left - 1) : .ended
    }
}
