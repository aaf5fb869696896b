import Platform

/// Opens a data directory, whatever has happened to it.
///
/// The station starts and says what it found. It refuses to start only where
/// - another process holds the directory's lock,
/// - the directory is in an unknown format,
/// - the disk does not let it work at all: permissions, an error on a directory, a last segment that cannot be made
///   durable, no space for a new directory,
/// - the fault is the process's own: too many open files, no memory.
///
/// The tables under `RecoveryCase` list everything that recovery may find, what it does then and what it reports.
///
/// An error of the device may pass, so recovery reads a thing twice before it puts it aside as unreadable.
public enum Recovery {
    /// The identity of a new data directory, and the sizes of the journal.
    public struct Options: Sendable {
        /// The id in the configuration. A data directory of another station is used, with a warning.
        public var stationID: Int64
        /// A fresh random name, used if there is none yet. See `StationFile.isValid(epoch:)`.
        public var newEpoch: String
        /// The sizes of segments and records.
        public var limits: JournalLimits

        /// - Parameter newEpoch: must be valid, even if it is not used.
        public init(stationID: Int64, newEpoch: String, limits: JournalLimits = JournalLimits()) {
            self.stationID = stationID
            self.newEpoch = newEpoch
            self.limits = limits
        }
    }

    /// A data directory ready for use. It stays locked until its disk is deallocated.
    public struct Outcome {
        /// What `station.json` says, or would say if it could have been written.
        public let station: StationFile
        /// The journal, ready for appending.
        public let journal: Journal
        /// Whether the data directory is new.
        public let isNew: Bool
        /// In the order in which they were found.
        public let findings: [Finding]
        /// The number of records in the journal.
        public let recordCount: Int
        /// The checkpointer's cursor; 0 if there is no readable one.
        public let checkpointed: UInt64
        /// What the documents lack and the journal no longer has; nil if the one continues where the other ends, or if
        /// there is no readable cursor.
        public let hole: ClosedRange<UInt64>?
        /// Up to this event the documents were once: the cursor may have been set back since, to make a damaged
        /// document anew, and what was missing then was accepted.
        public let settled: UInt64
        /// The locks of child processes, if `run` was told to keep them. The caller closes them.
        public fileprivate(set) var childLocks: [DiskFile] = []
    }

    /// Locks the data directory, waits for the child processes of its previous owner, repairs what needs it, and opens
    /// the journal.
    ///
    /// - Parameter keepsChildrenOut: whether the locks of child processes are kept. No checkpointer may run while
    ///   documents are read: it could put a document aside, which would then seem never to have existed, together with
    ///   a cursor that was read before the checkpointer set it back.
    /// - Throws: `locked`, `unknownFormat`, `disk`.
    public static func run(
        _ disk: any Disk, _ options: Options, keepsChildrenOut: Bool = false
    ) throws(StoreError) -> Outcome {
        precondition(StationFile.isValid(epoch: options.newEpoch), "an epoch is 1 to 64 letters, digits, - and _")
        guard let lock = try onDisk({ () throws(DiskError) in try disk.lock(StorePath.lock, waiting: false) })
        else { throw .locked(path: StorePath.lock) }
        var childLocks: [DiskFile] = []
        do {
            // Children of a killed process may still be at work. They hold locks of their own and end soon.
            for path in [StorePath.checkpointerLock, StorePath.segmentLock] {
                let childLock = try onDisk { () throws(DiskError) in try disk.lock(path, waiting: true) }
                if let childLock { childLocks.append(childLock) }
            }
            var recovery = DirectoryRecovery(disk: disk, options: options)
            var outcome = try recovery.run()
            if keepsChildrenOut { outcome.childLocks = childLocks } else { childLocks.forEach(disk.close) }
            return outcome
        } catch {
            for lock in childLocks + [lock] { disk.close(lock) }
            throw error
        }
    }
}
