import Bytes

/// The padding that SHA-1 and SHA-256 append to a message (RFC 3174, section 4; FIPS 180-4, section 5.1.1): the byte
/// 0x80, zeros, and the message's length in bits as a big-endian 64-bit number, so that all blocks have 64 bytes.
enum MessagePadding {
    /// The last one or two blocks of a message of `messageCount` bytes, of which only `rest` has not been hashed.
    ///
    /// - Precondition: `rest.count < 64`.
    static func end(of rest: Span<UInt8>, messageCount: UInt64) -> [UInt8] {
        precondition(rest.count < 64, "a whole block has not been hashed")
        var blocks: [UInt8] = []
        blocks.reserveCapacity(128)
        blocks.append(rest)
        blocks.append(0x80)
        while blocks.count % 64 != 56 { blocks.append(0) }
        let bitCount = messageCount &* 8
        BigEndian.append(UInt32(truncatingIfNeeded: bitCount >> 32), to: &blocks)
        BigEndian.append(UInt32(truncatingIfNeeded: bitCount), to: &blocks)
        return blocks
    }
}

/// 32-bit words with the most significant byte first.
enum BigEndian {
    @inline(__always) static func word(_ bytes: Span<UInt8>, at index: Int) -> UInt32 {
        UInt32(bytes[index]) << 24 | UInt32(bytes[index + 1]) << 16 | UInt32(bytes[index + 2]) << 8
            | UInt32(bytes[index + 3])
    }

    static func append(_ word: UInt32, to bytes: inout [UInt8]) {
        for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
}
