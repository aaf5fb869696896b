import JSON

/// What comes of a pull: messages, each on its own subject with a reply of JetStream's; and at its end, where it is not
/// used up, a status on the inbox.
public enum JetStreamPullEvent: Hashable, Sendable {
    case message(JetStreamDelivery)
    case ended(JetStreamPullEnd)

    /// Reads what came for the subscription of the pull; nil where it is neither.
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

/// Why a pull gives no more.
public enum JetStreamPullEnd: Hashable, Sendable {
    /// 404: there is nothing, and the pull did not want to wait.
    case noMessages
    /// 408: the pull has waited as long as it wanted; or it did not want to wait, and has given what there was.
    case expired
    /// 409: the consumer is gone.
    case consumerDeleted
    /// 409: the next message is larger than the pull allows; a later pull will not get past it either.
    case messageTooLarge
    /// 503: JetStream is not there.
    case noResponders
    /// Another conflict or a bad request: the status on one line. Another pull may be tried after a pause.
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
    /// Asks a consumer for its next messages. They come for the subscription that the reply belongs to, but on the
    /// subjects that they were published to, so a token does not tell of which pull they are: one pull at a time.
    ///
    /// - Parameters:
    ///   - batch: at most this many messages.
    ///   - bytesMax: of messages with their headers, all together; below `NATSLimits.payloadBytesMax`, so that none
    ///     ends the connection.
    ///   - expiresMillis: how long the pull waits for messages that are not there yet; nil not at all.
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
