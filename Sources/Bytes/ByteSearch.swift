/// Byte search, eight bytes at a time: lines and strings are long, and nothing matters in them before their end.
extension Span where Element == UInt8 {
    /// The offset of the first `byte` at or after `start`, or nil.
    public func firstIndex(of byte: UInt8, from start: Int) -> Int? { firstIndex(of: byte, or: byte, from: start) }

    /// The offset of the first `byte` or `other` at or after `start`, or nil.
    public func firstIndex(of byte: UInt8, or other: UInt8, from start: Int) -> Int? {
        var index = Swift.max(start, 0)
        let patterns = (UInt64(byte) &* 0x0101_0101_0101_0101, UInt64(other) &* 0x0101_0101_0101_0101)
        while index <= count - 8 {
            let word = self.word(at: index)
            let found = Self.zeroBytes(word ^ patterns.0) | Self.zeroBytes(word ^ patterns.1)
            if found != 0 { return index + found.trailingZeroBitCount / 8 }
            // The last step overlaps the one before; nothing can be found in the bytes that were already searched.
            index = index < count - 8 ? Swift.min(index + 8, count - 8) : count
        }
        while index < count {
            if self[index] == byte || self[index] == other { return index }
            index += 1
        }
        return nil
    }

    /// The offset of the first byte at or after `start` that is `byte` or `other` or below `limit`, or nil.
    ///
    /// - Precondition: `limit <= 128`.
    public func firstIndex(of byte: UInt8, or other: UInt8, orBelow limit: UInt8, from start: Int) -> Int? {
        precondition(limit <= 128, "the top bit is needed")
        var index = Swift.max(start, 0)
        let patterns = (UInt64(byte) &* 0x0101_0101_0101_0101, UInt64(other) &* 0x0101_0101_0101_0101)
        let limits = UInt64(limit) &* 0x0101_0101_0101_0101
        while index <= count - 8 {
            let word = self.word(at: index)
            let below = (word &- limits) & ~word & 0x8080_8080_8080_8080
            let found = below | Self.zeroBytes(word ^ patterns.0) | Self.zeroBytes(word ^ patterns.1)
            if found != 0 { return index + found.trailingZeroBitCount / 8 }
            index = index < count - 8 ? Swift.min(index + 8, count - 8) : count
        }
        while index < count {
            if self[index] == byte || self[index] == other || self[index] < limit { return index }
            index += 1
        }
        return nil
    }

    /// The eight bytes at `index`, the first one least significant.
    @inline(__always) func word(at index: Int) -> UInt64 {
        // Sound for any bytes: a word has no invalid values, and the offset is checked.
        unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// Sets the top bit of every zero byte. Above the lowest zero byte it may also mark bytes that are one.
    @inline(__always) private static func zeroBytes(_ word: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
    }
}
