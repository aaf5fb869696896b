/// Frames as a client sends them: masked (RFC 6455, section 5.3). The key is always the same: it guards proxies against
/// pages, and there are neither here.
enum ClientFrame {
    private static let key: [UInt8] = [0x5A, 0xC3, 0x69, 0x17]

    /// Engine.IO's answer to a ping.
    static let enginePong = text("3")

    /// A text of less than 65,536 bytes.
    static func text(_ text: String) -> [UInt8] { frame(opcode: 1, Array(text.utf8)) }

    /// The answer to a ping of WebSocket.
    static func pong(_ payload: [UInt8]) -> [UInt8] { frame(opcode: 10, payload) }

    private static func frame(opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = [0x80 | opcode]
        if payload.count < 126 {
            frame.append(0x80 | UInt8(payload.count))
        } else {
            frame += [0x80 | 126, UInt8(payload.count >> 8 & 0xFF), UInt8(payload.count & 0xFF)]
        }
        frame += key
        for (place, byte) in payload.enumerated() { frame.append(byte ^ key[place & 3]) }
        return frame
    }
}
