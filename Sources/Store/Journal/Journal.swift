import Bytes
import Platform

/// The journal as the serving process writes it: records in one order, each with its sequence, made durable in batches.
///
/// `append` stages a record in memory. `beginCommit` writes what is staged by one call and says what is to be
/// synchronized, which may happen beside the caller; `endCommit` reports its end. Until then nobody may be told of the
/// records. What is staged meanwhile waits for the next commit, so no more than one write is ever unsynchronized, as
/// recovery assumes. `commit` does all of it at once. If a record does not fit into the segment in use, `append`
/// already starts the next one: if that cannot be made, `append` refuses, and nothing has been promised.
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
    /// The staged bytes of segments that are full, oldest first.
    private var sealedWrites: [SealedWrite] = []
    /// The journal's directory while its names have changed and no commit has included that yet.
    private var changedDirectory: DiskFile?
    /// The commit under way.
    private var commitUnderWay: CommitUnderWay?

    struct Live {
        var segment: Segment
        let file: DiskFile
        /// Where the staged bytes go.
        var writtenEnd: Int
        /// Whether its name and its header are durable.
        var isDurable: Bool
    }

    private struct SealedWrite {
        let file: DiskFile
        let bytes: [UInt8]
        let offset: Int
        /// The last record in these bytes.
        let last: UInt64
    }

    private struct CommitUnderWay {
        let request: SyncRequest
        /// The last record that is durable once the commit has ended.
        let last: UInt64
        /// Whether nothing more will be written to the file.
        var closesFile: Bool
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
            live = Live(segment: last, file: file, writtenEnd: last.end, isDurable: true)
        }
    }

    deinit {
        for write in sealedWrites { disk.close(write.file) }
        if let commitUnderWay { close(after: commitUnderWay) }
        if let changedDirectory { disk.close(changedDirectory) }
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

    /// Whether everything is durable that was staged, and every change of names.
    public var isSettled: Bool { commitUnderWay == nil && !hasStaged && changedDirectory == nil }

    /// Writes what is staged, unless a commit is under way.
    ///
    /// A batch that extends over the end of a segment takes two commits: a segment must be durable before the next one
    /// has records, or a crash could leave a gap between them.
    ///
    /// - Returns: what is to be synchronized before `endCommit`; nil if there is nothing to do.
    /// - Throws: `journalFailed`; then the process must end without answering anyone.
    public func beginCommit() throws(StoreError) -> SyncRequest? {
        if let failure { throw .journalFailed(failure) }
        guard commitUnderWay == nil, hasStaged || changedDirectory != nil else { return nil }
        var request = SyncRequest()
        var last = committedSequence
        var closesFile = false
        do throws(DiskError) {
            if let write = sealedWrites.first {
                try disk.write(write.file, write.bytes, at: write.offset)
                sealedWrites.removeFirst()
                request.file = write.file
                last = write.last
                closesFile = true
            } else if let live, !batch.isEmpty {
                try disk.write(live.file, batch.bytes, at: live.writtenEnd)
                self.live?.writtenEnd = live.segment.end
                batch.removeAll()
                request.file = live.file
                last = nextSequence - 1
            }
        } catch {
            failure = error
            throw .journalFailed(error)
        }
        request.directory = changedDirectory
        changedDirectory = nil
        commitUnderWay = CommitUnderWay(request: request, last: last, closesFile: closesFile)
        return request
    }

    /// Ends the commit under way, which the synchronization has made durable.
    ///
    /// - Parameter error: why the synchronization has failed; nil if it has not.
    /// - Throws: `journalFailed`; then the process must end without answering anyone.
    public func endCommit(_ error: ErrorNumber? = nil) throws(StoreError) {
        guard let commit = commitUnderWay else { return }
        commitUnderWay = nil
        close(after: commit)
        if let error {
            let failure = DiskError(.synchronize, path: live?.segment.path ?? StorePath.journal, number: error)
            self.failure = failure
            throw .journalFailed(failure)
        }
        committedSequence = commit.last
        if let live, commit.request.file == live.file { self.live?.isDurable = true }
    }

    private func close(after commit: CommitUnderWay) {
        if commit.closesFile, let file = commit.request.file { disk.close(file) }
        if let directory = commit.request.directory { disk.close(directory) }
    }

    /// Makes everything staged durable here and now: one write and one synchronization, one more of each if the batch
    /// extends over the end of a segment, and none if nothing is staged.
    ///
    /// - Precondition: no commit is under way.
    /// - Throws: `journalFailed`; then the process must end without answering anyone.
    public func commit() throws(StoreError) {
        precondition(commitUnderWay == nil, "a synchronization under way must not be tried a second time")
        while let request = try beginCommit() {
            do throws(DiskError) {
                if let file = request.file { try disk.synchronize(file) }
                if request.directory != nil { try disk.synchronizeDirectory(StorePath.journal) }
            } catch {
                try endCommit(error.number)
            }
            try endCommit()
        }
    }

    /// Skips the numbers up to `sequence`, which were used by something that the journal no longer has.
    ///
    /// - Precondition: nothing is staged, and no commit is under way.
    public func skip(through sequence: UInt64) {
        precondition(isSettled, "numbers can be skipped only between batches")
        guard sequence >= nextSequence, sequence < UInt64.max else { return }
        nextSequence = sequence + 1
        committedSequence = sequence
    }

    // MARK: The next segment

    /// Whether nothing can be appended, because of `readOnlyCause`: there is no space, or a file cannot be made or
    /// moved.
    public var isReadOnly: Bool { readOnlyCause != nil }

    /// Whether nothing can be appended until the process ends.
    public private(set) var isWriteProtected = false

    /// Refuses all records from now on, because the file system is read-only.
    ///
    /// - Precondition: nothing is staged, and no commit is under way.
    public func protect(_ cause: DiskError) {
        precondition(!hasStaged && commitUnderWay == nil, "a journal is protected when it has been opened")
        isWriteProtected = true
        readOnlyCause = cause
    }

    /// Whether it is time for a child process to run `SegmentPreparation`: the segment in use is more than half full,
    /// or there is none, and no next one is ready.
    public var wantsNextSegment: Bool {
        guard failure == nil, !hasNextSegment, !isWriteProtected else { return false }
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

    /// In the read-only state, tries again to move strays aside and to start the next segment.
    ///
    /// - Returns: whether records can be appended.
    public func retryNextSegment() -> Bool {
        guard failure == nil, !isWriteProtected else { return false }
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

    /// Starts the next segment and stages its header.
    private func roll() throws(StoreError) {
        let path = StorePath.segment(first: nextSequence)
        let file: DiskFile
        let capacity: Int
        do {
            if changedDirectory == nil { changedDirectory = try disk.openDirectory(StorePath.journal) }
            (file, capacity) = try claimNextSegment(as: path)
        } catch {
            readOnlyCause = error
            throw .full(error)
        }
        hasNextSegment = false
        if let live { seal(live) }
        batch = JournalBatch()
        batch.append(header: JournalHeader(epoch: epoch, first: nextSequence))
        let segment = Segment(path: path, first: nextSequence, last: nil, end: batch.bytes.count, capacity: capacity)
        live = Live(segment: segment, file: file, writtenEnd: 0, isDurable: false)
    }

    /// Sets the segment in use aside as full. Its file is closed once everything in it is durable.
    private func seal(_ live: Live) {
        sealed.append(live.segment)
        if !batch.isEmpty {
            sealedWrites.append(
                SealedWrite(file: live.file, bytes: batch.bytes, offset: live.writtenEnd, last: nextSequence - 1))
        } else if commitUnderWay?.request.file == live.file {
            commitUnderWay?.closesFile = true
        } else {
            disk.close(live.file)
        }
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
        // None is ready, and writing zeros would take long. The file becomes durable with its first records.
        let file = try SegmentPreparation.makeUnwritten(
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

    /// Whether a segment may be removed now: the removal before it is durable, and so are the name and header of the
    /// segment in use, which tell the next number once the one before it is gone.
    public var canRetire: Bool {
        live?.isDurable == true && changedDirectory == nil && commitUnderWay?.request.directory == nil
    }

    /// Removes the oldest full segment if its records are all at most `sequence`. That is durable with the next commit,
    /// and until then no other is removed: a crash could keep an older segment and lose a newer one.
    ///
    /// - Returns: whether a segment was removed.
    /// - Throws: `disk`, `journalFailed`; then nothing was removed.
    @discardableResult
    public func retireOldest(through sequence: UInt64) throws(StoreError) -> Bool {
        if let failure { throw .journalFailed(failure) }
        guard canRetire, let oldest = sealed.first, (oldest.last ?? 0) <= min(sequence, committedSequence) else {
            return false
        }
        do {
            changedDirectory = try disk.openDirectory(StorePath.journal)
            try disk.unlinkIfPresent(oldest.path)
        } catch {
            throw .disk(error)
        }
        sealed.removeFirst()
        return true
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
