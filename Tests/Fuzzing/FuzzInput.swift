/// An input, read from the front: what to do next, and with which bytes.
struct FuzzInput {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }

    /// The next byte; 0 behind the end.
    mutating func byte() -> UInt8 {
        guard position < bytes.count else { return 0 }
        position += 1
        return bytes[position - 1]
    }

    /// A number from 0 up to but without `end`.
    mutating func number(below end: Int) -> Int { Int(byte()) % end }

    /// A number of two bytes.
    mutating func long() -> Int { Int(byte()) << 8 | Int(byte()) }

    /// As many bytes as the next byte says, or as there are.
    mutating func piece() -> [UInt8] { take(Int(byte())) }

    /// The bytes up to the next `separator`, which is passed over.
    mutating func part(endingWith separator: UInt8) -> [UInt8] {
        let end = bytes[position...].firstIndex(of: separator) ?? bytes.count
        let part = take(end - position)
        if position < bytes.count { position += 1 }
        return part
    }

    mutating func take(_ count: Int) -> [UInt8] {
        let end = min(bytes.count, position + count)
        defer { position = end }
        return Array(bytes[position..<end])
    }

    /// All that is left.
    mutating func rest() -> [UInt8] { take(bytes.count - position) }
}

/// SplitMix64: the same numbers from the same seed.
public struct FuzzGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

extension [UInt8] {
    /// The bytes in pieces whose sizes follow from `choice` and from nothing else: single bytes, or any up to 40.
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

    /// The bytes of a text.
    init(_ text: String) { self = Array(text.utf8) }

    /// These bytes behind one that chooses.
    func behind(_ choice: UInt8) -> [UInt8] { [choice] + self }
}
