/// The header of the frame being received, read byte by byte and refused at the first byte that breaks a rule.
/// Afterwards it counts the payload bytes still to come.
struct FrameHeader: Sendable {
    /// What a header is judged by, besides its own bytes.
    struct Context {
        let role: WebSocketRole
        /// Whether a message has begun and its last fragment has not.
        let isContinuing: Bool
        /// The number of bytes by which the message may grow.
        let room: Int
    }

    /// The number of payload bytes still to come; while the header is incomplete, the part of the length read so far.
    private(set) var payloadLeft: UInt64 = 0
    /// The key for the next payload byte; 0 if the frame is not masked.
    private(set) var maskingKey: UInt32 = 0
    /// FIN, RSV1–3 and opcode.
    private var first: UInt8 = 0
    /// The number of header bytes read so far.
    private var bytesRead: UInt8 = 0
    /// The number of bytes before the masking key, known from the second byte on.
    private var keyOffset: UInt8 = 2
    /// The number of bytes in the whole header, known from the second byte on.
    private var size: UInt8 = 2

    var isComplete: Bool { bytesRead == size }

    var isFinal: Bool { first & 0x80 != 0 }

    /// The opcode, valid once the first byte has been accepted.
    var opcode: WebSocketOpcode { WebSocketOpcode(rawValue: first & 0x0F) ?? .continuation }

    /// Reads the next byte.
    ///
    /// - Precondition: the header is not complete.
    mutating func accept(_ byte: UInt8, _ context: Context) throws(WebSocketFault) {
        let position = bytesRead
        bytesRead += 1
        switch position {
        case 0: try acceptFirst(byte, context)
        case 1: try acceptSecond(byte, context)
        case ..<keyOffset: try acceptLength(byte, at: position, context)
        default: maskingKey |= UInt32(byte) << (UInt32(position - keyOffset) * 8)
        }
    }

    /// Counts payload bytes as received.
    ///
    /// - Precondition: `count <= payloadLeft`.
    mutating func advance(by count: Int) {
        payloadLeft -= UInt64(count)
        maskingKey = WebSocketMasking.advance(maskingKey, by: count)
    }

    private mutating func acceptFirst(_ byte: UInt8, _ context: Context) throws(WebSocketFault) {
        guard byte & 0x70 == 0 else { throw .reservedBits }
        guard let opcode = WebSocketOpcode(rawValue: byte & 0x0F) else { throw .reservedOpcode }
        first = byte
        if opcode.isControl {
            guard isFinal else { throw .fragmentedControl }
        } else if opcode == .continuation {
            guard context.isContinuing else { throw .unexpectedContinuation }
        } else {
            guard !context.isContinuing else { throw .expectedContinuation }
        }
    }

    private mutating func acceptSecond(_ byte: UInt8, _ context: Context) throws(WebSocketFault) {
        let isMasked = byte & 0x80 != 0
        switch context.role {
        case .server: guard isMasked else { throw .unmaskedFrame }
        case .client: guard !isMasked else { throw .maskedFrame }
        }
        let length = byte & 0x7F
        if opcode.isControl {
            guard length <= WebSocketFrame.controlPayloadBytesMax else { throw .controlTooLong }
            guard opcode != .close || length != 1 else { throw .truncatedCloseCode }
        }
        switch length {
        case 126: keyOffset = 4
        case 127: keyOffset = 10
        default:
            payloadLeft = UInt64(length)
            try judgeLength(context)
        }
        size = keyOffset + (isMasked ? 4 : 0)
    }

    private mutating func acceptLength(
        _ byte: UInt8, at position: UInt8, _ context: Context
    ) throws(WebSocketFault) {
        guard keyOffset == 4 || position > 2 || byte & 0x80 == 0 else { throw .lengthHighBit }
        payloadLeft = payloadLeft << 8 | UInt64(byte)
        guard position + 1 == keyOffset else { return }
        guard payloadLeft > (keyOffset == 4 ? 125 : 0xFFFF) else { throw .lengthNotMinimal }
        try judgeLength(context)
    }

    private func judgeLength(_ context: Context) throws(WebSocketFault) {
        guard opcode.isControl || payloadLeft <= UInt64(max(0, context.room)) else { throw .messageTooBig }
    }
}
