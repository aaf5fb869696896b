import Bytes

/// The time that a stop may take, and the child processes that it waits for.
struct Drain {
    /// Child processes are waited for only this long: they end with this process, and their work is done again.
    private static let childGraceMillis: Int64 = 1_000

    /// Set when a stop was requested: by then everything is closed.
    private(set) var deadline: MonotonicTime?
    /// Until then child processes may still end by themselves; after it no turn waits for them.
    private(set) var childDeadline: MonotonicTime?
    /// The number of child processes that have not ended.
    var childCount = 0

    /// Whether a stop was requested.
    var isDraining: Bool { deadline != nil }

    mutating func begin(timeoutMillis: Int64, now: MonotonicTime) {
        deadline = now.advanced(byMilliseconds: timeoutMillis)
        childDeadline = now.advanced(byMilliseconds: min(Self.childGraceMillis, timeoutMillis))
    }

    /// Whether nothing is left to wait for but connections.
    func isDone(now: MonotonicTime) -> Bool {
        guard isDraining, let childDeadline else { return false }
        return childCount == 0 || childDeadline <= now
    }
}
