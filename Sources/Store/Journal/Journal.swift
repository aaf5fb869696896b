import Bytes
import Platform

/// The journal as the serving process writes it: records in one order, each with its sequence, made durable in batches.
///
/// `append` stages a record in memory. `commit` writes everything staged by one call and synchronizes once; until it
/// has returned, nobody may be told of the records. If a record does not fit into the segment in use, `append` already
/// starts the next one: if that cannot be made, `append` refuses, and nothing has been promised.
///
/// A failed write or synchronization is never repeated. From then on everything throws `journalFailed`.
///
/// `Recovery.run` opens it.
public final class Journal {
    /// The random name that distinguishes this journal's sequences from all others.
    public let epoch: String
    /// The sizes of segments and records.
    public let limits: JournalLimits

    /// The sequence of the next record.
    public private(set) var nextSequence: UInt64
    /// The last durable sequence; 0 while there is none.
    public private(set) var committedSequence: UInt64
    /// Why the next segment could not be made, or a stray not be moved aside. Nothing can be appended until this is
    /// nil.
    public private(set) var readOnlyCause: DiskError?
    /// Whether a segment is ready, as far as this process has been told.
    public private(set) var hasNextSegment: Bool

    let disk: any Disk
    /// The full segments, oldest first.
    var sealed: [Segment]
    /// The segment that is being filled, open.
    var live: Live?
    /// Segment files that do not belong to this journal: recovery has skipped them, and had no space to move them
    /// aside.
    private var strays: [String]
    private var failure: DiskError?

    private var batch = JournalBatch()
    /// The staged bytes of segments that became full within this batch.
    private var sealedWrites: [SealedWrite] = []
    /// Whether a segment was started within this batch.
    private var directoryHasNewName = false

    struct Live {
        var segment: Segment
        let file: DiskFile
        /// Where the staged bytes go.
        var committedEnd: Int
    }

    private struct SealedWrite {
        let file: DiskFile
        let bytes: [UInt8]
        let offset: Int
    }

    /// - Parameters:
    ///   - segments: oldest first.
    ///   - live: the open file of the last segment, to append to; nil if there is no segment.
    ///   - strays: segment files that do not belong to this journal.
    init(
        disk: any Disk, epoch: String, limits: JournalLimits, segments: [Segment], live file: DiskFile?,
        strays: [String], nextSequence: UInt64, hasNextSegment: Bool
    ) {
        self.disk = disk
        self.epoch = epoch
        self.limits = limits
        self.nextSequence = nextSequence
        self.hasNextSegment = hasNextSegment
        committedSequence = nextSequence - 1
        self.strays = strays
        readOnlyCause = strays.first.map { DiskError(.rename, path: $0, number: .noSpace) }
        sealed = segments
        if let file, let last = sealed.popLast() {
            live = Live(segment: last, file: file, committedEnd: last.end)
        }
    }

    deinit {
        for write in sealedWrites { disk.close(write.file) }
        if let live { disk.close(live.file) }
    }

    // MARK: Writing

    /// Stages a record, which the next `commit` makes durable, and returns its sequence.
    ///
    /// - Parameter record: a compact JSON object without LF that begins with `{"seq":N,`, N being `nextSequence`.
    /// - Throws: `full`, `recordTooLarge`, `numbersUsedUp`, `journalFailed`; then nothing is staged.
    @discardableResult
    public func append(_ record: [UInt8]) throws(StoreError) -> UInt64 {
        try reserve(bytes: record.count)
        precondition(JournalLine.sequence(record.span) == nextSequence, "a record must begin with the next sequence")
        precondition(record.span.firstIndex(of: JournalLine.lineFeed, from: 0) == nil, "a record must not contain LF")
        let start = live?.segment.end ?? 0
        let sequence = nextSequence
        batch.append(record: record)
        live?.segment.index.note(sequence, at: start)
        live?.segment.last = sequence
        live?.segment.end = start + record.count + JournalLine.overhead
        nextSequence += 1
        return sequence
    }

    /// Makes sure that a record of `bytes` can be appended, and starts the next segment if it must.
    ///
    /// - Throws: `full`, `recordTooLarge`, `numbersUsedUp`, `journalFailed`.
    public func reserve(bytes: Int) throws(StoreError) {
        if let failure { throw .journalFailed(failure) }
        guard hasNumbers else { throw .numbersUsedUp }
        guard bytes <= limits.recordBytesMax else {
            throw .recordTooLarge(bytes: bytes, max: limits.recordBytesMax)
        }
        if let readOnlyCause { throw .full(readOnlyCause) }
        if let live, live.segment.capacity - live.segment.end >= bytes + JournalLine.overhead { return }
        try roll()
    }

    /// Whether a number is left for the next record. No journal uses them all up by itself, but a file that names a
    /// record near the highest number, as a slip in an editor can make it do, is believed.
    public var hasNumbers: Bool { nextSequence <= JournalLine.sequenceMax }

    /// Whether a record of `bytes` can be appended now. Like `reserve`, it may start the next segment.
    public func canAppend(bytes: Int) -> Bool { (try? reserve(bytes: bytes)) != nil }

    /// Whether anything is staged.
    public var hasStaged: Bool { !batch.isEmpty || !sealedWrites.isEmpty }

    /// Makes everything staged durable: one write and one synchronization, one more of each if the batch extends over
    /// the end of a segment, and none if nothing is staged.
    ///
    /// - Throws: `journalFailed`; then the process must end without answering anyone.
    public func commit() throws(StoreError) {
        if let failure { throw .journalFailed(failure) }
        guard hasStaged else { return }
        do throws(DiskError) {
            // A segment must be durable before the next one has records, or a crash could leave a gap between them.
            for write in sealedWrites {
                try disk.write(write.file, write.bytes, at: write.offset)
                try disk.synchronize(write.file)
                disk.close(write.file)
            }
            sealedWrites = []
            if directoryHasNewName { try disk.synchronizeDirectory(StorePath.journal) }
            directoryHasNewName = false
            if let live, !batch.isEmpty {
                try disk.write(live.file, batch.bytes, at: live.committedEnd)
                try disk.synchronize(live.file)
            }
        } catch {
            failure = error
            throw .journalFailed(error)
        }
        if let end = live?.segment.end { live?.committedEnd = end }
        batch.removeAll()
        committedSequence = nextSequence - 1
    }

    /// Skips the numbers up to `sequence`, which were used by something that the journal no longer has.
    ///
    /// - Precondition: nothing is staged.
    public func skip(through sequence: UInt64) {
        precondition(!hasStaged, "numbers can be skipped only between batches")
        guard sequence >= nextSequence, sequence < UInt64.max else { return }
        nextSequence = sequence + 1
        committedSequence = sequence
    }

    // MARK: The next segment

    /// Whether nothing can be appended, because of `readOnlyCause`: there is no space, or a file cannot be made or
    /// moved.
    public var isReadOnly: Bool { readOnlyCause != nil }

    /// Whether it is time for a child process to run `SegmentPreparation`: the segment in use is more than half full,
    /// or there is none, and no next one is ready.
    public var wantsNextSegment: Bool {
        guard failure == nil, !hasNextSegment else { return false }
        guard !isReadOnly, let live else { return true }
        return live.segment.end > live.segment.capacity / 2
    }

    /// Tells the journal that `SegmentPreparation` has succeeded. This ends the read-only state unless there are
    /// strays.
    public func nextSegmentIsReady() {
        hasNextSegment = true
        if strays.isEmpty { readOnlyCause = nil }
    }

    /// Whether there are segment files on the disk that do not belong to this journal. Another process that reads the
    /// journal, such as a checkpointer, cannot tell them from its own segments, and must not start.
    public var hasStrays: Bool { !strays.isEmpty }

    private func moveStraysAside() throws(DiskError) {
        guard hasStrays else { return }
        // Once they have been moved, nothing else says which numbers they may have held.
        try disk.replace(Cursors.path(Cursors.recovery), with: Cursors.encode(nextSequence - 1))
        try disk.synchronizeDirectory(StorePath.cursors)
        while let path = strays.last {
            do {
                _ = try Quarantine(disk: disk).move(path)
            } catch {
                guard error.number == .noSuchFile else { throw error }
            }
            strays.removeLast()
        }
    }

    /// In the read-only state, tries again to move strays aside and to start the next segment, made here and now.
    ///
    /// - Returns: whether records can be appended.
    public func retryNextSegment() -> Bool {
        guard failure == nil else { return false }
        guard isReadOnly else { return true }
        do {
            try moveStraysAside()
        } catch {
            readOnlyCause = error
            return false
        }
        readOnlyCause = nil
        return (try? roll()) != nil
    }

    /// Starts the next segment, made here if none is ready, and stages its header.
    private func roll() throws(StoreError) {
        let path = StorePath.segment(first: nextSequence)
        let file: DiskFile
        let capacity: Int
        do {
            (file, capacity) = try claimNextSegment(as: path)
        } catch {
            readOnlyCause = error
            throw .full(error)
        }
        hasNextSegment = false
        directoryHasNewName = true
        if let live {
            sealed.append(live.segment)
            if batch.isEmpty {
                disk.close(live.file)
            } else {
                sealedWrites.append(SealedWrite(file: live.file, bytes: batch.bytes, offset: live.committedEnd))
            }
        }
        batch = JournalBatch()
        batch.append(header: JournalHeader(epoch: epoch, first: nextSequence))
        let segment = Segment(path: path, first: nextSequence, last: nil, end: batch.bytes.count, capacity: capacity)
        live = Live(segment: segment, file: file, committedEnd: 0)
    }

    private func claimNextSegment(as path: String) throws(DiskError) -> (DiskFile, capacity: Int) {
        // A child may have made it without this process being told; and one made under a smaller limit is of no use.
        if let file = try? disk.open(StorePath.nextSegment, for: .readingAndWriting) {
            do {
                let capacity = try disk.size(file)
                if capacity >= limits.segmentBytes {
                    try disk.rename(StorePath.nextSegment, to: path)
                    return (file, capacity)
                }
                disk.close(file)
            } catch {
                disk.close(file)
                throw error
            }
        }
        let file = try SegmentPreparation.make(
            disk, bytes: limits.segmentBytes, temporary: StorePath.rolledSegmentTemporary, path: path)
        return (file, limits.segmentBytes)
    }

    // MARK: Contents and retention

    /// The first sequence still in the journal; `nextSequence` if it is empty.
    public var oldestSequence: UInt64 { sealed.first?.first ?? live?.segment.first ?? nextSequence }

    /// The number of segments.
    public var segmentCount: Int { sealed.count + (live == nil ? 0 : 1) }

    /// The size of all segments in bytes, including the zeros written ahead.
    public var bytes: Int { sealed.reduce(live?.segment.capacity ?? 0) { $0 + $1.capacity } }

    /// The size in bytes of the segments that have records above `sequence`. O(number of those).
    public func bytes(above sequence: UInt64) -> Int {
        guard sequence < nextSequence - 1 else { return 0 }
        let full = sealed.reversed().prefix { ($0.last ?? 0) > sequence }
        return full.reduce(live?.segment.capacity ?? 0) { $0 + $1.capacity }
    }

    /// Whether a record of `bytes` fits into the segment in use. Unlike `reserve`, it never starts another.
    public func hasRoom(forRecordOf bytes: Int) -> Bool {
        guard let live else { return false }
        return live.segment.capacity - live.segment.end >= bytes + JournalLine.overhead
    }

    /// The last sequence of the oldest full segment, which `retire` would remove first; nil if only the segment in use
    /// is left.
    public var oldestSegmentEnd: UInt64? { sealed.first.map { $0.last ?? 0 } }

    /// Removes full segments whose records are all at most `sequence`, oldest first. Does nothing while records are
    /// staged.
    ///
    /// - Returns: the number of segments removed.
    /// - Throws: `disk`, `journalFailed`; segments removed before the error stay removed.
    @discardableResult
    public func retire(through sequence: UInt64) throws(StoreError) -> Int {
        if let failure { throw .journalFailed(failure) }
        var count = 0
        // The name and header of the segment in use must be durable before the one before it is removed: they tell the
        // next number.
        while !hasStaged, let oldest = sealed.first, (oldest.last ?? 0) <= min(sequence, committedSequence) {
            let disk = disk
            try onDisk { () throws(DiskError) in
                try disk.unlinkIfPresent(oldest.path)
                // One by one, or a crash could keep an older segment and lose a newer one.
                try disk.synchronizeDirectory(StorePath.journal)
            }
            sealed.removeFirst()
            count += 1
        }
        return count
    }
}

/// The sizes of a journal.
public struct JournalLimits: Hashable, Sendable {
    /// The highest value of `recordBytesMax`, which tells readers when to stop looking for the end of a line.
    public static let recordBytesCeiling = 16 * 1024 * 1024

    /// The size of new segments, in bytes. Existing segments keep theirs.
    public let segmentBytes: Int
    /// The length of the longest record, in bytes.
    public let recordBytesMax: Int

    /// - Precondition: `0 < recordBytesMax <= recordBytesCeiling`, and `segmentBytes >= recordBytesMax + 512`: a
    ///   segment holds its header and at least one record.
    public init(segmentBytes: Int = 4 * 1024 * 1024, recordBytesMax: Int = 1024 * 1024) {
        precondition(recordBytesMax > 0 && recordBytesMax <= Self.recordBytesCeiling, "recordBytesMax is out of range")
        precondition(segmentBytes >= recordBytesMax + 512, "a segment must hold its header and one record")
        self.segmentBytes = segmentBytes
        self.recordBytesMax = recordBytesMax
    }
}
