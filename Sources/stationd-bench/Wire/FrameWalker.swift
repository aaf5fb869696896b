/// Walks over the frames that a WebSocket server sends (RFC 6455, section 5.2) where they lie in a buffer:
///
///     FIN and opcode    1 byte
///     length            1, 3 or 9 bytes, the mask bit 0
///     payload
///
/// Nothing is copied and nothing allocated.
enum FrameWalker {
    struct Frame: Equatable {
        /// 1 is text, 8 close, 9 ping, 10 pong.
        let opcode: UInt8
        /// Where the payload begins and the frame ends.
        let payload: Int
        let end: Int
    }

    enum Step: Equatable {
        case frame(Frame)
        /// More bytes are needed.
        case incomplete
        /// A frame that neither server here may send: masked, of several fragments, or too long.
        case malformed
    }

    /// No frame is longer, in bytes.
    private static let lengthMax = 1 << 24

    /// The frame that begins at `start`.
    @inline(__always)
    static func step(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Step {
        guard start + 2 <= bytes.count else { return .incomplete }
        let (first, second) = unsafe (bytes[start], bytes[start + 1])
        guard first & 0xF0 == 0x80, second & 0x80 == 0 else { return .malformed }
        var payload = start + 2
        var length = Int(second)
        if length >= 126 {
            let width = length == 126 ? 2 : 8
            guard payload + width <= bytes.count else { return .incomplete }
            length = 0
            for place in payload..<payload + width {
                guard length <= lengthMax else { return .malformed }
                length = unsafe length << 8 | Int(bytes[place])
            }
            guard length <= lengthMax else { return .malformed }
            payload += width
        }
        guard payload + length <= bytes.count else { return .incomplete }
        return .frame(Frame(opcode: first & 0x0F, payload: payload, end: payload + length))
    }
}

/// Takes what a socket gives into one buffer that all sockets share; what is not whole yet is kept for the next time.
struct PartialInput {
    /// The beginning of a frame or a message whose rest has not come yet.
    private var rest: [UInt8] = []

    init() {}

    /// Puts what was kept before what comes now.
    ///
    /// - Returns: how many bytes that were.
    mutating func restore(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard !rest.isEmpty else { return 0 }
        let count = min(rest.count, buffer.count)
        unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]).copyBytes(from: rest)
        rest.removeAll(keepingCapacity: true)
        return count
    }

    /// Keeps what follows the last whole frame.
    mutating func keep(_ bytes: UnsafeRawBufferPointer, from start: Int) {
        guard start < bytes.count else { return }
        unsafe rest.append(contentsOf: bytes[start...])
    }
}
