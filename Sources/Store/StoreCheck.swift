import Bytes
import JSON
import Platform

/// Checks a data directory without changing anything, whether a process serves it or not.
public enum StoreCheck {
    /// What was found, and how much was checked.
    public struct Outcome: Hashable, Sendable {
        /// In the order in which they were found.
        public internal(set) var findings: [Finding] = []
        /// Whether another process has locked the data directory. If so, what it is writing now is not judged.
        public internal(set) var isInUse = false
        /// What `station.json` says; nil if it is missing or damaged.
        public internal(set) var station: StationFile?
        /// The number of segments that could be read.
        public internal(set) var segmentCount = 0
        /// The number of valid records, including repeated ones.
        public internal(set) var recordCount = 0
        /// The numbers of the first and the last record; nil if there are no records.
        public internal(set) var sequences: ClosedRange<UInt64>?
        /// The number of sound documents.
        public internal(set) var documentCount = 0
        /// The number of files in quarantine/.
        public internal(set) var quarantinedCount = 0

        /// The highest severity found; nil if nothing was.
        public var severity: Finding.Severity? { findings.map(\.severity).max() }
    }

    /// Verifies `station.json`, every line of the journal, every document and the cursors.
    ///
    /// - Throws: `disk` if a directory cannot be used at all.
    public static func run(_ disk: any Disk, documents: [DocumentDirectory]) throws(StoreError) -> Outcome {
        var check = DirectoryCheck(disk: disk)
        do {
            try check.run(documents)
        } catch {
            throw .disk(error)
        }
        return check.outcome
    }
}

private struct DirectoryCheck {
    let disk: any Disk
    var outcome = StoreCheck.Outcome()
    /// The highest number in a record or a cursor.
    private var highest: UInt64 = 0

    init(disk: any Disk) { self.disk = disk }

    mutating func run(_ documents: [DocumentDirectory]) throws(DiskError) {
        outcome.isInUse = try isLocked()
        checkStationFile()
        try checkCursors()
        try checkJournal()
        for directory in documents { try checkDocuments(directory) }
        for name in try names(StorePath.quarantine).sorted() {
            outcome.quarantinedCount += 1
            note(.warning, "\(StorePath.quarantine)/\(name)", "was kept aside")
        }
    }

    /// Whether the lock is held. It does not create the file.
    private func isLocked() throws(DiskError) -> Bool {
        guard try names("").contains(StorePath.lock) else { return false }
        do throws(DiskError) {
            guard let lock = try disk.lock(StorePath.lock, waiting: false) else { return true }
            disk.close(lock)
        } catch {
            // Where nobody can write, nobody serves: a backup, or a disk that has failed.
            guard error.number == .readOnlyFileSystem else { throw error }
        }
        return false
    }

    private mutating func checkStationFile() {
        let path = StorePath.stationFile
        do {
            let bytes = try disk.contents(of: path, countMax: StationFile.bytesMax)
            do {
                outcome.station = try StationFile(bytes: bytes)
                if outcome.station == nil { note(.damage, path, "cannot be understood") }
            } catch {
                note(.damage, path, error.description)
            }
        } catch {
            note(.damage, path, "\(error.number)")
        }
    }

    private mutating func checkCursors() throws(DiskError) {
        for name in try names(StorePath.cursors).sorted() {
            let path = "\(StorePath.cursors)/\(name)"
            if name.hasSuffix(StorePath.temporarySuffix) {
                noteLeftover(path)
            } else if name.hasSuffix(".json"), let cursor = try? Cursors.read(disk, reader: String(name.dropLast(5))) {
                highest = max(highest, cursor)
            } else {
                note(.warning, path, "not a cursor")
            }
        }
    }

    // MARK: The journal

    private mutating func checkJournal() throws(DiskError) {
        let names = try names(StorePath.journal)
        let firsts = names.compactMap(StorePath.firstSequence(ofSegmentNamed:)).sorted()
        try checkHole(before: firsts.first)
        for first in firsts { checkSegment(first, isLast: first == firsts.last) }
        for name in names.sorted() where StorePath.firstSequence(ofSegmentNamed: name) == nil {
            let path = "\(StorePath.journal)/\(name)"
            switch path {
            case StorePath.nextSegment: break
            case StorePath.nextSegmentTemporary, StorePath.rolledSegmentTemporary: noteLeftover(path)
            default: note(.warning, path, "not a file of the journal")
            }
        }
        let last = outcome.sequences?.upperBound ?? 0
        if highest > last {
            note(.damage, StorePath.journal, "ends with record \(last), but record \(highest) was durable")
        }
        highest = max(highest, last)
    }

    /// Notes the records that neither the documents nor the journal have. The cursor is read after the segments were
    /// listed: a running station drops a segment only after the cursor has passed it.
    private mutating func checkHole(before oldest: UInt64?) throws(DiskError) {
        guard let oldest, let cursor = try? Cursors.read(disk, reader: Cursors.checkpointer), cursor + 1 < oldest
        else { return }
        note(
            .damage, StorePath.journal,
            "what events \(cursor + 1) to \(oldest - 1) changed is missing: the documents end before them, and the "
                + "journal begins after them")
    }

    private mutating func checkSegment(_ first: UInt64, isLast: Bool) {
        let path = StorePath.segment(first: first)
        let bytes: [UInt8]
        do {
            bytes = try disk.contents(of: path, countMax: Int.max)
        } catch {
            // It may have been retired since the directory was listed.
            if error.number != .noSuchFile || !outcome.isInUse { note(.damage, path, "\(error.number)") }
            return
        }
        outcome.segmentCount += 1
        let scan = SegmentScan(bytes)
        if let header = scan.header {
            if header.first != first {
                note(.damage, path, "its header says that it begins with record \(header.first)")
            }
            if let station = outcome.station, header.epoch != station.epoch {
                note(.damage, path, "belongs to the journal of epoch \(header.epoch)")
            }
        } else if !scan.pieces.isEmpty {
            note(.damage, path, "has no header")
        }
        if scan.recordCount == 0, !scan.hasDamage { note(.note, path, "has no records") }
        checkPieces(scan, path, first, bytes, isLast: isLast)
    }

    private mutating func checkPieces(
        _ scan: SegmentScan, _ path: String, _ first: UInt64, _ bytes: [UInt8], isLast: Bool
    ) {
        var line = 1
        let tear = isLast ? scan.tear : nil
        for (index, piece) in scan.pieces.enumerated() {
            switch piece.kind {
            case .header: break
            case .blank: note(.warning, path, "damage was replaced by a blank line", piece.range.lowerBound, line)
            case .damage:
                if let tear, index >= tear {
                    // A write in progress looks the same.
                    if !outcome.isInUse {
                        note(.note, path, "the last write was cut short", piece.range.lowerBound, line)
                    }
                    return
                }
                note(.damage, path, "\(piece.range.count) bytes are not a valid record", piece.range.lowerBound, line)
            case .record(let sequence, _):
                checkRecord(sequence, path, first, piece.range, line, bytes)
            }
            line += bytes[piece.range].count { $0 == JournalLine.lineFeed }
        }
    }

    private mutating func checkRecord(
        _ sequence: UInt64, _ path: String, _ first: UInt64, _ range: Range<Int>, _ line: Int, _ bytes: [UInt8]
    ) {
        outcome.recordCount += 1
        let known = outcome.sequences
        let expected = known.map { $0.upperBound + 1 } ?? first
        if sequence < expected {
            note(.warning, path, "record \(sequence) appeared before", range.lowerBound, line)
        } else if sequence > expected {
            note(.damage, path, "records \(expected) to \(sequence - 1) are missing", range.lowerBound, line)
        }
        let json = (range.lowerBound + JournalLine.prefixCount)..<(range.upperBound - 1)
        do {
            _ = try JSONParser.parse(Array(bytes[json]))
        } catch {
            note(.damage, path, "record \(sequence) is not JSON: \(error.message)", range.lowerBound, line)
        }
        outcome.sequences = (known?.lowerBound ?? sequence)...max(known?.upperBound ?? 0, sequence)
    }

    // MARK: Documents

    private mutating func checkDocuments(_ directory: DocumentDirectory) throws(DiskError) {
        var check = self
        try DocumentFiles.forEach(disk, directory) { (name, result) throws(DiskError) in
            let path = "\(directory.name)/\(name)"
            switch result {
            case .document(let document):
                check.outcome.documentCount += 1
                if document.sequence > check.highest, !check.outcome.isInUse {
                    check.note(.damage, path, "changed by record \(document.sequence), which the journal does not have")
                }
            case .leftover: check.noteLeftover(path)
            case .foreign: check.note(.warning, path, "not a document")
            case .damaged(let problem): check.note(.damage, path, problem)
            }
        }
        self = check
    }

    // MARK: Parts

    /// The names in a directory; none if it does not exist.
    private func names(_ directory: String) throws(DiskError) -> [String] {
        do {
            return try disk.list(directory)
        } catch {
            if error.number == .noSuchFile { return [] }
            throw error
        }
    }

    private mutating func note(
        _ severity: Finding.Severity, _ file: String, _ problem: String, _ offset: Int? = nil, _ line: Int? = nil
    ) {
        outcome.findings.append(Finding(severity, file: file, offset: offset, line: line, problem: problem))
    }

    /// Notes a temporary file: of a write in progress, or of an interrupted one.
    private mutating func noteLeftover(_ path: String) {
        if !outcome.isInUse { note(.note, path, "left by an interrupted write") }
    }
}
