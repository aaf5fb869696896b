import JSON

/// Bringing the documents up to date with the journal: what the checkpointer does, in a process of its own.
///
/// It reads the records behind its cursor, in order, applies each to the documents, writes those that changed and then
/// its cursor. Killed at any point it leaves each document as it was or as it will be, and a cursor that is not ahead
/// of any; the next run does the rest. Committed records never change, so it reads those of the segment in use as well.
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
    /// - Parameters:
    ///   - fold: applies one record to the documents. It must depend on nothing but the record and the documents that
    ///     it changes, each for itself: others may be newer.
    /// - Throws: `locked` while another process does the same, `disk`, and what `fold` throws.
    public static func run(
        _ disk: any Disk, through: UInt64, limits: Limits = Limits(),
        fold: (JSONValue, UInt64, inout DocumentSet) throws(StoreError) -> Void
    ) throws(StoreError) -> Outcome {
        guard
            let lock = try onDisk({ () throws(DiskError) in try disk.lock(StorePath.checkpointerLock, waiting: false) })
        else { throw .locked(path: StorePath.checkpointerLock) }
        defer { disk.close(lock) }
        let cursor = try Cursors.read(disk, reader: Cursors.checkpointer) ?? 0
        var outcome = Outcome(sequence: cursor)
        guard cursor < through else { return outcome }
        let reader = try JournalReader(disk: disk, from: cursor + 1, through: through)
        var documents = DocumentSet(disk: disk)
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
    /// - Throws: `disk`.
    public static func rewind(_ disk: any Disk, to sequence: UInt64) throws(StoreError) {
        guard let cursor = try Cursors.read(disk, reader: Cursors.checkpointer), cursor > sequence else { return }
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
