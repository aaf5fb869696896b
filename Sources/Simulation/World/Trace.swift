/// What happened in a run, as a number that is the same whenever the same happens, and as sentences where somebody
/// wants to read them.
public struct Trace: Sendable {
    /// FNV-1a of everything that was noted.
    public private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    public private(set) var count = 0
    /// The sentences; empty unless they are kept.
    public private(set) var lines: [String] = []
    /// Whether sentences are kept.
    public var keepsLines = false

    mutating func note(_ values: UInt64...) {
        count += 1
        for value in values {
            for shift: UInt64 in [0, 8, 16, 24, 32, 40, 48, 56] {
                hash = (hash ^ (value >> shift & 0xFF)) &* 0x100_0000_01B3
            }
        }
    }

    mutating func note(_ bytes: [UInt8]) {
        count += 1
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    /// A sentence for people, with the time in microseconds.
    mutating func tell(_ time: Int64, _ sentence: () -> String) {
        guard keepsLines else { return }
        let text = String(time)
        let padded = String(repeating: " ", count: max(0, 10 - text.utf8.count)) + text
        lines.append("\(padded) µs  \(sentence())")
    }
}
