/// An input, read from the front: it says what to do next, and with which bytes.
struct FuzzInput {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }

    /// The next byte; 0 after the end.
    mutating func byte() -> UInt8 {
        guard position < bytes.count else { return 0 }
        position += 1
        return bytes[position - 1]
    }

    /// A number from 0 up to, but not including, `end`.
    mutating func number(below end: Int) -> Int { Int(byte()) % end }

    /// A number of two bytes, the higher one first.
    mutating func long() -> Int { Int(byte()) << 8 | Int(byte()) }

    /// As many bytes as the next byte says, or all that are left.
    mutating func piece() -> [UInt8] { next(Int(byte())) }

    /// The bytes up to the next `separator`, which is skipped.
    mutating func part(endingWith separator: UInt8) -> [UInt8] {
        let end = bytes[position...].firstIndex(of: separator) ?? bytes.count
        let part = next(end - position)
        if position < bytes.count { position += 1 }
        return part
    }

    /// The next `count` bytes, or all that are left.
    mutating func next(_ count: Int) -> [UInt8] {
        let end = min(bytes.count, position + count)
        defer { position = end }
        return Array(bytes[position..<end])
    }

    /// All bytes that are left.
    mutating func rest() -> [UInt8] { next(bytes.count - position) }
}

/// SplitMix64: a generator that gives the same numbers for the same seed.
public struct FuzzGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Creates a generator that starts at `seed`.
    public init(seed: UInt64) { state = seed }

    /// The next number, uniform over all 64-bit values.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

extension [UInt8] {
    /// The bytes in pieces, whose sizes depend on `choice` alone: single bytes, up to 3, or up to 40.
    func pieces(_ choice: UInt8) -> [ArraySlice<UInt8>] {
        var generator = FuzzGenerator(seed: UInt64(choice))
        let sizeMax = choice % 4 == 0 ? 1 : choice % 4 == 1 ? 3 : 40
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < count {
            let end = Swift.min(count, start + 1 + Int(truncatingIfNeeded: generator.next() >> 8) % sizeMax)
            pieces.append(self[start..<end])
            start = end
        }
        return pieces
    }

    /// Creates the UTF-8 bytes of a text.
    init(_ text: String) { self = Array(text.utf8) }

    /// These bytes after a first byte that chooses the case.
    func prefixed(by choice: UInt8) -> [UInt8] { [choice] + self }
}
