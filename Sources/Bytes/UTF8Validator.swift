/// Decides, byte by byte, whether what it has seen can still become valid UTF-8 (RFC 3629), and says no at the first
/// byte that makes it impossible: no overlong forms, no surrogates, nothing above U+10FFFF.
public struct UTF8Validator: Sendable {
    /// How many continuation bytes are still owed.
    @usableFromInline var owed: UInt8 = 0
    /// The range that the next continuation byte must be in.
    @usableFromInline var low: UInt8 = 0x80
    @usableFromInline var high: UInt8 = 0xBF

    @inlinable public init() {}

    /// Whether the bytes so far are whole characters.
    @inlinable public var isComplete: Bool { owed == 0 }

    /// Takes more bytes; false at the first that cannot stand where it does.
    @inlinable public mutating func accept(_ bytes: Span<UInt8>) -> Bool {
        for index in 0..<bytes.count where !accept(bytes[index]) { return false }
        return true
    }

    /// Takes one byte; false where it cannot stand here.
    @inlinable public mutating func accept(_ byte: UInt8) -> Bool {
        if owed == 0 {
            if byte < 0x80 { return true }
            return begin(byte)
        }
        guard byte >= low, byte <= high else { return false }
        owed -= 1
        low = 0x80
        high = 0xBF
        return true
    }

    @usableFromInline mutating func begin(_ byte: UInt8) -> Bool {
        switch byte {
        case 0xC2...0xDF: owed = 1
        case 0xE0: (owed, low) = (2, 0xA0)
        case 0xED: (owed, high) = (2, 0x9F)
        case 0xE1...0xEF: owed = 2
        case 0xF0: (owed, low) = (3, 0x90)
        case 0xF4: (owed, high) = (3, 0x8F)
        case 0xF1...0xF3: owed = 3
        default: return false
        }
        return true
    }
}
