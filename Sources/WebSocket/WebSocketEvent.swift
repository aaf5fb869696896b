/// What a peer said, as `WebSocketMachine.nextEvent()` gives it.
public enum WebSocketEvent: Hashable, Sendable {
    /// A whole text message: valid UTF-8.
    case text([UInt8])
    /// A whole binary message.
    case binary([UInt8])
    /// A ping; the pong that answers it is among the machine's replies already.
    case ping([UInt8])
    /// A pong, whether or not it answers a ping of ours (RFC 6455, section 5.5.3).
    case pong([UInt8])
    /// The peer's Close frame, the last event there is; the answer, if one is owed, is among the replies. The code of a
    /// frame without one is `noStatusReceived`.
    case close(WebSocketCloseCode, reason: String)
    /// The peer broke the protocol or a limit, the last event there is; a Close frame saying so is among the replies.
    case failure(WebSocketFault)
}
