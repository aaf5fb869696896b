import JSON
import Platform

/// Brings the documents up to the journal. The checkpointer does this in a process of its own.
///
/// It reads the records after its cursor, in order, applies each to the documents, writes the documents that changed,
/// and then its cursor. Killed at any point, it leaves each document as it was or as it will be, and a cursor that is
/// not ahead of any; the next run does the rest. It also reads the segment in use, since committed records never
/// change.
///
/// A damaged document is put aside and rebuilt from everything that the journal has about it. So a run that did not
/// begin with the oldest record sets its cursor back, durably, and starts again. It does so once at most: in a pass
/// from the oldest record, the first record that meets a document is the first one about it.
public enum Checkpoint {
    /// When documents are written although more records follow, so that memory is bounded.
    public struct Limits: Sendable {
        /// The number of documents in memory.
        public var documentsMax = 1000
        /// The number of bytes of the records applied since documents were written last.
        public var bytesMax = 8 * 1024 * 1024

        /// Creates the usual limits.
        public init() {}
    }

    /// What a run has done.
    public struct Outcome: Hashable, Sendable {
        /// The cursor after the run.
        public var sequence: UInt64
        /// The number of records applied by the last pass.
        public var recordCount = 0
        /// The number of documents written or removed. One that is written by two flushes counts twice.
        public var documentCount = 0
        /// What was found wrong with documents and records.
        public var findings: [Finding] = []
    }

    /// Applies the records after the cursor up to `through`, which must be committed.
    ///
    /// A damaged document is put aside and rebuilt, if need be by a second pass over the whole journal.
    ///
    /// - Parameters:
    ///   - behind: a cursor ahead of this is first set back to it, durably.
    ///   - mayStartAgain: whether a second pass is allowed. It takes as long as the journal is. Without it the run ends
    ///     at a damaged document, which stays as it is, and the outcome says how far the run got.
    ///   - onFailure: receives the findings of a run that fails.
    ///   - fold: applies one record to the documents. Each change must depend only on the record and the document that
    ///     it changes: other documents may be newer.
    /// - Throws: `locked` while another process does the same, `disk`, and whatever `fold` throws.
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

    /// The cursor of a reader that has read nothing of the journal.
    private static func beginning(_ disk: any Disk) throws(StoreError) -> UInt64 {
        let oldest = try onDisk { () throws(DiskError) in
            try disk.list(StorePath.journal).compactMap(StorePath.firstSequence(ofSegmentNamed:)).min()
        }
        return max(oldest ?? 0, 1) - 1
    }

    /// Makes one pass, beginning at the cursor.
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
            // The last records are missing, and will not come.
            try store(&documents, disk, through)
            outcome.sequence = through
        }
        outcome.documentCount = documents.writtenCount
        outcome.findings = documents.findings
        return outcome
    }

    /// Sets the cursor back, so that the next run rebuilds lost documents from what the journal still has after
    /// `sequence`. Intact documents do not change.
    ///
    /// Everything that the cursor has passed was durable, and recovery uses that to tell damage from a torn write. So
    /// it is stored as `Cursors.recovery` before the cursor is set back.
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
