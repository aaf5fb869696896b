import Platform

/// Gives a data directory a new epoch, with numbers that continue above all used ones.
///
/// The documents must have everything that is in the old journal, since that is removed. The new journal begins with
/// one record, so that it shows by itself how far the numbers had come. Interrupted anywhere, the change leaves a
/// directory that opens without a change to any document, with one epoch or the other, and can be repeated:
///
/// | interrupted after | the next recovery |
/// |---|---|
/// | some segments were removed | begins with the remaining ones, as after any retirement |
/// | the new segment got its name | moves that aside, since it is of another epoch, and keeps the old epoch |
/// | `station.json` was replaced | moves the last segment of the old epoch aside, and has the new epoch |
public enum EpochChange {
    /// Replaces the journal by a new one with one record. The journal must not be used afterwards, even if this throws.
    ///
    /// - Parameters:
    ///   - journal: of the open data directory, with nothing staged.
    ///   - station: the data directory's `station.json`, of which the epoch is replaced.
    ///   - record: makes the first record of the new journal, given its number.
    /// - Returns: that number.
    /// - Throws: `disk`, `journalFailed`.
    /// - Precondition: the checkpointer's cursor is at the journal's last record.
    public static func run(
        _ disk: any Disk, _ journal: Journal, of station: StationFile, to epoch: String,
        record: (UInt64) -> [UInt8]
    ) throws(StoreError) -> UInt64 {
        precondition(StationFile.isValid(epoch: epoch), "an epoch is 1 to 64 letters, digits, - and _")
        let last = journal.committedSequence
        let cursor = try Cursors.read(disk, reader: Cursors.checkpointer) ?? 0
        precondition(journal.isSettled && cursor >= last, "the documents must have everything that is in the journal")
        while try journal.retireOldest(through: last) { try journal.commit() }
        let old = journal.live?.segment.path
        let first = journal.nextSequence
        var batch = JournalBatch()
        batch.append(header: JournalHeader(epoch: epoch, first: first))
        batch.append(record: record(first))
        let segmentBytes = journal.limits.segmentBytes
        do throws(DiskError) {
            let segment = try SegmentPreparation.make(
                disk, bytes: segmentBytes, temporary: StorePath.rolledSegmentTemporary,
                path: StorePath.segment(first: first), content: batch.bytes)
            disk.close(segment)
            try disk.synchronizeDirectory(StorePath.journal)
            let file = StationFile(stationID: station.stationID, epoch: epoch)
            try disk.replace(StorePath.stationFile, with: file.encoded)
            try disk.synchronizeDirectory("")
            if let old { try disk.unlinkIfPresent(old) }
            try disk.synchronizeDirectory(StorePath.journal)
        } catch {
            throw .disk(error)
        }
        return first
    }
}
