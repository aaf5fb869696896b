/// A number modulo 2^255 - 19, the field of Curve25519 (RFC 7748, section 4.1; RFC 8032, section 5.1).
///
/// Five limbs of 51 bits, the lowest first. Between two operations a limb may be a little larger, below 2^52 - 38. No
/// branch and no index depends on a value, because most values are derived from a secret.
struct Curve25519Element: Sendable {
    private var limbs: InlineArray<5, UInt64>

    private static let mask: UInt64 = 1 << 51 - 1

    init(limbs: InlineArray<5, UInt64>) { self.limbs = limbs }

    /// A small number.
    init(_ number: UInt64) { limbs = [number, 0, 0, 0, 0] }

    /// Reads 32 bytes, the lowest first. The highest bit is ignored, and a number from 2^255 - 19 on is reduced.
    init(bytes: [UInt8]) {
        precondition(bytes.count == 32, "a number of the field has 32 bytes")
        var limbs = InlineArray<5, UInt64>(repeating: 0)
        for bit in 0..<255 { limbs[bit / 51] |= UInt64(bytes[bit >> 3] >> UInt8(bit & 7) & 1) << UInt64(bit % 51) }
        self.limbs = limbs
    }

    /// The 32 bytes of the number below 2^255 - 19, the lowest first.
    var bytes: [UInt8] {
        var value = carried(limbs)
        // The quotient is 1 if the value is not below the modulus. It is then subtracted by adding 19 and dropping bit
        // 255.
        var quotient: UInt64 = 19
        for index in 0..<5 { quotient = (value.limbs[index] &+ quotient) >> 51 }
        value.limbs[0] &+= 19 &* quotient
        for index in 0..<4 {
            value.limbs[index + 1] &+= value.limbs[index] >> 51
            value.limbs[index] &= Self.mask
        }
        value.limbs[4] &= Self.mask
        var bytes = [UInt8](repeating: 0, count: 32)
        for bit in 0..<255 {
            let one = UInt8(truncatingIfNeeded: value.limbs[bit / 51] >> UInt64(bit % 51) & 1)
            bytes[bit >> 3] |= one << UInt8(bit & 7)
        }
        return bytes
    }

    static func + (left: Self, right: Self) -> Self {
        var sum = left.limbs
        for index in 0..<5 { sum[index] &+= right.limbs[index] }
        return left.carried(sum)
    }

    static func - (left: Self, right: Self) -> Self {
        // Twice the modulus keeps every limb above zero.
        var difference = left.limbs
        for index in 0..<5 { difference[index] &+= (index == 0 ? 1 << 52 - 38 : 1 << 52 - 2) &- right.limbs[index] }
        return left.carried(difference)
    }

    static func * (left: Self, right: Self) -> Self {
        var wide = InlineArray<5, UInt128>(repeating: 0)
        for i in 0..<5 {
            for j in 0..<5 {
                // 2^255 is 19 modulo the modulus.
                let factor = i + j < 5 ? right.limbs[j] : right.limbs[j] &* 19
                wide[i + j < 5 ? i + j : i + j - 5] &+= UInt128(left.limbs[i]) &* UInt128(factor)
            }
        }
        var product = InlineArray<5, UInt64>(repeating: 0)
        var carry: UInt128 = 0
        for index in 0..<5 {
            carry &+= wide[index]
            product[index] = UInt64(truncatingIfNeeded: carry) & mask
            carry >>= 51
        }
        let lowest = UInt128(product[0]) &+ carry &* 19
        product[0] = UInt64(truncatingIfNeeded: lowest) & mask
        product[1] &+= UInt64(truncatingIfNeeded: lowest >> 51)
        return Self(limbs: product)
    }

    /// The multiplicative inverse: the power of 2^255 - 21 (Fermat).
    var inverse: Self { power(ofOnes: 255, but: 2, 4) }

    /// The power of 2^252 - 3, from which RFC 8032, section 5.1.3 makes a square root.
    var rootPower: Self { power(ofOnes: 252, but: 1, 1) }

    /// The power of a number of `count` binary ones, of which those at two places are zeros.
    private func power(ofOnes count: Int, but first: Int, _ second: Int) -> Self {
        var power = self
        for place in stride(from: count - 2, through: 0, by: -1) {
            power = power * power
            if place != first, place != second { power = power * self }
        }
        return power
    }

    /// Exchanges both numbers if `flag` is 1, and not if it is 0, in the same time.
    static func swap(_ left: inout Self, _ right: inout Self, if flag: UInt8) {
        let mask = 0 &- UInt64(flag)
        for index in 0..<5 {
            let difference = (left.limbs[index] ^ right.limbs[index]) & mask
            left.limbs[index] ^= difference
            right.limbs[index] ^= difference
        }
    }

    /// The same number with limbs that fit.
    private func carried(_ limbs: InlineArray<5, UInt64>) -> Self {
        var limbs = limbs
        for index in 0..<4 {
            limbs[index + 1] &+= limbs[index] >> 51
            limbs[index] &= Self.mask
        }
        limbs[0] &+= 19 &* (limbs[4] >> 51)
        limbs[4] &= Self.mask
        return Self(limbs: limbs)
    }
}
