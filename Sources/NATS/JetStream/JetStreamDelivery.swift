import Bytes

/// A message that a consumer delivered. The subject to acknowledge it on describes the delivery:
///
///     $JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer sequence>.<time>.<pending>
///     $JS.ACK.<domain>.<account>.<stream>.<consumer>.<deliveries>.…  .<pending>[.<more>]
public struct JetStreamDelivery: Hashable, Sendable {
    /// The subject that it was published to.
    public let subject: String
    /// The headers; nil if there are none or they cannot be read.
    public let headers: NATSHeaders?
    /// Whether there are headers that are malformed or exceed the limits.
    public let hasUnreadableHeaders: Bool
    /// The message without its headers.
    public let payload: [UInt8]
    /// Where to publish the `JetStreamAcknowledgement`.
    public let acknowledgementSubject: NATSSubject
    /// How often it has been delivered, including this time.
    public let deliveryCount: UInt64
    /// Its sequence in the stream, which is the same at each delivery.
    public let streamSequence: UInt64
    /// The number of messages that the consumer still has to deliver.
    public let pendingCount: UInt64

    /// Reads a delivery, or returns nil if the message has no reply subject of this form.
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

/// What is published to a delivery's `acknowledgementSubject`. If it has a reply subject, the server answers with an
/// empty message once it has taken effect. Without one it may be lost like any other message, and the delivery comes
/// again.
public enum JetStreamAcknowledgement: Hashable, Sendable {
    /// The message was handled.
    case done
    /// The message must be delivered again, at once or after the given time.
    case again(afterMillis: Int64?)
    /// The message is being handled, so the wait for its acknowledgement starts again.
    case inProgress
    /// The message must never be delivered again, although it was not handled.
    case never

    /// What to publish.
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
