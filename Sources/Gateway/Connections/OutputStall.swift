import Bytes

/// The output of one connection that waits for its peer, from the moment when the kernel accepts no more until it has
/// accepted everything. A class, because most connections have none.
final class OutputStall {
    /// Since when something waits.
    let start: MonotonicTime
    /// The beginning of the period within which the peer must read enough.
    private(set) var periodStart: MonotonicTime
    /// The bytes that it has read in that period.
    private(set) var readBytes = 0
    /// The bytes that wait, as they are counted in the sum of all.
    var countedBytes = 0

    init(start: MonotonicTime) {
        self.start = start
        periodStart = start
    }

    /// Notes that the peer has read something.
    ///
    /// - Parameter enoughBytes: the number of bytes that begins another period.
    func noteRead(_ count: Int, enoughBytes: Int, now: MonotonicTime) {
        readBytes += count
        guard count > 0, readBytes >= enoughBytes else { return }
        periodStart = now
        readBytes = 0
    }
}
