import Bytes
import Platform

/// Giving a data directory a new epoch, with numbers that go on above all that were used.
///
/// All that the old journal has must be in the documents by then: it goes. The new one begins with one record, so that
/// it says itself how far the numbers had come. Cut short anywhere, it leaves a directory that opens without a change
/// to any document, with one epoch or the other, and can be done again:
///
/// | cut behind | the next recovery |
/// |---|---|
/// | some segments were removed | begins with those that are left, as after any retirement |
/// | the new segment is there | moves that aside, since it is of another epoch, and goes on with the old one |
/// | `station.json` was replaced | moves the last segment of the old epoch aside and goes on with the new one |
public enum EpochChange {
    /// - Parameters:
    ///   - journal: of the open data directory, with nothing staged.
    ///   - record: makes the first record of the new journal, which gets this number.
    /// - Returns: that number.
    /// - Throws: `disk`, `journalFailed`. The journal must not be used afterwards.
    /// - Precondition: the checkpointer's cursor is at the journal's last record.
    public static func run(
        _ disk: any Disk, _ journal: Journal, of station: StationFile, to epoch: String,
        record: (UInt64) -> [UInt8]
    ) throws(StoreError) -> UInt64 {
        precondition(StationFile.isValid(epoch: epoch), "an epoch is 1 to 64 letters, digits, - and _")
        let last = journal.committedSequence
        let cursor = try Cursors.read(disk, reader: Cursors.checkpointer) ?? 0
        precondition(!journal.hasStaged && cursor >= last, "the documents must have all that the journal has")
        try journal.retire(through: last)
        let old = journal.live?.segment.path
        let first = journal.nextSequence
        var batch = JournalBatch()
        batch.append(header: JournalHeader(epoch: epoch, first: first))
        batch.append(record: record(first))
        let segmentBytes = journal.limits.segmentBytes
        do throws(DiskError) {
            let file = try SegmentPreparation.make(
                disk, bytes: segmentBytes, temporary: StorePath.rolledSegmentTemporary,
                path: StorePath.segment(first: first), content: batch.bytes)
            disk.close(file)
            try disk.synchronizeDirectory(StorePath.journal)
            var bytes = StationFile(stationID: station.stationID, epoch: epoch).json.encoded(.pretty)
            bytes.append(0x0A)
            try disk.replace(StorePath.stationFile, with: bytes)
            try disk.synchronizeDirectory("")
            if let old { try disk.unlinkIfPresent(old) }
            try disk.synchronizeDirectory(StorePath.journal)
        } catch {
            throw .disk(error)
        }
        return first
    }
}
