import Bytes

/// A name that nobody can guess: 120 random bits, spelt in base64url as the reference servers do. Kept as a number,
/// since there are two for every client.
public struct RandomName: Hashable, Comparable, Sendable, CustomStringConvertible {
    private static let byteCount = 15

    /// The first eight bytes, and the other seven behind a zero.
    private let high: UInt64
    private let low: UInt64

    /// Draws a new name.
    public init(using random: inout any RandomNumberGenerator) {
        high = random.next()
        low = random.next() >> 8
    }

    /// Reads what `description` gives; nil where it is nothing of the kind.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 20, let bytes = Base64.decode(Array(text.utf8), as: .url),
            bytes.count == Self.byteCount
        else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    public static func < (left: RandomName, right: RandomName) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    public var description: String {
        var bytes: [UInt8] = []
        for shift in stride(from: 56 as UInt64, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: high >> shift))
        }
        for shift in stride(from: 48 as UInt64, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: low >> shift))
        }
        return Base64.encode(bytes, as: .url)
    }
}
