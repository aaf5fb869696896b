import JSON

/// The outcome of a pull: messages, each on its own subject with a reply subject of JetStream's. If the pull ends
/// before it is used up, a status follows on the inbox.
public enum JetStreamPullEvent: Hashable, Sendable {
    /// A message of the consumer.
    case message(JetStreamDelivery)
    /// The pull has ended early.
    case ended(JetStreamPullEnd)

    /// Reads a message for the pull's subscription; nil if it is neither.
    public init?(_ message: NATSMessage) {
        if let status = message.status {
            self = .ended(JetStreamPullEnd(status))
        } else if let delivery = JetStreamDelivery(message) {
            self = .message(delivery)
        } else {
            return nil
        }
    }
}

/// Why a pull ended.
public enum JetStreamPullEnd: Hashable, Sendable {
    /// 404: there are no messages, and the pull does not wait.
    case noMessages
    /// 408: the pull has waited its time, or it does not wait and has delivered what there was.
    case expired
    /// 409: the consumer is gone.
    case consumerDeleted
    /// 409: the next message is larger than the pull allows, and no later pull with the same limit gets past it.
    case messageTooLarge
    /// 503: JetStream does not answer.
    case noResponders
    /// Another conflict or a bad request, with the status on one line. Another pull may be tried after a pause.
    case refused(String)

    init(_ status: NATSHeaders.Status) {
        switch (status.code, status.description) {
        case (404, _): self = .noMessages
        case (408, _): self = .expired
        case (409, "Consumer Deleted"): self = .consumerDeleted
        case (409, "Message Size Exceeds MaxBytes"): self = .messageTooLarge
        case (503, _): self = .noResponders
        default: self = .refused("\(status.code) \(status.description)")
        }
    }
}

extension JetStreamRequest {
    /// Asks a consumer for its next messages. They come to the subscription that the reply subject belongs to, but on
    /// the subjects that they were published to. So no token tells which pull they belong to, and there can be only one
    /// pull at a time.
    ///
    /// - Parameters:
    ///   - batch: the largest number of messages.
    ///   - bytesMax: the largest size of all messages with their headers. It should be below
    ///     `NATSLimits.payloadBytesMax`, so that no message ends the connection.
    ///   - expiresMillis: how long the pull waits for further messages; nil if it does not wait.
    public static func nextMessages(
        _ batch: Int, of consumer: JetStreamName, in stream: JetStreamName, bytesMax: Int, expiresMillis: Int64?
    ) -> JetStreamRequest {
        JetStreamRequest("CONSUMER.MSG.NEXT", stream, consumer) { writer in
            writer.member("batch", batch)
            writer.member("max_bytes", bytesMax)
            if let expiresMillis {
                writer.member("expires", nanoseconds(expiresMillis))
            } else {
                writer.member("no_wait", true)
            }
        }
    }
}
