import Bytes
import Platform

/// When the station's chores are due: bringing the documents up to date, writing the next segment ahead, trying again
/// after something went wrong.
struct Upkeep {
    /// Documents follow the journal after this time at the latest.
    static let checkpointIntervalMillis: Int64 = 5_000
    /// Or after this many records.
    static let checkpointRecordsMax: UInt64 = 20_000
    /// More records than this are not caught up with at a stop, which must be quick.
    static let lastCheckpointRecordsMax: UInt64 = 250
    /// After a chore has failed.
    static let retryMillis: Int64 = 10_000

    /// The record up to which the documents are up to date.
    var checkpointed: UInt64
    /// The checkpointer's own cursor is farther than that, for it could not be set back at the start.
    var isCursorAhead: Bool
    var checkpoint: (child: ConnectionID, through: UInt64)?
    var preparation: ConnectionID?
    /// No checkpoint before this.
    var nextCheckpoint: MonotonicTime
    /// No further try to have a segment before this.
    var nextPreparation: MonotonicTime
    /// When the service wants to be called.
    var deadline: MonotonicTime?

    init(checkpointed: UInt64, isCursorAhead: Bool, now: MonotonicTime) {
        self.checkpointed = checkpointed
        self.isCursorAhead = isCursorAhead
        nextCheckpoint = now
        nextPreparation = now
    }
}
