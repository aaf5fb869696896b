import CLinux

/// The processors of this machine, and which of them is whose.
///
/// The server has one for itself and its child processes, the generator another one: so a figure is of one core, and
/// does not depend on where the kernel puts the two.
struct Processors: Hashable, Sendable {
    /// Nil where nothing is pinned.
    let generator: Int?
    let server: Int?

    /// How many there are when the program starts, before it is pinned to one.
    static let allowedCount = allowed.count

    /// Where there are two or more processors, the first is the generator's and the second the server's.
    init(isPinning: Bool) {
        let allowed = Self.allowed
        _ = Self.allowedCount
        let isPossible = isPinning && allowed.count > 1
        generator = isPossible ? allowed[0] : nil
        server = isPossible ? allowed[1] : nil
    }

    /// The numbers of the processors that this process may run on, rising.
    static var allowed: [Int] {
        var set = clinux_processors()
        guard unsafe clinux_processors_get(&set) >= 0 else { return [] }
        return unsafe withUnsafeBytes(of: &set.words) { bytes in
            (0..<bytes.count * 8).filter { unsafe bytes[$0 >> 3] >> UInt8($0 & 7) & 1 == 1 }
        }
    }

    /// This process, and those that it starts, run on this one alone.
    static func pin(to processor: Int) {
        var set = clinux_processors()
        unsafe withUnsafeMutableBytes(of: &set.words) { bytes in
            if processor >> 3 < bytes.count { unsafe bytes[processor >> 3] = 1 << UInt8(processor & 7) }
        }
        _ = unsafe clinux_processors_set(&set)
    }
}
