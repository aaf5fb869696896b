import Bytes
import JSON

/// Opening a data directory after whatever happened to it.
///
/// It starts, and says what it found. It refuses only where the directory is locked, is of an unknown format, where
/// the disk does not let it work at all (permissions, an error on a directory, the last write not to be made durable,
/// no space to begin with), or where the fault is the process's own: too many open files, no memory.
///
/// The last segment is replaced by a copy of itself where it is not certain that its last records are on the disk, and
/// where there is space for that. What cannot be read is asked for twice, since an error of the device may pass.
///
/// | found | done | reported as |
/// |---|---|---|
/// | no station.json, no journal | both are new | – |
/// | station.json damaged or missing beside a journal | epoch taken from the journal, file written anew | damage |
/// | the same without a journal | new epoch | damage |
/// | station.json of another format | refused | – |
/// | no journal beside a cursor or an older number | numbers go on behind it | damage |
/// | segment of zero length, or of zeros, or of a header | removed | note |
/// | end of the last segment damaged, nothing from a later call behind it | copied aside, made zeros | note |
/// | the same, but a cursor says that it was durable | copied aside, made a blank line | damage |
/// | damage before records of a later call, or in an earlier segment | copied aside, made a blank line | damage |
/// | garbage behind zeros | as damage in that place | as there |
/// | header damaged | copied aside, written anew | damage |
/// | segment without any valid line, others behind it | moved aside | damage |
/// | segment of another epoch, or with a header that is not its name's | moved aside | damage |
/// | segment with nothing but numbers that were there before | moved aside | warning |
/// | some numbers that were there before | the first ones count, the others are copied aside, blank lines | warning |
/// | all numbers below the segment's name | as they are, the number in the name is left out | damage |
/// | numbers missing between two records or segments | reading goes on behind them | damage |
/// | part of a segment cannot be read | as damage in that place, what can be read is copied | damage |
/// | segment cannot be opened | moved aside, numbers that it may have held are left out | damage |
/// | `next` is not all zeros, or cannot be read | removed | note |
/// | `next.tmp`, `rolled.tmp`, `*.tmp` in cursors/ | removed | note |
/// | other files in journal/ | left alone | warning |
/// | a cursor cannot be read | moved aside, its reader begins at the oldest record | warning |
/// | no space to copy something aside | a torn end is made zeros all the same, damage is left in place | as above |
/// | no space to move a segment aside | left and passed over, nothing is appended until it is moved | as above |
/// | no space to move another file aside, or to write it anew | left where it is, else as above | as above |
///
/// What is found in the directories of documents is a table of its own: `DocumentFiles.readAll`.
public enum Recovery {
    /// What a new data directory is made with, and the sizes of the journal.
    public struct Options: Sendable {
        public var stationID: Int64
        /// A fresh random name, used if there is none yet. See `StationFile.isValid(epoch:)`.
        public var newEpoch: String
        public var limits: JournalLimits

        public init(stationID: Int64, newEpoch: String, limits: JournalLimits = JournalLimits()) {
            self.stationID = stationID
            self.newEpoch = newEpoch
            self.limits = limits
        }
    }

    /// A data directory ready for use. It stays locked as long as the disk that was given lives.
    public struct Outcome {
        public let station: StationFile
        public let journal: Journal
        /// Whether the data directory is new.
        public let isNew: Bool
        /// In the order in which they were found.
        public let findings: [Finding]
        /// How many records the journal has.
        public let recordCount: Int
        /// The checkpointer's cursor; 0 where there is none that can be read.
        public let checkpointed: UInt64
        /// Held where that was asked for: the caller closes them.
        public fileprivate(set) var childLocks: [DiskFile] = []
    }

    /// Locks the data directory, waits for child processes of one who had it before, repairs what must be, and opens
    /// the journal.
    ///
    /// - Parameter keepsChildrenOut: whether the locks of child processes are still held afterwards. While documents
    ///   are read no checkpointer may put one aside: it would seem never to have been there, with a cursor that was
    ///   read before the checkpointer has set it back.
    /// - Throws: `locked`, `unknownFormat`, `disk`.
    public static func run(
        _ disk: any Disk, _ options: Options, keepsChildrenOut: Bool = false
    ) throws(StoreError) -> Outcome {
        precondition(StationFile.isValid(epoch: options.newEpoch), "an epoch is 1 to 64 letters, digits, - and _")
        guard let lock = try onDisk({ () throws(DiskError) in try disk.lock(StorePath.lock, waiting: false) })
        else { throw .locked(path: StorePath.lock) }
        var childLocks: [DiskFile] = []
        do {
            // Children of a process that was killed may still be at work; they hold locks of their own and soon end.
            for path in [StorePath.checkpointerLock, StorePath.segmentLock] {
                let childLock = try onDisk { () throws(DiskError) in try disk.lock(path, waiting: true) }
                if let childLock { childLocks.append(childLock) }
            }
            var recovery = DirectoryRecovery(disk: disk, options: options)
            var outcome = try recovery.run()
            if keepsChildrenOut { outcome.childLocks = childLocks } else { childLocks.forEach(disk.close) }
            return outcome
        } catch {
            for lock in childLocks + [lock] { disk.close(lock) }
            throw error
        }
    }
}

/// The steps of `Recovery.run` but for the segments.
private struct DirectoryRecovery {
    let disk: any Disk
    let options: Recovery.Options
    var findings: [Finding] = []
    private var stationBytes: [UInt8]?
    private var checkpointed: UInt64 = 0

    init(disk: any Disk, options: Recovery.Options) {
        self.disk = disk
        self.options = options
    }

    mutating func run() throws(StoreError) -> Recovery.Outcome {
        do throws(DiskError) {
            for directory in [StorePath.journal, StorePath.cursors] { try disk.makeDirectory(directory) }
            do throws(DiskError) {
                try disk.makeDirectory(StorePath.quarantine)
            } catch {
                guard error.number.isLackOfSpace else { throw error }
            }
            stationBytes = try readStationFile()
        } catch {
            throw .disk(error)
        }
        let station = try stationBytes.flatMap { bytes throws(StoreError) in try StationFile(bytes: bytes) }
        do throws(DiskError) {
            return try open(station)
        } catch {
            throw .disk(error)
        }
    }

    private mutating func open(_ known: StationFile?) throws(DiskError) -> Recovery.Outcome {
        let names = try disk.list(StorePath.journal)
        let firsts = names.compactMap(StorePath.firstSequence(ofSegmentNamed:)).sorted()
        let isNew = stationBytes == nil && firsts.isEmpty
        let station = if let known { known } else { try makeStationFile(firsts: firsts, isNew: isNew) }
        if station.stationID != options.stationID { noteOtherStation(station.stationID) }
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
            checkpointed: checkpointed)
    }

    // MARK: station.json

    /// The bytes of the file; nil where there is none, nothing where they are too many to be one.
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

    /// Two stations with one epoch would give different events the same identity.
    private mutating func noteOtherStation(_ id: Int64) {
        findings.append(
            Finding(
                .warning, file: StorePath.stationFile,
                problem: "the directory is that of station \(id), and station.id is \(options.stationID)",
                action: "used as it is; if it was copied from another station run `stationd new-epoch`, then correct "
                    + "station_id in this file"))
    }

    private mutating func makeStationFile(firsts: [UInt64], isNew: Bool) throws(DiskError) -> StationFile {
        let path = StorePath.stationFile
        let epoch = try journalEpoch(firsts)
        let station = StationFile(stationID: options.stationID, epoch: epoch ?? options.newEpoch)
        var bytes = station.json.encoded(.pretty)
        bytes.append(0x0A)
        guard !isNew else {
            try disk.replace(path, with: bytes)
            return station
        }
        let source = epoch == nil ? "with a new epoch" : "with the epoch of the journal"
        var action = ""
        do throws(DiskError) {
            if stationBytes != nil { action = "kept aside as \(try Quarantine(disk: disk).move(path)), " }
            try disk.replace(path, with: bytes)
            action += "written anew \(source)"
        } catch {
            guard error.number.isLackOfSpace else { throw error }
            action += "not written anew, for want of space; the station goes on \(source)"
        }
        let problem = stationBytes == nil ? "missing" : "cannot be understood"
        findings.append(Finding(.damage, file: path, problem: problem, action: action))
        return station
    }

    /// The epoch that the newest readable header of a segment gives.
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

    /// The highest sequence that a cursor names: it was durable once. The checkpointer's may have been set back, but
    /// then `Checkpoint.rewind` has noted how far it had been.
    private mutating func cursorFloor() throws(DiskError) -> UInt64 {
        var floor: UInt64 = 0
        for name in try disk.list(StorePath.cursors).sorted() {
            let path = "\(StorePath.cursors)/\(name)"
            if name.hasSuffix(StorePath.temporarySuffix) {
                try removeLeftover(path)
            } else if name.hasSuffix(".json") {
                if let sequence = try cursor(String(name.dropLast(5))) {
                    floor = max(floor, sequence)
                    if path == Cursors.path(Cursors.checkpointer) { checkpointed = sequence }
                } else {
                    let kept = try Quarantine(disk: disk).moveIfThereIsSpace(path)
                    let action = kept.map { "kept aside as \($0)" } ?? "left where it is, for want of space"
                    findings.append(
                        Finding(
                            .warning, file: path, problem: "not a cursor",
                            action: "\(action), its reader begins at the oldest record"))
                }
            }
        }
        return floor
    }

    /// A cursor; nil where its file is no cursor or cannot be read.
    private func cursor(_ reader: String) throws(DiskError) -> UInt64? {
        let disk = disk
        do throws(DiskError) {
            return try insisting { () throws(DiskError) in
                Cursors.decode(try disk.contents(of: Cursors.path(reader), countMax: Cursors.bytesMax))
            }
        } catch {
            // A fault of the process, such as too many open files, says nothing of the cursor.
            guard error.number.isFaultOfTheFile else { throw error }
            return nil
        }
    }

    /// Removes what a killed process left in journal/; says whether a next segment is ready.
    private mutating func tidyJournal(_ names: [String]) throws(DiskError) -> Bool {
        var hasNext = false
        for name in names.sorted() where StorePath.firstSequence(ofSegmentNamed: name) == nil {
            let path = "\(StorePath.journal)/\(name)"
            switch path {
            case StorePath.nextSegmentTemporary, StorePath.rolledSegmentTemporary:
                try removeLeftover(path)
            case StorePath.nextSegment:
                do throws(DiskError) {
                    hasNext = try isZeros(path)
                } catch {
                    guard error.number.isFaultOfTheFile else { throw error }
                }
                if !hasNext {
                    try disk.unlink(path)
                    findings.append(Finding(.note, file: path, problem: "not as it was prepared", action: "removed"))
                }
            default:
                findings.append(
                    Finding(.warning, file: path, problem: "not a file of the journal", action: "left alone"))
            }
        }
        return hasNext
    }

    private mutating func removeLeftover(_ path: String) throws(DiskError) {
        try disk.unlink(path)
        findings.append(Finding(.note, file: path, problem: "left by a write that did not end", action: "removed"))
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
