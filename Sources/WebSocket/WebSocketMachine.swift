import Bytes

/// The end of the connection that a machine represents.
public enum WebSocketRole: Sendable {
    /// Accepts masked frames only.
    case server
    /// Accepts unmasked frames only.
    case client
}

/// The limits of one WebSocket.
public struct WebSocketLimits: Hashable, Sendable {
    /// The largest message, in bytes over all its fragments. A larger one is refused with 1009 as soon as the header of
    /// the frame that exceeds the limit has been read.
    ///
    /// The number of fragments is not limited, because a fragment costs no memory beyond its payload.
    public let messageBytesMax: Int

    /// The most bytes of pong frames waiting to be sent. Above this only the newest pong is kept (RFC 6455, section
    /// 5.5.3).
    public let replyBytesMax: Int

    /// Creates limits; by default messages of 1 MiB and 4 KiB of replies.
    ///
    /// - Precondition: `messageBytesMax >= 0`, and `replyBytesMax` holds at least one pong: 127 bytes.
    public init(messageBytesMax: Int = 1024 * 1024, replyBytesMax: Int = 4096) {
        precondition(messageBytesMax >= 0, "a negative limit")
        precondition(replyBytesMax >= 127, "the longest pong must fit")
        self.messageBytesMax = messageBytesMax
        self.replyBytesMax = replyBytesMax
    }
}

/// What the peer sent, as returned by `WebSocketMachine.nextEvent()`.
public enum WebSocketEvent: Hashable, Sendable {
    /// A whole text message, which is valid UTF-8.
    case text([UInt8])
    /// A whole binary message.
    case binary([UInt8])
    /// A ping. The pong that answers it is already among the machine's replies.
    case ping([UInt8])
    /// A pong, solicited or not (RFC 6455, section 5.5.3).
    case pong([UInt8])
    /// The peer's Close frame, always the last event. The Close frame that answers it, if one is due, is among the
    /// replies. The code of a frame without one is `noStatusReceived`.
    case close(WebSocketCloseCode, reason: String)
    /// The peer broke the protocol or exceeded a limit; always the last event. A Close frame with the reason is among
    /// the replies.
    case failure(WebSocketFault)
}

/// One WebSocket after its handshake (RFC 6455, sections 5 to 8): the peer's bytes in, events and replies out.
///
/// The order of calls is: `receive` what has arrived; then, for each `nextEvent()`, first `drainReplies`, then act on
/// the event. So pongs and the answer to a Close are sent in the order of their requests, and after the answers to all
/// earlier messages. The application encodes its messages with `WebSocketFrame`, and sends them only while `isOpen`.
/// Once `isClosed` is true and the replies have been sent, the connection should be closed.
///
/// Replies are bounded, so an owner that cannot send for now may leave them in the machine. Memory is at most four
/// times the bytes that have arrived, whatever a header announces; an idle machine holds none.
public struct WebSocketMachine: Sendable {
    enum Phase: Sendable {
        case open
        /// Our Close frame has been queued and the peer's has not arrived. The peer's messages are dropped.
        case closing
        /// Both Close frames have been queued or received, or a fault ended the connection.
        case closed
    }

    let limits: WebSocketLimits

    /// The payload of the message being received, unmasked.
    var message: [UInt8] = []
    /// The payload of the control frame being received, unmasked.
    var control: [UInt8] = []
    /// The events received; those before `eventsDelivered` have been returned already.
    var events: [WebSocketEvent] = []
    /// Unmasked control frames waiting to be sent.
    var replies: [UInt8] = []

    var frame = FrameHeader()
    var eventsDelivered = 0
    /// Text or binary, from the first fragment of a message to its last.
    var messageOpcode: WebSocketOpcode?
    var validator = UTF8Validator()
    /// The end of the connection that this machine represents.
    public let role: WebSocketRole
    var phase = Phase.open
    /// Whether a Close frame or a fault has been read. All later input is ignored (section 5.5.1).
    var hasInputEnded = false

    /// Creates a machine for a connection whose handshake has succeeded.
    public init(role: WebSocketRole, limits: WebSocketLimits = WebSocketLimits()) {
        self.role = role
        self.limits = limits
    }

    /// Whether messages may be sent: no Close frame of either side, and no fault, has been seen.
    public var isOpen: Bool { phase == .open }

    /// Whether the last event has been returned: the connection should be closed once the replies have been sent.
    public var isClosed: Bool { phase == .closed }

    /// The memory held besides the struct itself, in bytes: unfinished messages, pending events and pending replies.
    /// O(pending events).
    public var bufferedBytes: Int {
        var sum = message.capacity + control.capacity + replies.capacity
        sum += events.capacity * MemoryLayout<WebSocketEvent>.stride
        for event in events {
            switch event {
            case .text(let payload), .binary(let payload), .ping(let payload), .pong(let payload):
                sum += payload.capacity
            case .close, .failure: break
            }
        }
        return sum
    }

    /// The next event, or nil until more is received. A ping's pong, the answer to a Close and the Close frame after a
    /// fault are queued here, not in `receive`, so that earlier messages can still be answered first.
    public mutating func nextEvent() -> WebSocketEvent? {
        while eventsDelivered < events.count {
            let event = events[eventsDelivered]
            // Leaves the payload to the caller alone, who can then change it without a copy.
            events[eventsDelivered] = .pong([])
            eventsDelivered += 1
            if eventsDelivered == events.count {
                events = []
                eventsDelivered = 0
            }
            if handle(event) { return event }
        }
        return nil
    }

    /// Queues a Close frame. From now on the peer's messages are dropped, and the last event will be its Close frame or
    /// a fault; the caller must limit how long it waits for that. No effect unless open.
    ///
    /// The reason is truncated to whole characters of at most 123 bytes.
    ///
    /// - Precondition: `code.isAllowedOnWire`.
    public mutating func close(_ code: WebSocketCloseCode, reason: String = "") {
        precondition(code.isAllowedOnWire, "this close code is never sent")
        guard phase == .open else { return }
        queueClose(code, reason: reason)
        phase = .closing
        message = []
    }

    /// Acts on an event when it is delivered; false if it must be dropped.
    private mutating func handle(_ event: WebSocketEvent) -> Bool {
        let wasOpen = phase == .open
        switch event {
        case .text, .binary, .pong: break
        case .ping(let payload):
            if wasOpen { queuePong(payload) }
        case .close(let code, _):
            if wasOpen { queueClose(code == .noStatusReceived ? nil : code, reason: "") }
            phase = .closed
            return true
        case .failure(let fault):
            if wasOpen { queueClose(fault.closeCode, reason: fault.reason) }
            phase = .closed
            return true
        }
        return wasOpen
    }
}
