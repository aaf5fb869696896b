/// A point of the curve Edwards25519 in extended homogeneous coordinates (RFC 8032, section 5.1.4): x = X/Z, y = Y/Z,
/// xy = T/Z.
struct Ed25519Point: Sendable {
    private typealias Element = Curve25519Element

    private var x: Curve25519Element
    private var y: Curve25519Element
    private var z: Curve25519Element
    private var t: Curve25519Element

    /// The neutral element.
    private static let neutral = Self(x: Element(0), y: Element(1))

    /// The generator of the group.
    static let base = Self(
        x: Element(limbs: [
            0x0006_2D60_8F25_D51A, 0x0004_12A4_B4F6_592A, 0x0007_5B71_71A4_B31D, 0x0001_FF60_5271_18FE,
            0x0002_1693_6D3C_D6E5,
        ]),
        y: Element(limbs: [
            0x0006_6666_6666_6658, 0x0004_CCCC_CCCC_CCCC, 0x0001_9999_9999_9999, 0x0003_3333_3333_3333,
            0x0006_6666_6666_6666,
        ]))

    /// The constant d of the curve: -121665/121666.
    private static let d = Element(limbs: [
        0x0003_4DCA_1359_78A3, 0x0001_A828_3B15_6EBD, 0x0005_E7A2_6001_C029, 0x0007_39C6_63A0_3CBB,
        0x0005_2036_CEE2_B6FF,
    ])

    /// A square root of -1.
    private static let rootOfMinusOne = Element(limbs: [
        0x0006_1B27_4A0E_A0B0, 0x0000_D5A5_FC8F_189D, 0x0007_EF5E_9CBD_0C60, 0x0007_8595_A680_4C9E,
        0x0002_B832_4804_FC1D,
    ])

    private init(x: Curve25519Element, y: Curve25519Element) {
        self.x = x
        self.y = y
        z = Element(1)
        t = x * y
    }

    /// Decodes 32 bytes (RFC 8032, section 5.1.3); nil if they are no point or not its canonical spelling.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        let sign = bytes[31] >> 7
        let y = Element(bytes: bytes)
        var canonical = y.bytes
        canonical[31] |= sign << 7
        guard canonical == bytes else { return nil }
        let square = y * y
        let numerator = square - Element(1)
        let denominator = square * Self.d + Element(1)
        let cube = denominator * denominator * denominator
        var x = numerator * cube * (numerator * cube * denominator * denominator * denominator * denominator).rootPower
        if (denominator * x * x).bytes != numerator.bytes { x = x * Self.rootOfMinusOne }
        guard (denominator * x * x).bytes == numerator.bytes else { return nil }
        let parity = x.bytes[0] & 1
        // There is no negative zero.
        if parity != sign { guard x.bytes.contains(where: { $0 != 0 }) else { return nil } }
        self.init(x: parity == sign ? x : Element(0) - x, y: y)
    }

    /// The point as 32 bytes: y, and the lowest bit of x in the highest place.
    var bytes: [UInt8] {
        let inverse = z.inverse
        var bytes = (y * inverse).bytes
        bytes[31] |= (x * inverse).bytes[0] << 7
        return bytes
    }

    /// The point with the other sign.
    var negated: Self { Self(x: Element(0) - x, y: y, z: z, t: Element(0) - t) }

    private init(x: Curve25519Element, y: Curve25519Element, z: Curve25519Element, t: Curve25519Element) {
        (self.x, self.y, self.z, self.t) = (x, y, z, t)
    }

    /// The sum, for any two points: the formulas have no exceptions.
    static func + (left: Self, right: Self) -> Self {
        let a = (left.y - left.x) * (right.y - right.x)
        let b = (left.y + left.x) * (right.y + right.x)
        let c = left.t * right.t * (d + d)
        let product = left.z * right.z
        let (e, f, g, h) = (b - a, product + product - c, product + product + c, b + a)
        return Self(x: e * f, y: g * h, z: f * g, t: e * h)
    }

    /// The multiple by a number of 32 bytes, the lowest first. Each bit costs the same, whether it is set or not.
    static func * (scalar: [UInt8], point: Self) -> Self {
        var (multiple, next) = (neutral, point)
        for place in stride(from: 8 * scalar.count - 1, through: 0, by: -1) {
            let bit = scalar[place >> 3] >> UInt8(place & 7) & 1
            swap(&multiple, &next, if: bit)
            next = next + multiple
            multiple = multiple + multiple
            swap(&multiple, &next, if: bit)
        }
        return multiple
    }

    private static func swap(_ left: inout Self, _ right: inout Self, if flag: UInt8) {
        Element.swap(&left.x, &right.x, if: flag)
        Element.swap(&left.y, &right.y, if: flag)
        Element.swap(&left.z, &right.z, if: flag)
        Element.swap(&left.t, &right.t, if: flag)
    }
}
