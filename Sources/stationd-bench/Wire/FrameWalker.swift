/// Walks over the frames that a WebSocket server sends (RFC 6455, section 5.2) where they lie in a buffer:
///
///     FIN and opcode    1 byte
///     length            1, 3 or 9 bytes, the mask bit 0
///     payload
///
/// Nothing is copied and nothing allocated.
enum FrameWalker {
    /// One frame in the buffer.
    struct Frame: Equatable {
        /// 1 is text, 8 close, 9 ping, 10 pong.
        let opcode: UInt8
        /// Where the payload begins.
        let payload: Int
        /// Where the frame ends.
        let end: Int
    }

    /// What there is at some place in the buffer.
    enum Step: Equatable {
        case frame(Frame)
        /// The frame is incomplete.
        case incomplete
        /// A frame that neither server here may send: masked, fragmented, or too long.
        case malformed
    }

    /// The longest frame, in bytes.
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

/// Lets many sockets share one receive buffer: it keeps what is incomplete until the socket's next turn.
struct PartialInput {
    /// The beginning of a frame or a message whose rest has not arrived yet.
    private var rest: [UInt8] = []

    init() {}

    /// Puts the kept bytes at the start of `buffer`, so that new bytes can follow them.
    ///
    /// - Returns: the number of bytes kept.
    mutating func restore(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard !rest.isEmpty else { return 0 }
        let count = min(rest.count, buffer.count)
        unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]).copyBytes(from: rest)
        rest.removeAll(keepingCapacity: true)
        return count
    }

    /// Keeps the bytes from `start` on, which follow the last complete frame.
    mutating func keep(_ bytes: UnsafeRawBufferPointer, from start: Int) {
        guard start < bytes.count else { return }
        unsafe rest.append(contentsOf: bytes[start...])
    }
}
