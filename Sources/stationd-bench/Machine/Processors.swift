import CLinux

/// The processors of this machine, and who uses which.
///
/// The server and its child processes share one, and the generator has another. So a figure is that of one core, and
/// does not depend on where the kernel places the two.
struct Processors: Hashable, Sendable {
    /// The generator's processor; nil if nothing is pinned.
    let generator: Int?
    /// The server's processor; nil if nothing is pinned.
    let server: Int?

    /// The number of processors that the program could use before it was pinned to one.
    static let allowedCount = allowed.count

    /// Whether this process is pinned to one of several.
    static var isPinned: Bool { allowedCount > 1 && allowed.count == 1 }

    /// Assigns the processors if there are two or more: the first to the generator, the next one on another core to the
    /// server.
    init(isPinning: Bool) {
        let allowed = Self.allowed
        _ = Self.allowedCount
        let isPossible = isPinning && allowed.count > 1
        generator = isPossible ? allowed[0] : nil
        server =
            isPossible ? allowed.dropFirst().first { !Self.siblings(of: allowed[0]).contains($0) } ?? allowed[1] : nil
    }

    /// The hardware threads of a processor's core, including itself.
    private static func siblings(of processor: Int) -> [Int] {
        list(BenchFiles.text("/sys/devices/system/cpu/cpu\(processor)/topology/thread_siblings_list"))
    }

    /// The numbers in a list such as `0-1,4`.
    static func list(_ text: String) -> [Int] {
        text.split { $0 == "," || $0.isWhitespace }.flatMap { word -> [Int] in
            let ends = word.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last, last < 8192 else { return [] }
            return Array(first...last)
        }
    }

    /// The processors that this process may run on, in ascending order.
    static var allowed: [Int] {
        var set = clinux_processors()
        guard unsafe clinux_processors_get(&set) >= 0 else { return [] }
        return unsafe withUnsafeBytes(of: &set.words) { bytes in
            (0..<bytes.count * 8).filter { unsafe bytes[$0 >> 3] >> UInt8($0 & 7) & 1 == 1 }
        }
    }

    /// Runs `body` on the server's processor, for a measurement that the server is compared with.
    func onServers<Result>(_ body: () throws(BenchFault) -> Result) throws(BenchFault) -> Result {
        guard let server, let generator else { return try body() }
        Self.pin(to: server)
        defer { Self.pin(to: generator) }
        return try body()
    }

    /// Pins this process, and those that it starts, to one processor.
    static func pin(to processor: Int) {
        var set = clinux_processors()
        unsafe withUnsafeMutableBytes(of: &set.words) { bytes in
            if processor >> 3 < bytes.count { unsafe bytes[processor >> 3] = 1 << UInt8(processor & 7) }
        }
        _ = unsafe clinux_processors_set(&set)
    }
}
