import Bytes

/// The time that a stop may take, and the child processes that it waits for.
struct Drain {
    /// The time to wait for child processes: they end with this process, and their work is repeated after a restart.
    private static let childGraceMillis: Int64 = 1_000

    /// When everything is closed regardless; nil until a stop is requested.
    private(set) var deadline: MonotonicTime?
    /// How long a stop waits for child processes.
    private(set) var childDeadline: MonotonicTime?
    /// The number of running child processes.
    var childCount = 0

    /// Whether a stop was requested.
    var isDraining: Bool { deadline != nil }

    mutating func begin(timeoutMillis: Int64, now: MonotonicTime) {
        deadline = now.advanced(byMilliseconds: timeoutMillis)
        childDeadline = now.advanced(byMilliseconds: min(Self.childGraceMillis, timeoutMillis))
    }

    /// Whether a stop was requested and waits for nothing but connections.
    func isDone(now: MonotonicTime) -> Bool {
        guard isDraining, let childDeadline else { return false }
        return childCount == 0 || childDeadline <= now
    }
}
