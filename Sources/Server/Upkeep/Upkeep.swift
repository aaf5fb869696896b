import Bytes
import Gateway
import JSON
import Platform
import Store

/// The chores that follow the journal, each in a child process so that no turn waits for it: bringing the documents up
/// to date, writing the next segment ahead, and trying again after something went wrong.
final class Upkeep {
    /// The documents follow the journal within this time.
    static let checkpointIntervalMillis: Int64 = 5_000
    /// A checkpoint starts sooner after this number of records.
    static let checkpointRecordsMax: UInt64 = 20_000
    /// A stop must be quick: it brings the documents up to date only if they lack no more records than this.
    static let lastCheckpointRecordsMax: UInt64 = 250
    /// A failed chore is tried again after this time.
    static let retryMillis: Int64 = 10_000

    private let durable: DurableDesk
    private let disk: any Disk
    private let configuration: LiveConfiguration
    private let upstream: Upstream
    /// Whether the checkpointer's own cursor is ahead of `durable.checkpointed`, because it could not be set back at
    /// the start.
    private var isCursorAhead: Bool
    /// The running checkpoint, and the last record that the documents will include after it.
    private(set) var checkpoint: (child: ConnectionID, through: UInt64)?
    /// The child that writes the next segment.
    private var preparation: ConnectionID?
    /// No checkpoint starts before this.
    private var nextCheckpoint: MonotonicTime
    /// No further attempt to get a segment is made before this.
    private var nextPreparation: MonotonicTime
    /// When `maintain` is to be called, if at all.
    private(set) var deadline: MonotonicTime?

    init(
        durable: DurableDesk, disk: any Disk, configuration: LiveConfiguration, upstream: Upstream,
        isCursorAhead: Bool, now: MonotonicTime
    ) {
        self.durable = durable
        self.disk = disk
        self.configuration = configuration
        self.upstream = upstream
        self.isCursorAhead = isCursorAhead
        nextCheckpoint = now
        nextPreparation = now
    }

    private var journal: Journal { durable.journal }

    /// Starts what is due, and notes when to look again. It is called after each commit, so it must cost nothing.
    func maintain(through loop: EventLoop, now: Moment) {
        deadline = nil
        guard !loop.isDraining, !journal.isWriteProtected else { return }
        if journal.isReadOnly { retrySegment(through: loop, now: now) }
        if durable.isJournalAtLimit { retire(through: loop, now: now) }
        if journal.wantsNextSegment { prepareSegment(through: loop, now: now) }
        if journal.committedSequence > durable.checkpointed { startCheckpoint(through: loop, now: now) }
    }

    private func wake(at deadline: MonotonicTime) {
        self.deadline = .earlier(self.deadline, deadline)
    }

    private func start(_ job: ChildJob, through loop: EventLoop) -> ConnectionID? {
        loop.start(job.command(dataPath: configuration.current.data), timeoutMillis: ChildJob.durationMillisMax)
    }

    /// Handles the end of a child process, if it is one of these.
    func childEnded(_ child: ConnectionID, result: JSONValue, through loop: EventLoop, now: Moment) {
        let isDone = result["done"]?.boolValue == true
        let problem = result["error"]?.stringValue ?? "it ended without a result"
        if preparation == child {
            preparation = nil
            preparationEnded(problem: isDone ? nil : problem, through: loop, now: now)
        } else if let checkpoint, checkpoint.child == child {
            self.checkpoint = nil
            for finding in result["findings"]?.arrayValue ?? [] {
                loop.log.write(.error, "Checkpoint", finding.stringValue ?? "", at: now)
            }
            checkpointEnded(checkpoint.through, problem: isDone ? nil : problem, through: loop, now: now)
        }
        maintain(through: loop, now: now)
    }

    // MARK: Segments

    private func prepareSegment(through loop: EventLoop, now: Moment) {
        guard preparation == nil else { return }
        guard nextPreparation <= now.monotonic else { return wake(at: nextPreparation) }
        nextPreparation = now.monotonic.advanced(byMilliseconds: Self.retryMillis)
        preparation = start(.prepareSegment(bytes: journal.limits.segmentBytes), through: loop)
    }

    private func preparationEnded(problem: String?, through loop: EventLoop, now: Moment) {
        if let problem {
            loop.log.write(.warning, "Journal", "The next segment was not written ahead: \(problem)", at: now)
        } else {
            journal.nextSegmentIsReady()
            // Many segments may be used up before a failed attempt is repeated.
            nextPreparation = now.monotonic
        }
    }

    /// In the read-only state, tries to get a segment: nothing else would notice that there is room again.
    private func retrySegment(through loop: EventLoop, now: Moment) {
        guard nextPreparation <= now.monotonic else { return wake(at: nextPreparation) }
        nextPreparation = now.monotonic.advanced(byMilliseconds: Self.retryMillis)
        if journal.retryNextSegment() {
            loop.log.write(.info, "Journal", "There is a next segment again: changes are accepted", at: now)
        } else {
            let cause = journal.readOnlyCause.map { "\($0)" } ?? "no space"
            loop.log.write(
                .error, "Journal", "No next segment (\(cause)): the station can be read but not changed", at: now)
            wake(at: nextPreparation)
        }
    }

    /// Drops the oldest segment while the journal is at its limit, unless the documents lack some of its records. It is
    /// called again after the commit that makes that durable.
    private func retire(through loop: EventLoop, now: Moment) {
        guard let end = journal.oldestSegmentEnd, end <= durable.checkpointed, journal.canRetire else { return }
        readCursor()
        guard end <= durable.checkpointed else { return }
        do {
            guard try journal.retireOldest(through: end) else { return }
            loop.log.write(.info, "Journal", "Records up to \(end) were dropped: the limit is reached", at: now)
            upstream.warnOfLoss(through: end, through: loop, now: now)
        } catch {
            loop.log.write(.error, "Journal", "\(error)", at: now)
        }
    }

    // MARK: Documents

    private func startCheckpoint(through loop: EventLoop, now: Moment) {
        guard checkpoint == nil, !journal.hasStrays else { return }
        let isUrgent = durable.isJournalAtLimit || durable.isBacklogLong
        let isLong =
            isUrgent || journal.committedSequence - durable.checkpointed >= Self.checkpointRecordsMax
        guard isLong || nextCheckpoint <= now.monotonic else { return wake(at: nextCheckpoint) }
        let through = journal.committedSequence
        nextCheckpoint = now.monotonic.advanced(byMilliseconds: Self.retryMillis)
        let job = ChildJob.checkpoint(behind: durable.checkpointed, through: through, isUrgent: isUrgent)
        checkpoint = start(job, through: loop).map { ($0, through) }
        if checkpoint == nil { wake(at: nextCheckpoint) }
    }

    private func checkpointEnded(_ through: UInt64, problem: String?, through loop: EventLoop, now: Moment) {
        if let problem {
            readCursor(mayBeAhead: true)
            loop.log.write(
                .warning, "Checkpoint", "The documents were not brought up to date: \(problem)", at: now)
        } else {
            durable.checkpointed = through
            isCursorAhead = false
            nextCheckpoint = now.monotonic.advanced(byMilliseconds: Self.checkpointIntervalMillis)
        }
    }

    /// Reads the checkpointer's cursor, which goes back if a document is damaged: later records are needed again then.
    ///
    /// - Parameter mayBeAhead: whether the cursor may also be ahead of what was known. A run that has failed, or was
    ///   ended because it took too long, has done part of the work.
    private func readCursor(mayBeAhead: Bool = false) {
        guard let cursor = try? Cursors.read(disk, reader: Cursors.checkpointer) else {
            // The last record that the documents include is unknown.
            durable.checkpointed = min(durable.checkpointed, max(journal.oldestSequence, 1) - 1)
            return
        }
        // A cursor that could not be set back at the start says nothing until a run has set it back.
        let isBelieved = mayBeAhead && !isCursorAhead
        durable.checkpointed = isBelieved ? cursor : min(durable.checkpointed, cursor)
    }

    /// Brings the documents up to date in this process, at the end of a clean stop. If that would take long, it is left
    /// to the next start.
    ///
    /// - Parameter report: receives the findings, also if this throws.
    /// - Throws: `journalFailed`, `locked`, `disk`.
    func finish(report: ([Finding]) -> Void) throws(StoreError) {
        guard !journal.isWriteProtected else { return }
        readCursor()
        guard checkpoint == nil, !journal.hasStrays, journal.committedSequence > durable.checkpointed,
            journal.committedSequence - durable.checkpointed <= Self.lastCheckpointRecordsMax
        else { return }
        let outcome = try StationCheckpoint.run(
            disk, behind: durable.checkpointed, through: journal.committedSequence, mayStartAgain: false,
            onFailure: report)
        report(outcome.findings)
    }
}
