/// The masking of payloads (RFC 6455, section 5.3): byte `i` is XORed with byte `i mod 4` of the masking key.
///
/// A key is an integer whose least significant byte is the first on the wire.
public enum WebSocketMasking {
    /// Masks or unmasks `bytes` from `start` to the end, eight bytes per step. O(n).
    ///
    /// - Precondition: `0 <= start <= bytes.count`.
    public static func apply(_ key: UInt32, to bytes: inout [UInt8], from start: Int = 0) {
        precondition(start >= 0 && start <= bytes.count, "the start is outside the bytes")
        let pattern = UInt64(littleEndian: UInt64(key) << 32 | UInt64(key))
        unsafe bytes.withUnsafeMutableBytes { storage in
            var index = start
            while storage.count - index >= 8 {
                let word = unsafe storage.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                unsafe storage.storeBytes(of: word ^ pattern, toByteOffset: index, as: UInt64.self)
                index += 8
            }
            var rest = key
            while index < storage.count {
                unsafe storage[index] ^= UInt8(truncatingIfNeeded: rest)
                rest = advance(rest, by: 1)
                index += 1
            }
        }
    }

    /// The key for the bytes after `count` masked ones.
    @inlinable public static func advance(_ key: UInt32, by count: Int) -> UInt32 {
        let shift = UInt32(truncatingIfNeeded: count & 3) * 8
        return key >> shift | key << ((32 - shift) & 31)
    }
}
