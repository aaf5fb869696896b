/// A peer's violation of the protocol or of a limit, which ends the connection (RFC 6455, section 7.1.7).
public enum WebSocketFault: Error, Hashable, Sendable {
    /// RSV1, RSV2 or RSV3 is set, but no extension was negotiated (section 5.2).
    case reservedBits
    /// Opcode 3–7 or 11–15 (section 5.2).
    case reservedOpcode
    /// A client's frame without a mask (section 5.1).
    case unmaskedFrame
    /// A server's frame with a mask (section 5.1).
    case maskedFrame
    /// A length that a shorter form could hold (section 5.2).
    case lengthNotMinimal
    /// A 64-bit length with its high bit set (section 5.2).
    case lengthHighBit
    /// A control frame without FIN (section 5.5).
    case fragmentedControl
    /// A control frame of more than 125 bytes (section 5.5).
    case controlTooLong
    /// A continuation with nothing to continue (section 5.4).
    case unexpectedContinuation
    /// A new message before the last fragment of the previous one (section 5.4).
    case expectedContinuation
    /// A message over `WebSocketLimits.messageBytesMax`.
    case messageTooBig
    /// Text that is not UTF-8 (section 8.1).
    case invalidText
    /// A Close frame of one byte (section 5.5.1).
    case truncatedCloseCode
    /// A close code that must not be sent (section 7.4).
    case invalidCloseCode
    /// A close reason that is not UTF-8 (section 5.5.1).
    case invalidCloseReason

    /// The code of our Close frame.
    public var closeCode: WebSocketCloseCode {
        switch self {
        case .invalidText, .invalidCloseReason: .invalidPayload
        case .messageTooBig: .messageTooBig
        default: .protocolError
        }
    }

    /// The fault in a few words: the reason of our Close frame, at most 123 bytes.
    public var reason: String {
        switch self {
        case .reservedBits: "reserved bits are set"
        case .reservedOpcode: "reserved opcode"
        case .unmaskedFrame: "client frame is not masked"
        case .maskedFrame: "server frame is masked"
        case .lengthNotMinimal: "payload length is not in its shortest form"
        case .lengthHighBit: "payload length has its high bit set"
        case .fragmentedControl: "control frame is fragmented"
        case .controlTooLong: "control frame is longer than 125 bytes"
        case .unexpectedContinuation: "continuation without a message to continue"
        case .expectedContinuation: "new message before the end of the previous one"
        case .messageTooBig: "message is too big"
        case .invalidText: "text is not valid UTF-8"
        case .truncatedCloseCode: "close code is truncated"
        case .invalidCloseCode: "close code is not allowed in a frame"
        case .invalidCloseReason: "close reason is not valid UTF-8"
        }
    }
}
