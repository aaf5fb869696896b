/// What a frame carries (RFC 6455, section 11.8). The reserved opcodes, 3–7 and 11–15, have no value here.
public enum WebSocketOpcode: UInt8, Sendable {
    /// A later fragment of a message.
    case continuation = 0x0
    /// A text message, or its first fragment.
    case text = 0x1
    /// A binary message, or its first fragment.
    case binary = 0x2
    /// A Close frame (section 5.5.1).
    case close = 0x8
    /// A ping (section 5.5.2).
    case ping = 0x9
    /// A pong (section 5.5.3).
    case pong = 0xA

    /// Whether this is a control frame's opcode, which has its high bit set (section 5.5).
    @inlinable public var isControl: Bool { rawValue & 0x8 != 0 }
}

/// One frame on the wire (RFC 6455, section 5.2):
///
///     byte 0      FIN 1 bit, RSV1–3 3 bits, opcode 4 bits
///     byte 1      MASK 1 bit, length 7 bits: 0–125, or 126 for 2 more bytes, or 127 for 8 more bytes
///     0, 2 or 8   the length in network order; only the shortest form that holds it is valid
///     0 or 4      masking key: in every frame from a client, in no frame from a server
///     rest        payload, masked where there is a key
public enum WebSocketFrame {
    /// The longest payload of a control frame, in bytes (section 5.5).
    public static let controlPayloadBytesMax = 125

    /// Appends a server's frame. It is not masked, so the same bytes can go to every client.
    ///
    /// - Precondition: a control frame is final and its payload is at most 125 bytes.
    public static func encode(
        _ opcode: WebSocketOpcode, _ payload: [UInt8], isFinal: Bool = true, into output: inout [UInt8]
    ) {
        appendHeader(opcode, length: payload.count, isFinal: isFinal, maskBit: 0, to: &output)
        output.append(contentsOf: payload)
    }

    /// Appends a client's frame, masked with `maskingKey`, which must be new and unpredictable for each frame
    /// (section 5.3).
    ///
    /// - Precondition: a control frame is final and its payload is at most 125 bytes.
    public static func encode(
        _ opcode: WebSocketOpcode, _ payload: [UInt8], isFinal: Bool = true, maskingKey: UInt32,
        into output: inout [UInt8]
    ) {
        appendHeader(opcode, length: payload.count, isFinal: isFinal, maskBit: 0x80, to: &output)
        for shift: UInt32 in [0, 8, 16, 24] { output.append(UInt8(truncatingIfNeeded: maskingKey >> shift)) }
        let start = output.count
        output.append(contentsOf: payload)
        WebSocketMasking.apply(maskingKey, to: &output, from: start)
    }

    private static func appendHeader(
        _ opcode: WebSocketOpcode, length: Int, isFinal: Bool, maskBit: UInt8, to output: inout [UInt8]
    ) {
        precondition(
            !opcode.isControl || (isFinal && length <= controlPayloadBytesMax),
            "a control frame is final and at most 125 bytes")
        // For an empty array only: an exact reservation before each of many frames would copy the array each time.
        if output.isEmpty { output.reserveCapacity(length + 14) }
        output.append((isFinal ? 0x80 : 0) | opcode.rawValue)
        switch length {
        case 0...125:
            output.append(maskBit | UInt8(truncatingIfNeeded: length))
        case 126...0xFFFF:
            output.append(maskBit | 126)
            appendNetworkOrder(UInt64(length), byteCount: 2, to: &output)
        default:
            output.append(maskBit | 127)
            appendNetworkOrder(UInt64(length), byteCount: 8, to: &output)
        }
    }

    private static func appendNetworkOrder(_ value: UInt64, byteCount: UInt64, to output: inout [UInt8]) {
        var shift = byteCount * 8
        while shift > 0 {
            shift -= 8
            output.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}
