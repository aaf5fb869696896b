/// Checks UTF-8 (RFC 3629) byte by byte and fails at the first byte that cannot be part of valid text: overlong forms,
/// surrogates, and anything above U+10FFFF.
public struct UTF8Validator: Sendable {
    /// The number of continuation bytes still missing.
    @usableFromInline var owed: UInt8 = 0
    /// The lowest and highest value allowed for the next continuation byte.
    @usableFromInline var low: UInt8 = 0x80
    @usableFromInline var high: UInt8 = 0xBF

    /// Creates a validator at the start of a text.
    @inlinable public init() {}

    /// Whether the bytes so far end at a character's end.
    @inlinable public var isComplete: Bool { owed == 0 }

    /// Checks the next bytes; false if one of them is not valid where it stands.
    @inlinable public mutating func accept(_ bytes: Span<UInt8>) -> Bool {
        for index in 0..<bytes.count where !accept(bytes[index]) { return false }
        return true
    }

    /// Checks the next byte; false if it is not valid here.
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
