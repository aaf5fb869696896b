import Domain
import Gateway
import JSON
import Platform
import Store

/// Opening a data directory: locking it, recovering the journal, and restoring the state from the documents and the
/// journal's tail.
struct Opening {
    let station: StationFile
    let journal: Journal
    let desk: Desk
    /// The last record that the documents are known to include.
    private(set) var checkpointed: UInt64
    private(set) var findings: [Finding]
    /// Whether the checkpointer's cursor could not be set back for lack of space.
    private(set) var isCursorAhead = false
    /// What is missing so that the state itself is unknown.
    private var losses: [Finding] = []
    /// Up to this event the documents were once.
    private let settled: UInt64
    /// The last event that any document has.
    private var newestDocument: UInt64 = 0

    /// - Throws: `locked`, `unknownFormat`, `stateUnknown`, `disk`.
    init(disk: any Disk, options: StationService.Options) throws(StoreError) {
        let configuration = options.configuration
        let outcome = try Recovery.run(
            disk,
            Recovery.Options(
                stationID: configuration.stationID, newEpoch: options.newEpoch,
                limits: JournalLimits(
                    segmentBytes: configuration.limits.segmentBytes,
                    recordBytesMax: min(JournalLimits().recordBytesMax, configuration.limits.segmentBytes / 2))),
            keepsChildrenOut: true)
        var childLocks = outcome.childLocks
        defer { for lock in childLocks { disk.close(lock) } }
        station = outcome.station
        journal = outcome.journal
        findings = outcome.findings
        desk = Desk(settings: configuration.desk)
        checkpointed = outcome.checkpointed
        settled = outcome.settled
        if let hole = outcome.hole {
            lose(
                StorePath.journal,
                "what events \(hole.lowerBound) to \(hole.upperBound) changed is missing: the documents end before "
                    + "them, and the journal begins after them")
        }
        try restoreDocuments(disk)
        try checkAge()
        if findings.contains(where: { $0.severity == .damage }) { _ = try rebuild(disk) }
        try replay()
        // No child can be at work any more, and settling needs the checkpointer's lock.
        for lock in childLocks { disk.close(lock) }
        childLocks = []
        try settleLosses(disk, options)
        // No number is used twice, even if the journal or the documents have lost the event that had it.
        journal.skip(through: max(desk.lastSequence, newestDocument))
        desk.pass(through: journal.committedSequence)
        findings = options.findings + findings
        if options.isWriteProtected {
            findings.append(
                Finding(
                    .warning, file: StorePath.journal,
                    problem: "the file system is read-only: check the disk, mount it for writing again and restart "
                        + "stationd", action: "the station can be read, and refuses changes"))
        }
        guard !journal.hasNumbers else { return }
        findings.append(
            Finding(
                .damage, file: StorePath.journal,
                problem: "a record, a document or a cursor has the number \(journal.committedSequence), after which "
                    + "there is none: nothing can be changed until that is repaired"))
    }

    private mutating func restoreDocuments(_ disk: any Disk) throws(StoreError) {
        let names: [String]
        var newest: (path: String, sequence: UInt64)?
        do {
            names = try disk.list("")
        } catch {
            throw .disk(error)
        }
        for folder in DocumentFolder.all(among: names) {
            let found = try DocumentFiles.readAll(
                disk, folder.directory,
                beforeMovingDamage: { () throws(StoreError) in try rebuild(disk) }
            ) { document in
                guard let id = Identifier(exactly: document.id) else { return }
                try desk.restore(folder.path(id), document.content)
                if document.sequence > newest?.sequence ?? 0 {
                    newest = ("\(folder.name)/\(document.id).json", document.sequence)
                }
            }
            findings += found
        }
        newestDocument = newest?.sequence ?? 0
        guard let newest, newest.sequence > journal.committedSequence else { return }
        lose(
            newest.path,
            "changed by event \(newest.sequence), but the journal ends with event \(journal.committedSequence): other "
                + "documents may lack what came between")
    }

    /// The last records that the documents include, by which their age is judged.
    private static let ageRecordsMax: UInt64 = 256
    private static let staleFindingsMax = 5

    /// Looks whether the documents are as new as the checkpointer's cursor says. Those that are not are made anew from
    /// the journal, if that still has what they lack.
    private mutating func checkAge() throws(StoreError) {
        let oldest = journal.oldestSequence
        guard oldest <= checkpointed else { return }
        var age = DocumentAge()
        let start = checkpointed > Self.ageRecordsMax ? checkpointed - Self.ageRecordsMax + 1 : 1
        let reader = journal.reader(from: max(oldest, start))
        var isBeyond = false
        while let record = try reader.next() {
            guard let value = try? JSONParser.parse(record.json), let event = try? Event(record: value) else {
                continue
            }
            if record.sequence <= checkpointed {
                age.note(event)
            } else {
                if !isBeyond, age.stale(desk.lastEvent(of:)).isEmpty { return }
                isBeyond = true
                // A checkpointer that was killed may have removed a document and not written its cursor.
                age.noteLater(event)
            }
        }
        let stale = age.stale(desk.lastEvent(of:))
        guard !stale.isEmpty else { return }
        for (path, event) in stale.prefix(Self.staleFindingsMax) {
            findings.append(
                Finding(
                    .damage, file: path.text, problem: "missing, or older than event \(event), which it should include",
                    action: "made anew from the journal"))
        }
        if stale.count > Self.staleFindingsMax {
            let count = stale.count - Self.staleFindingsMax
            findings.append(
                Finding(.damage, file: StorePath.journal, problem: "\(count) more documents are missing or too old"))
        }
        guard newestDocument < oldest - 1 else { return }
        lose(
            StorePath.journal,
            "what events \(newestDocument + 1) to \(oldest - 1) changed is missing: no document is newer, and the "
                + "journal begins after them")
    }

    // MARK: Losses

    /// Leaves out a record that is not understood. If the documents were once beyond it, that has been accepted.
    private mutating func skip(_ record: JournalRecord, _ reason: String) {
        let problem = "record \(record.sequence) is not understood: \(reason)"
        if record.sequence > settled { return lose(StorePath.journal, problem) }
        findings.append(Finding(.damage, file: StorePath.journal, problem: problem, action: "skipped"))
    }

    private mutating func lose(_ file: String, _ problem: String) {
        losses.append(Finding(.damage, file: file, problem: problem))
    }

    /// Refuses to go on, or stores that the losses are accepted: the documents pass over what is missing.
    private mutating func settleLosses(
        _ disk: any Disk, _ options: StationService.Options
    ) throws(StoreError) {
        guard !losses.isEmpty else { return }
        guard options.acceptsLoss else { throw .stateUnknown(losses) }
        findings += losses.map { loss in
            Finding(loss.severity, file: loss.file, problem: loss.problem, action: "accepted: it goes on without it")
        }
        guard !options.isWriteProtected else { return }
        let last = max(journal.committedSequence, desk.lastSequence, newestDocument)
        try Cursors.noteUsed(disk, through: last)
        let outcome = try StationCheckpoint.run(disk, through: last)
        checkpointed = outcome.sequence
    }

    /// Plans to replay the whole journal: it may still have the content of a damaged document, in records that the
    /// checkpointer has passed.
    ///
    /// - Returns: false if there is no space to set the checkpointer's cursor back too. The checkpointer is told when
    ///   it is started, and the replay here happens in any case.
    private mutating func rebuild(_ disk: any Disk) throws(StoreError) -> Bool {
        let oldest = journal.oldestSequence
        guard oldest <= checkpointed else {
            if isCursorAhead { return false }
            // An earlier start may have set the cursor back and been killed before that was durable.
            try Cursors.confirm(disk)
            return true
        }
        do {
            try Checkpoint.rewind(disk, to: oldest - 1)
        } catch {
            guard case .disk(let cause) = error, cause.number.isLackOfSpace else { throw error }
            isCursorAhead = true
            checkpointed = oldest - 1
            return false
        }
        checkpointed = oldest - 1
        return true
    }

    private mutating func replay() throws(StoreError) {
        let reader = journal.reader(from: checkpointed + 1)
        while let record = try reader.next() {
            do {
                let event = try Event(record: try JSONParser.parse(record.json))
                if case .unknown(let type) = event.change, type != StationEpoch.recordType {
                    skip(record, "its type is \(type)")
                }
                desk.apply(event)
            } catch {
                // Its checksum is right: this is what was written, perhaps by a newer version.
                skip(record, "\(error)")
            }
        }
    }
}
