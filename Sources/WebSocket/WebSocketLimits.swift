/// The bounds of one WebSocket.
public struct WebSocketLimits: Hashable, Sendable {
    /// The largest message, all of its fragments together, in bytes; one that would be larger is refused with 1009 when
    /// the header of the frame that exceeds it has been read.
    ///
    /// The number of fragments is not bounded because a fragment costs no memory beyond its payload.
    public let messageBytesMax: Int

    /// The pongs that wait to be taken, in bytes of frames. Above this only the newest is kept (RFC 6455, section
    /// 5.5.3).
    public let replyBytesMax: Int

    /// - Precondition: `messageBytesMax >= 0`, and `replyBytesMax` holds at least one pong: 127 bytes.
    public init(messageBytesMax: Int = 1024 * 1024, replyBytesMax: Int = 4096) {
        precondition(messageBytesMax >= 0, "a message cannot be shorter than nothing")
        precondition(replyBytesMax >= 127, "one pong of the largest size must fit")
        self.messageBytesMax = messageBytesMax
        self.replyBytesMax = replyBytesMax
    }
}
