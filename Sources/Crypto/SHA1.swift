/// The Secure Hash Algorithm 1 (RFC 3174). It is used for the WebSocket handshake only; it is no longer secure.
public enum SHA1 {
    /// The number of bytes in a hash: 20.
    public static let byteCount = 20

    /// The hash of `message`. O(n).
    public static func hash(_ message: [UInt8]) -> [UInt8] {
        var state: (UInt32, UInt32, UInt32, UInt32, UInt32) = (
            0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0
        )
        let whole = message.count - message.count % 64
        for start in stride(from: 0, to: whole, by: 64) { compress(message.span, at: start, into: &state) }
        let rest = MessagePadding.end(of: message.span.extracting(whole...), messageCount: UInt64(message.count))
        for start in stride(from: 0, to: rest.count, by: 64) { compress(rest.span, at: start, into: &state) }

        var hash: [UInt8] = []
        hash.reserveCapacity(byteCount)
        for word in [state.0, state.1, state.2, state.3, state.4] { BigEndian.append(word, to: &hash) }
        return hash
    }

    /// Hashes the 64-byte block at `start` (RFC 3174, section 6.1).
    private static func compress(
        _ bytes: Span<UInt8>, at start: Int, into state: inout (UInt32, UInt32, UInt32, UInt32, UInt32)
    ) {
        var schedule = InlineArray<80, UInt32>(repeating: 0)
        for step in 0..<16 { schedule[step] = BigEndian.word(bytes, at: start + 4 * step) }
        for step in 16..<80 {
            let mixed = schedule[step - 3] ^ schedule[step - 8] ^ schedule[step - 14] ^ schedule[step - 16]
            schedule[step] = mixed << 1 | mixed >> 31
        }
        var (a, b, c, d, e) = state
        for step in 0..<80 {
            let mixed: UInt32
            switch step {
            case ..<20: mixed = (b & c | ~b & d) &+ 0x5A82_7999
            case ..<40: mixed = (b ^ c ^ d) &+ 0x6ED9_EBA1
            case ..<60: mixed = (b & c | b & d | c & d) &+ 0x8F1B_BCDC
            default: mixed = (b ^ c ^ d) &+ 0xCA62_C1D6
            }
            let next = (a << 5 | a >> 27) &+ mixed &+ e &+ schedule[step]
            (e, d, c, b, a) = (d, c, b << 30 | b >> 2, a, next)
        }
        state.0 &+= a
        state.1 &+= b
        state.2 &+= c
        state.3 &+= d
        state.4 &+= e
    }
}
