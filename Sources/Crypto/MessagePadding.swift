import Bytes

/// What SHA-1 and SHA-256 put behind a message (RFC 3174 section 4, FIPS 180-4 section 5.1.1): the byte 0x80, zeros,
/// and the message's length in bits as 64 bits, big end first, up to whole blocks of 64 bytes.
enum MessagePadding {
    /// The last one or two blocks of a message of `messageCount` bytes, of which `rest` are not yet hashed.
    ///
    /// - Precondition: `rest.count < 64`.
    static func end(of rest: Span<UInt8>, messageCount: UInt64) -> [UInt8] {
        precondition(rest.count < 64, "a whole block is left")
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
