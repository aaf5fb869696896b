/// Numbers modulo the order of the group, L = 2^252 + 27742317777372353535851937790883648493 (RFC 8032, section 5.1),
/// as 32 bytes, the lowest first.
enum Ed25519Scalar {
    private static let order: [Int64] = [
        0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ]

    /// Reduces a hash of 64 bytes.
    static func reduced(_ hash: [UInt8]) -> [UInt8] { reduce(hash.map { Int64($0) }) }

    /// `left * right + addend`, reduced.
    static func product(_ left: [UInt8], _ right: [UInt8], plus addend: [UInt8]) -> [UInt8] {
        var sum = addend.map { Int64($0) } + [Int64](repeating: 0, count: 32)
        for i in 0..<32 {
            for j in 0..<32 { sum[i + j] &+= Int64(left[i]) &* Int64(right[j]) }
        }
        return reduce(sum)
    }

    /// Whether a number that a peer sent is below the order, as section 5.1.7 requires.
    static func isReduced(_ scalar: [UInt8]) -> Bool {
        for place in stride(from: 31, through: 0, by: -1) where Int64(scalar[place]) != order[place] {
            return Int64(scalar[place]) < order[place]
        }
        return false
    }

    /// Reduces a number of 64 digits to base 256, each of which may exceed a byte. No step depends on the number.
    private static func reduce(_ number: [Int64]) -> [UInt8] {
        var digits = number
        for high in stride(from: 63, through: 32, by: -1) {
            // 16 L is 2^256 and a rest of 17 bytes: the digit goes, and as many times the rest with it.
            var carry: Int64 = 0
            for place in (high - 32)..<(high - 12) {
                digits[place] &+= carry &- 16 &* digits[high] &* order[place - (high - 32)]
                carry = (digits[place] &+ 128) >> 8
                digits[place] &-= carry << 8
            }
            digits[high - 12] &+= carry
            digits[high] = 0
        }
        var carry: Int64 = 0
        let top = digits[31] >> 4
        for place in 0..<32 {
            digits[place] &+= carry &- top &* order[place]
            carry = digits[place] >> 8
            digits[place] &= 255
        }
        for place in 0..<32 { digits[place] &-= carry &* order[place] }
        for place in 0..<32 {
            digits[place + 1] &+= digits[place] >> 8
            digits[place] &= 255
        }
        return digits.prefix(32).map { UInt8(truncatingIfNeeded: $0) }
    }
}
