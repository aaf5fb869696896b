import Bytes

/// A message that a consumer delivered. What is known of the delivery stands in the subject to acknowledge it on:
///
///     $JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer sequence>.<time>.<pending>
///     $JS.ACK.<domain>.<account>.<stream>.<consumer>.<deliveries>.…  .<pending>[.<more>]
public struct JetStreamDelivery: Hashable, Sendable {
    /// The subject that it was published to.
    public let subject: String
    public let headers: NATSHeaders?
    public let hasUnreadableHeaders: Bool
    public let payload: [UInt8]
    /// Where the acknowledgement is to be published, see `JetStreamAcknowledgement`.
    public let acknowledgementSubject: NATSSubject
    /// How often it has been delivered, this time included.
    public let deliveryCount: UInt64
    /// In the stream: the same at each delivery.
    public let streamSequence: UInt64
    /// How many more the consumer has.
    public let pendingCount: UInt64

    /// The delivery, or nil where the message has no subject of this form to answer on.
    public init?(_ message: NATSMessage) {
        guard let reply = message.reply else { return nil }
        let tokens = reply.text.utf8.split(separator: 0x2E)
        guard tokens.count == 9 || tokens.count >= 11, tokens[0].elementsEqual("$JS".utf8),
            tokens[1].elementsEqual("ACK".utf8)
        else { return nil }
        let first = tokens.count == 9 ? 4 : 6
        guard let deliveries = Decimal.parse(tokens[first]), let sequence = Decimal.parse(tokens[first + 1]),
            let pending = Decimal.parse(tokens[first + 4])
        else { return nil }
        subject = message.subject
        headers = message.headers
        hasUnreadableHeaders = message.hasUnreadableHeaders
        payload = message.payload
        acknowledgementSubject = reply
        deliveryCount = deliveries
        streamSequence = sequence
        pendingCount = pending
    }
}

/// What is published to a delivery's `acknowledgementSubject`. With a reply it is answered with an empty message once
/// it holds; without one it may be lost like any other message, and the delivery comes again.
public enum JetStreamAcknowledgement: Hashable, Sendable {
    /// It is done with.
    case done
    /// It shall be delivered again: at once, or after so many milliseconds.
    case again(afterMillis: Int64?)
    /// It is being worked on: the wait for its acknowledgement begins anew.
    case inProgress
    /// It shall never be delivered again, though nothing came of it.
    case never

    public var payload: [UInt8] {
        switch self {
        case .done: return Array("+ACK".utf8)
        case .again(nil): return Array("-NAK".utf8)
        case .again(let millis?):
            var text = Array("-NAK {\"delay\": ".utf8)
            text.append(decimal: JetStreamRequest.nanoseconds(millis))
            text.append(0x7D)
            return text
        case .inProgress: return Array("+WPI".utf8)
        case .never: return Array("+TERM".utf8)
        }
    }
}
