import Bytes
import Domain
import Gateway
import JSON
import Platform
import Store

/// The chores that follow the journal, each in a child process so that no turn waits for them.
extension StationService {
    /// Starts what is due, and notes when to look again. Called after each commit, so it must cost nothing.
    func maintain(through loop: EventLoop, now: Moment) {
        upkeep.deadline = nil
        guard !loop.isDraining else { return }
        if journal.isReadOnly { tryAgain(through: loop, now: now) }
        if isJournalAtLimit { retire(through: loop, now: now) }
        if journal.wantsNextSegment { prepareSegment(through: loop, now: now) }
        if journal.committedSequence > upkeep.checkpointed { startCheckpoint(through: loop, now: now) }
    }

    private func wake(at deadline: MonotonicTime) {
        upkeep.deadline = upkeep.deadline.map { min($0, deadline) } ?? deadline
    }

    // MARK: Segments

    private func prepareSegment(through loop: EventLoop, now: Moment) {
        guard upkeep.preparation == nil else { return }
        guard upkeep.nextPreparation <= now.monotonic else { return wake(at: upkeep.nextPreparation) }
        upkeep.nextPreparation = now.monotonic.advanced(byMilliseconds: Upkeep.retryMillis)
        upkeep.preparation = loop.start(
            command(.prepareSegment(bytes: journal.limits.segmentBytes)), timeoutMillis: ChildJob.durationMillisMax)
    }

    /// In the read-only state: a segment may be had again, and nobody but us will find out.
    private func tryAgain(through loop: EventLoop, now: Moment) {
        guard upkeep.nextPreparation <= now.monotonic else { return wake(at: upkeep.nextPreparation) }
        upkeep.nextPreparation = now.monotonic.advanced(byMilliseconds: Upkeep.retryMillis)
        if journal.retryNextSegment() {
            loop.log.write(.info, "Journal", "There is a next segment again: changes are taken", at: now)
        } else {
            let cause = journal.readOnlyCause.map { "\($0)" } ?? "no space"
            loop.log.write(
                .error, "Journal", "No next segment (\(cause)): the station can be read but not changed", at: now)
            wake(at: upkeep.nextPreparation)
        }
    }

    // MARK: Documents

    private func startCheckpoint(through loop: EventLoop, now: Moment) {
        guard upkeep.checkpoint == nil, !journal.hasStrays else { return }
        let isUrgent = isJournalAtLimit || isBacklogLong
        let isLong =
            isUrgent || journal.committedSequence - upkeep.checkpointed >= Upkeep.checkpointRecordsMax
        guard isLong || upkeep.nextCheckpoint <= now.monotonic else { return wake(at: upkeep.nextCheckpoint) }
        let through = journal.committedSequence
        upkeep.nextCheckpoint = now.monotonic.advanced(byMilliseconds: Upkeep.retryMillis)
        let child = loop.start(
            command(.checkpoint(behind: upkeep.checkpointed, through: through, isUrgent: isUrgent)),
            timeoutMillis: ChildJob.durationMillisMax)
        upkeep.checkpoint = child.map { ($0, through) }
        if child == nil { wake(at: upkeep.nextCheckpoint) }
    }

    func upkeepEnded(_ child: ConnectionID, result: JSONValue, through loop: EventLoop, now: Moment) {
        let isDone = result["done"]?.boolValue == true
        let problem = result["error"]?.stringValue ?? "it ended without a result"
        if upkeep.preparation == child {
            upkeep.preparation = nil
            if isDone {
                journal.nextSegmentIsReady()
                // Many may be used up within the time after which a failure is tried again.
                upkeep.nextPreparation = now.monotonic
            } else {
                loop.log.write(.warning, "Journal", "The next segment was not written ahead: \(problem)", at: now)
            }
        } else if let checkpoint = upkeep.checkpoint, checkpoint.child == child {
            upkeep.checkpoint = nil
            for finding in result["findings"]?.arrayValue ?? [] {
                loop.log.write(.error, "Checkpoint", finding.stringValue ?? "", at: now)
            }
            if isDone {
                upkeep.checkpointed = checkpoint.through
                upkeep.isCursorAhead = false
                upkeep.nextCheckpoint = now.monotonic.advanced(byMilliseconds: Upkeep.checkpointIntervalMillis)
                retire(through: loop, now: now)
            } else {
                heedCursor(isFarther: true)
                loop.log.write(
                    .warning, "Checkpoint", "The documents were not brought up to date: \(problem)", at: now)
            }
        }
        maintain(through: loop, now: now)
    }

    /// Refuses what would need one more segment than `journal_bytes_max` allows: nothing can be let go before the
    /// documents have it.
    func mustFit(_ bytes: Int) throws(Refusal) {
        guard !journal.hasRoom(forRecordOf: bytes), isJournalAtLimit else { return }
        guard let end = journal.oldestSegmentEnd, end <= upkeep.checkpointed else {
            throw .insufficientStorage(
                "The journal has reached limits.journal_bytes_max: the station can be read but not changed for a moment"
            )
        }
        // What has been let go is let go at the next commit's upkeep; until then there is one segment more.
    }

    /// Whether half of the journal is not in the documents yet. Stations of a fleet wait then: what they have can come
    /// later, what people do here cannot.
    var isBacklogLong: Bool {
        journal.bytes(above: upkeep.checkpointed) > configuration.limits.journalBytesMax / 2
    }

    /// Whether one more segment would exceed the limit.
    private var isJournalAtLimit: Bool {
        journal.bytes > configuration.limits.journalBytesMax - configuration.limits.segmentBytes
    }

    /// Lets go of the oldest segments where the journal is at its limit; what the documents do not have stays.
    private func retire(through loop: EventLoop, now: Moment) {
        heedCursor()
        while isJournalAtLimit, let end = journal.oldestSegmentEnd, end <= upkeep.checkpointed {
            do {
                guard try journal.retire(through: end) > 0 else { return }
                loop.log.write(.info, "Journal", "Records up to \(end) were let go: the limit is reached", at: now)
                if let upstream, upstream.machine.cursor < end {
                    loop.log.write(
                        .warning, "Uplink",
                        "The central server will not get the events \(upstream.machine.cursor + 1) to \(end): it will "
                            + "get the tickets as they are", at: now)
                }
            } catch {
                return loop.log.write(.error, "Journal", "\(error)", at: now)
            }
        }
    }

    /// The checkpointer sets its cursor back where it has found a document damaged: the records behind it are needed.
    ///
    /// - Parameter isFarther: also where it is farther than was known. A run that has failed, or was ended because it
    ///   took too long, has done a part of the work.
    private func heedCursor(isFarther: Bool = false) {
        guard let cursor = try? Cursors.read(disk, reader: Cursors.checkpointer) else {
            // It cannot be told how far it is.
            upkeep.checkpointed = min(upkeep.checkpointed, max(journal.oldestSequence, 1) - 1)
            return
        }
        // One that could not be set back at the start says nothing, as long as no run has done that.
        let mayBeFarther = isFarther && !upkeep.isCursorAhead
        upkeep.checkpointed = mayBeFarther ? cursor : min(upkeep.checkpointed, cursor)
    }

    /// At the end of a clean stop, when nobody waits any more: stores what is known of deliveries, and brings the
    /// documents up to date here and now. Where that would take long it is left to the next start.
    ///
    /// - Parameter report: is told what was found, also where this throws.
    /// - Throws: `journalFailed`, `locked`, `disk`.
    public func finish(now: Moment, report: ([Finding]) -> Void = { _ in }) throws(StoreError) {
        storeProofs(now: now)
        if let upstream { noteShipped(upstream, now: now) }
        try journal.commit()
        heedCursor()
        guard upkeep.checkpoint == nil, !journal.hasStrays, journal.committedSequence > upkeep.checkpointed,
            journal.committedSequence - upkeep.checkpointed <= Upkeep.lastCheckpointRecordsMax
        else { return }
        let outcome = try StationCheckpoint.run(
            disk, behind: upkeep.checkpointed, through: journal.committedSequence, mayStartAgain: false,
            onFailure: report)
        report(outcome.findings)
    }
}

/// What the checkpointer child executes.
public enum StationCheckpoint {
    /// Folds the journal's records into the documents, by `Checkpoint.run`: parameters and errors are its own.
    ///
    /// - Parameter behind: what the station takes the documents to have; they may have more.
    public static func run(
        _ disk: any Disk, behind: UInt64 = .max, through: UInt64, mayStartAgain: Bool = true,
        onFailure: ([Finding]) -> Void = { _ in }
    ) throws(StoreError) -> Checkpoint.Outcome {
        try Checkpoint.run(
            disk, behind: behind, through: through, mayStartAgain: mayStartAgain, onFailure: onFailure
        ) { (record, sequence, documents) throws(StoreError) in
            guard let fault = try Projection.fold(record, into: &documents) else { return }
            documents.note(Finding(.damage, file: StorePath.journal, problem: "record \(sequence): \(fault)"))
        }
    }

    /// What the child tells the station of it.
    public static func result(of outcome: Checkpoint.Outcome) -> JSONValue {
        result(["done": true], outcome.findings)
    }

    /// What it tells where it failed.
    public static func result(ofFailure error: String, _ findings: [Finding]) -> JSONValue {
        result(["error": .string(error)], findings)
    }

    private static func result(_ result: JSONObject, _ findings: [Finding]) -> JSONValue {
        var result = result
        if !findings.isEmpty {
            // There may be one for every document; the first say what is wrong.
            result["findings"] = .array(findings.prefix(findingsMax).map { .string("\($0)") })
        }
        return .object(result)
    }

    private static let findingsMax = 20
}
