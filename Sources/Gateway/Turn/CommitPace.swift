import Bytes

/// When the next commit begins.
///
/// A commit begins as soon as there is something to make durable and no other is under way. After a slow one it waits
/// for a moment: clients that were just answered send their next requests then, and one that came too late for a commit
/// waits for two. Without that, clients that file one ticket after the other fall into two groups that wait for each
/// other.
struct CommitPace {
    /// The next commit waits for at most this part of the time that the last one took.
    private static let waitShare: Int64 = 8
    private static let waitMillisMax: Int64 = 20

    /// When the commit under way began; nil if none is.
    private var begunAt: MonotonicTime?
    /// The number of events that the last commit has made durable.
    private var lastCount: UInt64 = 0
    /// Until when a smaller number of events than that may wait for more.
    private var waitsUntil: MonotonicTime?

    var isUnderWay: Bool { begunAt != nil }

    mutating func begin(now: MonotonicTime) { begunAt = now }

    /// - Parameter count: the number of events that are durable now and were not before.
    mutating func end(count: UInt64, now: MonotonicTime) {
        guard let begunAt else { return }
        self.begunAt = nil
        lastCount = count
        let wait = min(now.milliseconds(since: begunAt) / Self.waitShare, Self.waitMillisMax)
        waitsUntil = wait > 0 ? now.advanced(byMilliseconds: wait) : nil
    }

    /// When a commit may begin; nil if it may begin now.
    ///
    /// - Parameter count: the number of events that are not durable.
    func wait(count: UInt64, now: MonotonicTime) -> MonotonicTime? {
        guard let waitsUntil, waitsUntil > now, count < lastCount else { return nil }
        return waitsUntil
    }
}
