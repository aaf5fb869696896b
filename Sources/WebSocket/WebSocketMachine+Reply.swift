import Bytes

/// The frames that the protocol itself requires us to send: pongs, and one Close frame.
extension WebSocketMachine {
    private static let closeReasonBytesMax = WebSocketFrame.controlPayloadBytesMax - 2

    /// Whether there are replies to send.
    public var hasReplies: Bool { !replies.isEmpty }

    /// Moves a server's replies to the end of `output`: at most `WebSocketLimits.replyBytesMax` bytes of pongs, and a
    /// Close frame of at most 127 bytes.
    ///
    /// - Precondition: the role is server.
    public mutating func drainReplies(into output: inout [UInt8]) {
        precondition(role == .server, "a client masks its frames")
        guard !replies.isEmpty else { return }
        output.append(contentsOf: replies)
        replies = []
    }

    /// Moves a client's replies to the end of `output`, each masked with a key from `generator`. Masking adds four
    /// bytes per frame.
    ///
    /// - Precondition: the role is client.
    public mutating func drainReplies(
        into output: inout [UInt8], masking generator: inout some RandomNumberGenerator
    ) {
        precondition(role == .client, "a server does not mask its frames")
        var index = 0
        while replies.count - index >= 2 {
            let end = index + 2 + Int(replies[index + 1])
            let opcode = WebSocketOpcode(rawValue: replies[index] & 0x0F) ?? .pong
            WebSocketFrame.encode(
                opcode, Array(replies[(index + 2)..<end]), maskingKey: UInt32(truncatingIfNeeded: generator.next()),
                into: &output)
            index = end
        }
        replies = []
    }

    /// Queues a pong. If there is no room for it, it replaces all waiting pongs (section 5.5.3).
    mutating func queuePong(_ payload: [UInt8]) {
        if replies.count + payload.count + 2 > limits.replyBytesMax { replies.removeAll(keepingCapacity: true) }
        WebSocketFrame.encode(.pong, payload, into: &replies)
    }

    /// Queues a Close frame, which is empty without a code.
    mutating func queueClose(_ code: WebSocketCloseCode?, reason: String) {
        var payload: [UInt8] = []
        if let code {
            payload.append(UInt8(truncatingIfNeeded: code.rawValue >> 8))
            payload.append(UInt8(truncatingIfNeeded: code.rawValue))
            var bytes = Array(reason.utf8.prefix(Self.closeReasonBytesMax + 1))
            if bytes.count > Self.closeReasonBytesMax {
                // Removes the last character, which may not fit whole: its first byte and those after it.
                while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
            }
            payload.append(contentsOf: bytes)
        }
        WebSocketFrame.encode(.close, payload, into: &replies)
    }
}
