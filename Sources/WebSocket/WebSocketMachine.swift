import Bytes

/// Which end of the connection a machine is: the server takes masked frames only, the client unmasked ones only.
public enum WebSocketRole: Sendable {
    case server
    case client
}

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

/// One WebSocket after its handshake (RFC 6455, sections 5 to 8): takes the peer's bytes, gives events, and owes
/// replies.
///
/// The order of calls is: `receive` what has arrived; then for each `nextEvent()` first `takeReplies`, then act on the
/// event; so pongs and the answer to a Close leave in the order in which they were asked for, and behind the answers to
/// all messages before them. What the application sends is encoded with `WebSocketFrame`, and only while `isOpen`. When
/// `isClosed` and the replies have been sent, the connection is to be closed.
///
/// Replies wait in the machine until they are taken, and are bounded there: whoever has no room to send need not take
/// them. Memory is at most four times the bytes that have arrived, whatever a header promises, and an idle machine
/// holds none.
public struct WebSocketMachine: Sendable {
    enum Phase: Sendable {
        case open
        /// Our Close frame is on its way and the peer's has not been seen. The peer's messages are of no interest any
        /// more.
        case closing
        /// Both Close frames are, or a fault ended the connection.
        case closed
    }

    let limits: WebSocketLimits

    /// The payload of the message that is being received, unmasked.
    var message: [UInt8] = []
    /// The payload of the control frame that is being received, unmasked.
    var control: [UInt8] = []
    /// What has been received and not yet been given out, from `eventsGiven` on.
    var events: [WebSocketEvent] = []
    /// Unmasked control frames to be sent.
    var replies: [UInt8] = []

    var frame = FrameHeader()
    var eventsGiven = 0
    /// Text or binary from the first fragment of a message to its last.
    var messageOpcode: WebSocketOpcode?
    var validator = UTF8Validator()
    public let role: WebSocketRole
    var phase = Phase.open
    /// A Close frame or a fault has been read: whatever follows is ignored (section 5.5.1).
    var hasInputEnded = false

    public init(role: WebSocketRole, limits: WebSocketLimits = WebSocketLimits()) {
        self.role = role
        self.limits = limits
    }

    /// Whether messages may be sent: neither side's Close frame has been queued and no fault was found.
    public var isOpen: Bool { phase == .open }

    /// Whether nothing more will come of this connection: it is to be closed once the replies have been sent.
    public var isClosed: Bool { phase == .closed }

    /// The memory held beside the struct itself, in bytes: unfinished messages, events not yet given, replies not yet
    /// taken. O(events not yet given).
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

    /// The next event, or nil until more is received. A ping's pong, the answer to a Close and the Close frame that
    /// follows a fault are queued here and not before, so that what came earlier can still be answered.
    public mutating func nextEvent() -> WebSocketEvent? {
        while eventsGiven < events.count {
            let event = events[eventsGiven]
            // The payload is now the caller's alone, so that it can be changed without a copy.
            events[eventsGiven] = .pong([])
            eventsGiven += 1
            if eventsGiven == events.count {
                events = []
                eventsGiven = 0
            }
            if give(event) { return event }
        }
        return nil
    }

    /// Queues a Close frame; from here on the peer's messages are dropped, and the last event will be its Close frame
    /// or a fault. The caller bounds how long it waits for that. No effect when not open.
    ///
    /// A reason is cut to 123 bytes of whole characters.
    ///
    /// - Precondition: `code.isAllowedOnWire`.
    public mutating func close(_ code: WebSocketCloseCode, reason: String = "") {
        precondition(code.isAllowedOnWire, "this close code is never sent")
        guard phase == .open else { return }
        queueClose(code, reason: reason)
        phase = .closing
        message = []
    }

    /// Acts on an event in its turn; false where it is of no interest any more.
    private mutating func give(_ event: WebSocketEvent) -> Bool {
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
