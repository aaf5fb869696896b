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

    /// Whether this process runs on one of several.
    static var isPinned: Bool { allowedCount > 1 && allowed.count == 1 }

    /// Where there are two or more processors, the first is the generator's, and the next one that is no second thread
    /// of the same core is the server's.
    init(isPinning: Bool) {
        let allowed = Self.allowed
        _ = Self.allowedCount
        let isPossible = isPinning && allowed.count > 1
        generator = isPossible ? allowed[0] : nil
        server =
            isPossible ? allowed.dropFirst().first { !Self.siblings(of: allowed[0]).contains($0) } ?? allowed[1] : nil
    }

    /// The threads of a processor's core, itself among them.
    private static func siblings(of processor: Int) -> [Int] {
        list(BenchFiles.text("/sys/devices/system/cpu/cpu\(processor)/topology/thread_siblings_list"))
    }

    /// The numbers of a list such as `0-1,4`.
    static func list(_ text: String) -> [Int] {
        text.split { $0 == "," || $0.isWhitespace }.flatMap { word -> [Int] in
            let ends = word.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last, last < 8192 else { return [] }
            return Array(first...last)
        }
    }

    /// The numbers of the processors that this process may run on, rising.
    static var allowed: [Int] {
        var set = clinux_processors()
        guard unsafe clinux_processors_get(&set) >= 0 else { return [] }
        return unsafe withUnsafeBytes(of: &set.words) { bytes in
            (0..<bytes.count * 8).filter { unsafe bytes[$0 >> 3] >> UInt8($0 & 7) & 1 == 1 }
        }
    }

    /// Runs `body` where the server would run, for what is held against the server.
    func onServers<Result>(_ body: () throws(BenchFault) -> Result) throws(BenchFault) -> Result {
        guard let server, let generator else { return try body() }
        Self.pin(to: server)
        defer { Self.pin(to: generator) }
        return try body()
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
