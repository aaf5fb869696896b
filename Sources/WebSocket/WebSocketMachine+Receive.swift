import Bytes

/// From bytes to events. Bytes are judged as they arrive: only payloads and the state of the current frame are kept,
/// and a fault is found at the first byte that commits it.
extension WebSocketMachine {
    /// Receives bytes from the peer; ignored after a Close frame or a fault. O(n): each payload byte is copied once,
    /// plus the amortized cost of growing the message.
    public mutating func receive(_ bytes: Span<UInt8>) {
        var offset = 0
        while offset < bytes.count, !hasInputEnded {
            do throws(WebSocketFault) {
                try receiveFrame(bytes, from: &offset)
            } catch {
                endInput(with: .failure(error))
            }
        }
    }

    /// Reads the rest of one frame, or as much of it as has arrived.
    private mutating func receiveFrame(_ bytes: Span<UInt8>, from offset: inout Int) throws(WebSocketFault) {
        if !frame.isComplete {
            let context = FrameHeader.Context(
                role: role, isContinuing: messageOpcode != nil, room: limits.messageBytesMax - message.count)
            while !frame.isComplete {
                guard offset < bytes.count else { return }
                try frame.accept(bytes[offset], context)
                offset += 1
            }
            if frame.opcode == .text || frame.opcode == .binary { messageOpcode = frame.opcode }
        }
        let count = min(bytes.count - offset, Int(clamping: frame.payloadLeft))
        if count > 0 {
            try receivePayload(bytes.extracting(offset..<(offset + count)))
            offset += count
        }
        if frame.payloadLeft == 0 { try finishFrame() }
    }

    private mutating func receivePayload(_ payload: Span<UInt8>) throws(WebSocketFault) {
        if frame.opcode.isControl {
            Self.append(payload, maskedWith: frame.maskingKey, to: &control)
        } else if phase == .open {
            let start = message.count
            growMessage(for: payload.count)
            Self.append(payload, maskedWith: frame.maskingKey, to: &message)
            if messageOpcode == .text {
                var validator = validator
                guard validator.accept(message.span.extracting(start..<message.count)) else { throw .invalidText }
                self.validator = validator
            }
        }
        frame.advance(by: payload.count)
    }

    /// Quadruples the storage as it fills, but not beyond the largest size the message can reach, which is known once
    /// its last frame begins. Four rather than two, because large messages spend their time on pages touched for the
    /// first time.
    private mutating func growMessage(for count: Int) {
        let needed = message.count + count
        guard needed > message.capacity else { return }
        let end = frame.isFinal ? message.count + Int(clamping: frame.payloadLeft) : limits.messageBytesMax
        message.reserveCapacity(max(needed, min(message.capacity * 4, end)))
    }

    private static func append(_ payload: Span<UInt8>, maskedWith key: UInt32, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(payload)
        if key != 0 { WebSocketMasking.apply(key, to: &bytes, from: start) }
    }

    private mutating func finishFrame() throws(WebSocketFault) {
        let (opcode, isFinal) = (frame.opcode, frame.isFinal)
        frame = FrameHeader()
        switch opcode {
        case .continuation, .text, .binary:
            if isFinal { try finishMessage() }
        case .ping: queue(.ping(removeControl()))
        case .pong: queue(.pong(removeControl()))
        case .close: endInput(with: try Self.closeEvent(removeControl()))
        }
    }

    private mutating func finishMessage() throws(WebSocketFault) {
        guard phase != .open || validator.isComplete else { throw .invalidText }
        let payload = message
        message = []
        queue(messageOpcode == .text ? .text(payload) : .binary(payload))
        messageOpcode = nil
    }

    private mutating func removeControl() -> [UInt8] {
        let payload = control
        control = []
        return payload
    }

    /// Queues an event, unless we are closing: then it would never be delivered.
    private mutating func queue(_ event: WebSocketEvent) {
        if phase == .open { events.append(event) }
    }

    private mutating func endInput(with event: WebSocketEvent) {
        hasInputEnded = true
        message = []
        control = []
        events.append(event)
    }

    /// Parses the payload of a Close frame: nothing, or a code and a reason (section 5.5.1).
    private static func closeEvent(_ payload: [UInt8]) throws(WebSocketFault) -> WebSocketEvent {
        guard payload.count >= 2 else { return .close(.noStatusReceived, reason: "") }
        let code = WebSocketCloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.isAllowedOnWire else { throw .invalidCloseCode }
        var validator = UTF8Validator()
        guard validator.accept(payload.span.extracting(2..<payload.count)), validator.isComplete else {
            throw .invalidCloseReason
        }
        return .close(code, reason: String(decoding: payload[2...], as: UTF8.self))
    }
}
