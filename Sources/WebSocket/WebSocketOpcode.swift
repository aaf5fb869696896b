/// What a frame carries (RFC 6455, section 11.8). Opcodes 3–7 and 11–15 are reserved, and no value of this type.
public enum WebSocketOpcode: UInt8, Sendable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    /// Control frames have the high bit of the opcode set (section 5.5).
    @inlinable public var isControl: Bool { rawValue & 0x8 != 0 }
}
