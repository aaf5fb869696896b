import JSON

/// Bringing the documents up to date with the journal: what the checkpointer does, in a process of its own.
///
/// It reads the records behind its cursor, in order, applies each to the documents, writes those that changed and then
/// its cursor. Killed at any point it leaves each document as it was or as it will be, and a cursor that is not ahead
/// of any; the next run does the rest. Committed records never change, so it reads those of the segment in use as well.
///
/// A document that is damaged is put aside and made anew of all that the journal has of it. So where the run did not
/// begin with the oldest record it sets its cursor back, durably, and starts again: once, for in a pass from the oldest
/// record on no record of a document comes before the one that meets it first.
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
    /// Where a document turns out to be damaged it is put aside and made anew, by a second pass over all that the
    /// journal has if need be.
    ///
    /// - Parameters:
    ///   - behind: where the cursor is farther than this it is set back to it first, durably.
    ///   - mayStartAgain: whether there may be a second pass, which takes as long as the journal is. Where there may
    ///     not the run ends at a damaged document, which stays as it is; the outcome says how far it came.
    ///   - onFailure: is told what was found where the run fails.
    ///   - fold: applies one record to the documents. It must depend on nothing but the record and the documents that
    ///     it changes, each for itself: others may be newer.
    /// - Throws: `locked` while another process does the same, `disk`, and what `fold` throws.
    public static func run(
        _ disk: any Disk, behind: UInt64 = .max, through: UInt64, limits: Limits = Limits(),
        mayStartAgain: Bool = true, onFailure: ([Finding]) -> Void = { _ in },
        fold: (JSONValue, UInt64, inout DocumentSet) throws(StoreError) -> Void
    ) throws(StoreError) -> Outcome {
        guard
            let lock = try onDisk({ () throws(DiskError) in try disk.lock(StorePath.checkpointerLock, waiting: false) })
        else { throw .locked(path: StorePath.checkpointerLock) }
        defer { disk.close(lock) }
        try rewind(disk, to: behind)
        let beginning = try beginning(disk)
        var documents = DocumentSet(disk: disk, isFromTheOldest: try cursor(disk) <= beginning)
        do throws(StoreError) {
            do throws(StoreError) {
                return try apply(&documents, through: through, limits: limits, fold: fold)
            } catch {
                guard let damaged = documents.damaged else { throw error }
                let action = mayStartAgain ? nil : "left to the next start"
                documents.note(Finding(.damage, file: damaged.path, problem: damaged.problem, action: action))
                guard mayStartAgain else {
                    return Outcome(sequence: try cursor(disk), findings: documents.findings)
                }
                try rewind(disk, to: beginning)
                documents = DocumentSet(disk: disk, isFromTheOldest: true)
                return try apply(&documents, through: through, limits: limits, fold: fold)
            }
        } catch {
            onFailure(documents.findings)
            throw error
        }
    }

    private static func cursor(_ disk: any Disk) throws(StoreError) -> UInt64 {
        try Cursors.read(disk, reader: Cursors.checkpointer) ?? 0
    }

    /// A cursor behind which all records are that the journal has.
    private static func beginning(_ disk: any Disk) throws(StoreError) -> UInt64 {
        let oldest = try onDisk { () throws(DiskError) in
            try disk.list(StorePath.journal).compactMap(StorePath.firstSequence(ofSegmentNamed:)).min()
        }
        return max(oldest ?? 0, 1) - 1
    }

    /// One pass from the cursor on.
    private static func apply(
        _ documents: inout DocumentSet, through: UInt64, limits: Limits,
        fold: (JSONValue, UInt64, inout DocumentSet) throws(StoreError) -> Void
    ) throws(StoreError) -> Outcome {
        let disk = documents.disk
        var outcome = Outcome(sequence: try cursor(disk))
        guard outcome.sequence < through else { return outcome }
        let reader = try JournalReader(disk: disk, from: outcome.sequence + 1, through: through)
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
