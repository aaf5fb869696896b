import Bytes

/// The journal as the process that serves writes it: records in one order, each with its sequence, durable in batches.
///
/// `append` stages a record in memory, `commit` writes all that is staged by one call and synchronizes once; until it
/// has returned nobody may hear of the records. Where a record would not fit into the segment the next one is taken
/// into use, at `append` already: if it cannot be had, `append` refuses and nothing has been promised.
///
/// A write or a synchronization that failed is never repeated. From then on everything throws `journalFailed`.
///
/// Made by `Recovery.run`.
public final class Journal {
    public let epoch: String
    public let limits: JournalLimits

    /// The sequence that the next record will have.
    public private(set) var nextSequence: UInt64
    /// The last durable sequence; 0 while there is none.
    public private(set) var committedSequence: UInt64
    /// Why the next segment could not be had, or a stray not be moved aside, while that is so: nothing can be appended.
    public private(set) var readOnlyCause: DiskError?
    /// Whether a segment lies ready, as far as this process was told.
    public private(set) var hasNextSegment: Bool

    let disk: any Disk
    /// Segments that are full, oldest first.
    var sealed: [Segment]
    /// The segment that is being filled, open.
    var live: Live?
    /// Segment files that are none of this journal's: recovery has passed them over, and had no space to move them.
    private var strays: [String]
    private var failure: DiskError?

    private var batch = JournalBatch()
    /// What is staged for segments that became full within this batch.
    private var sealedWrites: [SealedWrite] = []
    /// Whether a segment was taken into use within this batch.
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
    ///   - live: the file of the last segment, which will be continued; nil if there is no segment.
    ///   - strays: see there.
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

    /// Stages a record and returns its sequence. It becomes durable with the next `commit`.
    ///
    /// - Parameter record: a compact JSON object that begins `{"seq":N,` with N equal to `nextSequence`, without LF.
    /// - Throws: `full`, `recordTooLarge`, `numbersUsedUp`, `journalFailed`; nothing is staged then.
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

    /// Makes sure that a record of `bytes` can be appended, taking the next segment into use if it must.
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

    /// Whether a record can have the next number. No journal comes to the end of them by itself, but a file that names
    /// a record near it, as a slip of an editor can make one, is believed.
    public var hasNumbers: Bool { nextSequence <= JournalLine.sequenceMax }

    /// Whether a record of `bytes` can be appended now. Like `reserve`, it may take the next segment into use.
    public func canAppend(bytes: Int) -> Bool { (try? reserve(bytes: bytes)) != nil }

    /// Whether anything is staged.
    public var hasStaged: Bool { !batch.isEmpty || !sealedWrites.isEmpty }

    /// Makes all that is staged durable: one write and one synchronization, one more of each where the batch goes over
    /// the end of a segment, none where nothing is staged.
    ///
    /// - Throws: `journalFailed`: the process must end without an answer to anyone.
    public func commit() throws(StoreError) {
        if let failure { throw .journalFailed(failure) }
        guard hasStaged else { return }
        do throws(DiskError) {
            // A segment must be durable before the next one has records, or a crash could leave a hole between them.
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

    /// Leaves out the numbers up to `sequence`: they were used by something that the journal no longer has.
    ///
    /// - Precondition: nothing is staged.
    public func skip(through sequence: UInt64) {
        precondition(!hasStaged, "numbers are left out between batches")
        guard sequence >= nextSequence, sequence < UInt64.max else { return }
        nextSequence = sequence + 1
        committedSequence = sequence
    }

    // MARK: The next segment

    /// Whether nothing can be appended, because of `readOnlyCause`: there is no space, or a file cannot be made.
    public var isReadOnly: Bool { readOnlyCause != nil }

    /// Whether it is time to have a child process run `SegmentPreparation`: the segment in use is over half full, or
    /// there is none, and no next one is ready.
    public var wantsNextSegment: Bool {
        guard failure == nil, !hasNextSegment else { return false }
        guard !isReadOnly, let live else { return true }
        return live.segment.end > live.segment.capacity / 2
    }

    /// Tells that `SegmentPreparation` has succeeded. Ends the read-only state, but not where there are strays.
    public func nextSegmentIsReady() {
        hasNextSegment = true
        if strays.isEmpty { readOnlyCause = nil }
    }

    /// Whether there are segment files on the disk that are none of this journal's. Another process that reads it, such
    /// as a checkpointer, cannot tell them from those that are, and must not begin.
    public var hasStrays: Bool { !strays.isEmpty }

    private func moveStraysAside() throws(DiskError) {
        guard hasStrays else { return }
        // Once they are moved nothing tells any more what numbers they may have had.
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

    /// Tries, in the read-only state, once more to move strays aside and to have the next segment, making it here and
    /// now.
    ///
    /// - Returns: whether records can be appended again.
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

    /// Takes the next segment into use, made here if none is ready, and stages its header.
    private func roll() throws(StoreError) {
        let path = StorePath.segment(first: nextSequence)
        let file: DiskFile
        let capacity: Int
        do {
            (file, capacity) = try takeNextSegment(as: path)
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

    private func takeNextSegment(as path: String) throws(DiskError) -> (DiskFile, capacity: Int) {
        // A child may have made it although nobody told so; and one made under a smaller limit is of no use.
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

    // MARK: What there is

    /// The first sequence that the journal still has, or `nextSequence` where it has none.
    public var oldestSequence: UInt64 { sealed.first?.first ?? live?.segment.first ?? nextSequence }

    /// The number of segments.
    public var segmentCount: Int { sealed.count + (live == nil ? 0 : 1) }

    /// The size of all segments in bytes, what is written ahead included.
    public var bytes: Int { sealed.reduce(live?.segment.capacity ?? 0) { $0 + $1.capacity } }

    /// The size of the segments that have records above `sequence`, in bytes. O(such segments).
    public func bytes(above sequence: UInt64) -> Int {
        guard sequence < nextSequence - 1 else { return 0 }
        let full = sealed.reversed().prefix { ($0.last ?? 0) > sequence }
        return full.reduce(live?.segment.capacity ?? 0) { $0 + $1.capacity }
    }

    /// Whether a record of `bytes` goes into the segment in use.
    public func hasRoom(forRecordOf bytes: Int) -> Bool {
        guard let live else { return false }
        return live.segment.capacity - live.segment.end >= bytes + JournalLine.overhead
    }

    /// The last sequence of the oldest full segment, which `retire` would remove first; nil where only the one in use
    /// is left.
    public var oldestSegmentEnd: UInt64? { sealed.first.map { $0.last ?? 0 } }

    /// Removes full segments, oldest first, all of whose records are at most `sequence`. Does nothing while records are
    /// staged.
    ///
    /// - Returns: how many were removed.
    /// - Throws: `disk`; what was removed before is removed.
    @discardableResult
    public func retire(through sequence: UInt64) throws(StoreError) -> Int {
        if let failure { throw .journalFailed(failure) }
        var count = 0
        // The segment in use must be durable by name and header before the one before it goes: it tells the next
        // number.
        while !hasStaged, let oldest = sealed.first, (oldest.last ?? 0) <= min(sequence, committedSequence) {
            let disk = disk
            try onDisk { () throws(DiskError) in
                try disk.unlinkIfPresent(oldest.path)
                // One by one: without this a crash could bring back an older one than it keeps.
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
    /// No record may be allowed to be longer, so that readers know when to stop looking for the end of a line.
    public static let recordBytesCeiling = 16 * 1024 * 1024

    /// The size that a segment is made with. A segment that exists keeps its own.
    public let segmentBytes: Int
    /// The longest record.
    public let recordBytesMax: Int

    /// - Precondition: `0 < recordBytesMax <= recordBytesCeiling`, and a segment holds its header and at least one
    ///   record.
    public init(segmentBytes: Int = 4 * 1024 * 1024, recordBytesMax: Int = 1024 * 1024) {
        precondition(recordBytesMax > 0 && recordBytesMax <= Self.recordBytesCeiling, "recordBytesMax is out of range")
        precondition(segmentBytes >= recordBytesMax + 512, "a segment must hold its header and one record")
        self.segmentBytes = segmentBytes
        self.recordBytesMax = recordBytesMax
    }
}
