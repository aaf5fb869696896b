import Platform
import Store

/// What is to go wrong on a disk, for all processes that use it.
final class DiskFaults {
    /// So many reads of the journal or of documents fail with EIO.
    var failingReads = 0
    /// The synchronization after so many more fails, and what it was for is lost.
    var syncsUntilFailure: Int?
    /// Calls that need space fail with ENOSPC.
    ///
    /// Never behind a failed synchronization: what a start has read then is made certain by a copy, for which there
    /// must be space (`SegmentRecovery`). Without it a power cut may take what was told meanwhile; that limit is known.
    var isFull = false { didSet { isFull = isFull && !hasFailedToSynchronize } }
    private var hasFailedToSynchronize = false
    /// Microseconds of the world: when there is space again.
    var fullUntil: Int64 = 0
    /// Whether a write within which the process dies has written a part.
    var writesPart = false
    /// Faults that have happened.
    private(set) var count = 0
    /// Of these, those for which a start may fail: a full disk is none.
    private(set) var failureCount = 0

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

    /// A call has failed that was not asked to.
    func note() { count += 1 }

    /// A start has made certain what it has read.
    func recovered() { hasFailedToSynchronize = false }

    func takeFailingSync(_ path: String) -> Bool {
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
