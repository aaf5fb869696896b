import Bytes

/// A name that no one can guess: 120 random bits, spelt in base64url as the reference servers do. It is stored as a
/// number because every client has two.
public struct RandomName: Hashable, Comparable, Sendable, CustomStringConvertible {
    private static let byteCount = 15

    /// The first eight bytes, and the other seven after a zero byte.
    private let high: UInt64
    private let low: UInt64

    /// Draws a new name.
    public init(using random: inout any RandomNumberGenerator) {
        high = random.next()
        low = random.next() >> 8
    }

    /// Parses the text of `description`; nil if it is anything else.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 20, let bytes = Base64.decode(Array(text.utf8), as: .url),
            bytes.count == Self.byteCount
        else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The order of the bytes, for a stable order of clients; it means nothing else.
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
