import JSON

/// Bringing the documents up to date with the journal: what the checkpointer does, in a process of its own.
///
/// It reads the records behind its cursor, in order, applies each to the documents, writes those that changed and then
/// its cursor. Killed at any point it leaves each document as it was or as it will be, and a cursor that is not ahead
/// of any; the next run does the rest. Committed records never change, so it reads those of the segment in use as well.
/// Before it puts a damaged document aside it sets its cursor back, so that a run cut short there is done again whole.
public enum Checkpoint {
    /// When documents are written though there are more records, so that memory is bounded.
    public struct Limits: Sendable {
        /// Documents in memory.
        public var documentsMax = 1000
        /// Bytes of records applied.
        public var bytesMax = 8 * 1024 * 1024

        public init() {}
    }

    /// What a run has done.
    public struct Outcome: Hashable, Sendable {
        /// The cursor as it is now.
        public var sequence: UInt64
        public var recordCount = 0
        /// Documents written or removed; one that changed between two flushes counts twice.
        public var documentCount = 0
        public var findings: [Finding] = []
    }

    /// Applies the records behind the cursor up to `through`, which must be committed.
    ///
    /// Where a document turns out to be damaged it is put aside, and all that the journal has is applied once more.
    ///
    /// - Parameters:
    ///   - behind: where the cursor is farther than this it is set back to it first, durably.
    ///   - fold: applies one record to the documents. It must depend on nothing but the record and the documents that
    ///     it changes, each for itself: others may be newer.
    /// - Throws: `locked` while another process does the same, `disk`, and what `fold` throws.
    public static func run(
        _ disk: any Disk, behind: UInt64 = .max, through: UInt64, limits: Limits = Limits(),
        fold: (JSONValue, UInt64, inout DocumentSet) throws(StoreError) -> Void
    ) throws(StoreError) -> Outcome {
        guard
            let lock = try onDisk({ () throws(DiskError) in try disk.lock(StorePath.checkpointerLock, waiting: false) })
        else { throw .locked(path: StorePath.checkpointerLock) }
        defer { disk.close(lock) }
        try rewind(disk, to: behind)
        var findings: [Finding] = []
        while true {
            var documents = DocumentSet(disk: disk)
            do {
                var outcome = try apply(&documents, through: through, limits: limits, fold: fold)
                outcome.findings = findings + outcome.findings
                return outcome
            } catch {
                // Each damaged document is met once: afterwards it is not there.
                guard let damaged = documents.damaged else { throw error }
                findings.append(try startAgain(disk, without: damaged.path, because: damaged.problem))
            }
        }
    }

    /// One pass from the cursor on.
    private static func apply(
        _ documents: inout DocumentSet, through: UInt64, limits: Limits,
        fold: (JSONValue, UInt64, inout DocumentSet) throws(StoreError) -> Void
    ) throws(StoreError) -> Outcome {
        let disk = documents.disk
        let cursor = try Cursors.read(disk, reader: Cursors.checkpointer) ?? 0
        var outcome = Outcome(sequence: cursor)
        guard cursor < through else { return outcome }
        let reader = try JournalReader(disk: disk, from: cursor + 1, through: through)
        var bytes = 0
        while let record = try reader.next() {
            documents.sequence = record.sequence
            if let value = try? JSONParser.parse(record.json) {
                try fold(value, record.sequence, &documents)
            } else {
                documents.note(
                    Finding(.damage, file: StorePath.journal, problem: "record \(record.sequence) is not JSON"))
            }
            outcome.recordCount += 1
            bytes += record.json.count
            if documents.count >= limits.documentsMax || bytes >= limits.bytesMax {
                try store(&documents, disk, record.sequence)
                outcome.sequence = record.sequence
                bytes = 0
            }
        }
        if outcome.sequence < through {
            // Where the last records are missing there is nothing to wait for.
            try store(&documents, disk, through)
            outcome.sequence = through
        }
        outcome.documentCount = documents.writtenCount
        outcome.findings = documents.findings
        return outcome
    }

    /// Puts a damaged document aside and the cursor back to before the oldest record, in the other order: whatever cuts
    /// this short, the document comes back with all that the journal has of it.
    private static func startAgain(
        _ disk: any Disk, without path: String, because problem: String
    ) throws(StoreError) -> Finding {
        let oldest = try onDisk { () throws(DiskError) in
            try disk.list(StorePath.journal).compactMap(StorePath.firstSequence(ofSegmentNamed:)).min()
        }
        if let oldest, oldest > 0 { try rewind(disk, to: oldest - 1) }
        let kept = try onDisk { () throws(DiskError) in try Quarantine(disk: disk).move(path) }
        return Finding(.damage, file: path, problem: problem, action: "moved to \(kept) and made anew")
    }

    /// Sets the cursor back, so that the next run applies again what the journal still has behind `sequence`: for
    /// documents that are lost. Those that are not stay as they are.
    ///
    /// What the cursor has passed was durable, by which recovery tells damage from a write that was cut short. That
    /// must not be forgotten with it.
    ///
    /// - Throws: `disk`.
    public static func rewind(_ disk: any Disk, to sequence: UInt64) throws(StoreError) {
        guard let cursor = try Cursors.read(disk, reader: Cursors.checkpointer), cursor > sequence else { return }
        let known = (try? Cursors.read(disk, reader: Cursors.recovery)) ?? 0
        if known < cursor { try Cursors.write(disk, reader: Cursors.recovery, sequence: cursor) }
        try Cursors.write(disk, reader: Cursors.checkpointer, sequence: sequence)
    }

    private static func store(
        _ documents: inout DocumentSet, _ disk: any Disk, _ sequence: UInt64
    ) throws(StoreError) {
        do {
            try documents.flush()
        } catch {
            throw .disk(error)
        }
        try Cursors.write(disk, reader: Cursors.checkpointer, sequence: sequence)
    }
}
