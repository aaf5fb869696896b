import Platform

/// Recovers all of a data directory but the segments: `station.json`, cursors and leftovers.
struct DirectoryRecovery {
    private let disk: any Disk
    private let options: Recovery.Options
    private var findings: [Finding] = []
    private var checkpointed: UInt64 = 0
    private var hasCursor = false
    /// The highest event that the checkpointer is known to have reached.
    private var settled: UInt64 = 0

    init(disk: any Disk, options: Recovery.Options) {
        self.disk = disk
        self.options = options
    }

    mutating func run() throws(StoreError) -> Recovery.Outcome {
        let bytes: [UInt8]?
        let names: [String]
        do throws(DiskError) {
            try makeDirectories()
            bytes = try readStationFile()
            names = try disk.list(StorePath.journal)
        } catch {
            throw .disk(error)
        }
        let firsts = names.compactMap(StorePath.firstSequence(ofSegmentNamed:)).sorted()
        let (found, file) = try judgeStationFile(bytes, firsts)
        do throws(DiskError) {
            let station = try settle(found, file)
            return try open(station, isNew: found == .newDirectory, names, firsts)
        } catch {
            throw .disk(error)
        }
    }

    private func makeDirectories() throws(DiskError) {
        for directory in [StorePath.journal, StorePath.cursors] { try disk.makeDirectory(directory) }
        do throws(DiskError) {
            try disk.makeDirectory(StorePath.quarantine)
        } catch {
            guard error.number.isLackOfSpace else { throw error }
        }
    }

    private mutating func open(
        _ station: StationFile, isNew: Bool, _ names: [String], _ firsts: [UInt64]
    ) throws(DiskError) -> Recovery.Outcome {
        try disk.synchronizeDirectory("")
        let floor = try cursorFloor()
        let hasNext = try tidyJournal(names)
        var segments = SegmentRecovery(
            disk: disk, epoch: station.epoch, floor: floor, capacityMax: options.limits.segmentBytes)
        try segments.run(firsts: firsts)
        findings += segments.findings
        let journal = Journal(
            disk: disk, epoch: station.epoch, limits: options.limits, segments: segments.segments,
            live: segments.liveFile, strays: segments.strays, nextSequence: segments.nextSequence,
            hasNextSegment: hasNext)
        return Recovery.Outcome(
            station: station, journal: journal, isNew: isNew, findings: findings, recordCount: segments.recordCount,
            checkpointed: checkpointed, hole: hole(before: journal.oldestSequence), settled: settled)
    }

    /// The records between the checkpointer's cursor and the journal's oldest one.
    private func hole(before oldest: UInt64) -> ClosedRange<UInt64>? {
        guard hasCursor, oldest > 0, settled < oldest - 1 else { return nil }
        return settled + 1...oldest - 1
    }

    // MARK: station.json

    /// The parts of `station.json`, and of the journal, that its treatment needs.
    private struct FoundStationFile {
        let exists: Bool
        let content: StationFile?
        /// The journal's; nil also where the file itself says enough.
        let journalEpoch: String?
    }

    /// The bytes of the file; nil where there is none, empty where it is too long to be valid.
    private func readStationFile() throws(DiskError) -> [UInt8]? {
        try disk.unlinkIfPresent(StorePath.stationFile + StorePath.temporarySuffix)
        do {
            return try disk.contents(of: StorePath.stationFile, countMax: StationFile.bytesMax)
        } catch {
            if error.number == .noSuchFile { return nil }
            if error.number == .fileTooLarge { return [] }
            throw error
        }
    }

    /// - Throws: `unknownFormat`, `disk`.
    private func judgeStationFile(
        _ bytes: [UInt8]?, _ firsts: [UInt64]
    ) throws(StoreError) -> (StationFileCase, FoundStationFile) {
        var content: StationFile?
        var fault: StoreError?
        do throws(StoreError) {
            content = try bytes.flatMap { (bytes) throws(StoreError) in try StationFile(bytes: bytes) }
        } catch {
            fault = error
        }
        var epoch: String?
        if content == nil && fault == nil {
            epoch = try onDisk { () throws(DiskError) in try journalEpoch(firsts) }
        }
        let found = StationFileCase.matching([
            .exists: bytes != nil,
            .isSound: content != nil,
            .namesOtherStation: content.map { $0.stationID != options.stationID } ?? false,
            .hasOtherFormat: fault != nil,
            .hasJournal: !firsts.isEmpty,
            .journalNamesEpoch: epoch != nil,
        ])
        if found.treatment == .refuse, let fault { throw fault }
        return (found, FoundStationFile(exists: bytes != nil, content: content, journalEpoch: epoch))
    }

    private mutating func settle(
        _ found: StationFileCase, _ file: FoundStationFile
    ) throws(DiskError) -> StationFile {
        switch found.treatment {
        case .write(let source), .goOn(let source):
            return try writeStationFile(found, file, source)
        case .use, .refuse:
            let station = file.content ?? StationFile(stationID: options.stationID, epoch: options.newEpoch)
            // Two stations with one epoch would give different events the same identity.
            findings.report(
                found.severity, StorePath.stationFile,
                problem: "the directory belongs to station \(station.stationID), but station.id is "
                    + "\(options.stationID)",
                action: "used as it is; if it was copied from another station run `stationd new-epoch`, then correct "
                    + "station_id in this file")
            return station
        }
    }

    private mutating func writeStationFile(
        _ found: StationFileCase, _ file: FoundStationFile, _ source: StationFileCase.EpochSource
    ) throws(DiskError) -> StationFile {
        let path = StorePath.stationFile
        let epoch = source == .journal ? file.journalEpoch : nil
        let station = StationFile(stationID: options.stationID, epoch: epoch ?? options.newEpoch)
        let whose = epoch == nil ? "a new epoch" : "the journal's epoch"
        var action = ""
        do throws(DiskError) {
            if file.exists { action = "kept aside as \(try Quarantine(disk: disk).move(path)), " }
            try disk.replace(path, with: station.encoded)
            action += "rewritten with \(whose)"
        } catch {
            guard error.number.isLackOfSpace, found.treatmentWithoutSpace == .goOn(epoch: source) else { throw error }
            action += "not rewritten, for want of space; the station goes on with \(whose)"
        }
        findings.report(
            found.severity, path, problem: file.exists ? "cannot be understood" : "missing", action: action)
        return station
    }

    /// The epoch in the newest segment whose header can be read.
    private func journalEpoch(_ firsts: [UInt64]) throws(DiskError) -> String? {
        let disk = disk
        for first in firsts.reversed() {
            var bytes = [UInt8](repeating: 0, count: 4096)
            var count = 0
            do throws(DiskError) {
                try insisting { () throws(DiskError) in
                    let file = try disk.open(StorePath.segment(first: first), for: .reading)
                    defer { disk.close(file) }
                    count = try disk.read(file, at: 0, into: &bytes)
                }
            } catch {
                guard error.number.isFaultOfTheFile else { throw error }
                continue
            }
            guard count > 0 else { continue }
            guard case .line(let line) = JournalLine.parse(bytes.span.extracting(..<count), at: 0),
                line.content == .header, let header = JournalHeader(json: Array(bytes[line.json])),
                StationFile.isValid(epoch: header.epoch)
            else { continue }
            return header.epoch
        }
        return nil
    }

    // MARK: Cursors and leftovers

    /// The highest sequence that a cursor names: it was durable once. The checkpointer's cursor may have been set back,
    /// but then `Checkpoint.rewind` has stored how far it had been.
    private mutating func cursorFloor() throws(DiskError) -> UInt64 {
        var floor: UInt64 = 0
        for name in try disk.list(StorePath.cursors).sorted() {
            let path = "\(StorePath.cursors)/\(name)"
            let isTemporary = name.hasSuffix(StorePath.temporarySuffix)
            let isNamedForReader = name.hasSuffix(".json")
            let sequence = isNamedForReader && !isTemporary ? try cursor(String(name.dropLast(5))) : nil
            let found = CursorFileCase.matching([
                .isTemporary: isTemporary, .isNamedForReader: isNamedForReader, .isSound: sequence != nil,
            ])
            switch found.treatment {
            case .use:
                floor = max(floor, sequence ?? 0)
                if path == Cursors.path(Cursors.checkpointer) {
                    checkpointed = sequence ?? 0
                    hasCursor = true
                }
                if path == Cursors.path(Cursors.checkpointer) || path == Cursors.path(Cursors.recovery) {
                    settled = max(settled, sequence ?? 0)
                }
            case .remove: try removeLeftover(path, found.severity)
            case .moveAside:
                let newPath = try Quarantine(disk: disk).moveIfThereIsSpace(path)
                let action = newPath.map { "kept aside as \($0)" } ?? "left where it is, for want of space"
                findings.report(
                    found.severity, path, problem: "not a cursor",
                    action: "\(action), its reader starts from the oldest record")
            case .leave: break
            }
        }
        return floor
    }

    /// A cursor; nil where its file is not a cursor or cannot be read.
    private func cursor(_ reader: String) throws(DiskError) -> UInt64? {
        let disk = disk
        do throws(DiskError) {
            return try insisting { () throws(DiskError) in
                Cursors.decode(try disk.contents(of: Cursors.path(reader), countMax: Cursors.bytesMax))
            }
        } catch {
            // A fault of the process, such as too many open files, says nothing about the cursor.
            guard error.number.isFaultOfTheFile else { throw error }
            return nil
        }
    }

    /// Removes what a killed process left in journal/.
    ///
    /// - Returns: whether a segment made ahead is ready.
    private mutating func tidyJournal(_ names: [String]) throws(DiskError) -> Bool {
        var hasNext = false
        for name in names.sorted() where StorePath.firstSequence(ofSegmentNamed: name) == nil {
            let path = "\(StorePath.journal)/\(name)"
            let isNext = path == StorePath.nextSegment
            let found = JournalFileCase.matching([
                .isTemporary: path == StorePath.nextSegmentTemporary || path == StorePath.rolledSegmentTemporary,
                .isNextSegment: isNext,
                .isReady: isNext ? try isReady(path) : false,
            ])
            switch found.treatment {
            case .use: hasNext = true
            case .remove where found == .leftover: try removeLeftover(path, found.severity)
            case .remove:
                try disk.unlink(path)
                findings.report(found.severity, path, problem: "not as it was prepared", action: "removed")
            case .leave, .moveAside:
                findings.report(found.severity, path, problem: "not a file of the journal", action: "left alone")
            }
        }
        return hasNext
    }

    private mutating func removeLeftover(_ path: String, _ severity: Finding.Severity?) throws(DiskError) {
        try disk.unlink(path)
        findings.report(severity, path, problem: "left by an interrupted write", action: "removed")
    }

    /// Whether a segment made ahead can be used: it is long enough, can be read, and is all zeros.
    private func isReady(_ path: String) throws(DiskError) -> Bool {
        do throws(DiskError) {
            return try isZeros(path)
        } catch {
            guard error.number.isFaultOfTheFile else { throw error }
            return false
        }
    }

    private func isZeros(_ path: String) throws(DiskError) -> Bool {
        let file = try disk.open(path, for: .reading)
        defer { disk.close(file) }
        guard try disk.size(file) >= options.limits.segmentBytes else { return false }
        var chunk = [UInt8](repeating: 0, count: 256 * 1024)
        var offset = 0
        while true {
            let count = try disk.read(file, at: offset, into: &chunk)
            guard chunk[..<count].allSatisfy({ $0 == 0 }) else { return false }
            if count < chunk.count { return true }
            offset += count
        }
    }
}
