import Platform
import Store

/// The faults planned for a disk, shared by all processes that use it.
final class DiskFaults {
    /// The number of coming reads that fail with EIO.
    var failingReads = 0
    /// The number of synchronizations that still succeed. The one after them fails, and what it should have made
    /// durable is lost.
    var syncsUntilFailure: Int?
    /// Calls that need space fail with ENOSPC.
    ///
    /// It cannot be set between a failed synchronization and the next start, which copies what it has read to make it
    /// durable and needs space for that (`SegmentRecovery`). Without the copy a power cut may lose what was told
    /// meanwhile; that limit is known.
    var isFull = false { didSet { isFull = isFull && !hasFailedToSynchronize } }
    private var hasFailedToSynchronize = false
    /// When there is space again, in microseconds of the world.
    var fullUntil: Int64 = 0
    /// Whether a write within which the process dies has written a part.
    var writesPart = false
    /// The number of faults that have happened.
    private(set) var count = 0
    /// The number of these that excuse a failing start; a full disk does not.
    private(set) var failureCount = 0

    /// The error with which a call fails, if a fault is due.
    func fault(of operation: DiskOperation, needsSpace: () -> Bool) -> ErrorNumber? {
        if operation == .read, failingReads > 0 {
            failingReads -= 1
            count += 1
            failureCount += 1
            return .inputOutput
        }
        guard isFull, needsSpace() else { return nil }
        count += 1
        return .noSpace
    }

    /// Counts a fault that was not planned here.
    func note() { count += 1 }

    /// A start has succeeded, so everything it read is durable.
    func recovered() { hasFailedToSynchronize = false }

    /// Counts a synchronization; true if it has to fail.
    func nextSyncFails() -> Bool {
        guard let left = syncsUntilFailure else { return false }
        syncsUntilFailure = left > 0 ? left - 1 : nil
        guard left == 0 else { return false }
        hasFailedToSynchronize = true
        isFull = false
        count += 1
        failureCount += 1
        return true
    }
}
