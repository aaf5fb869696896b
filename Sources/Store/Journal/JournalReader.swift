import Bytes
import Platform

/// One record of the journal.
public struct JournalRecord: Hashable, Sendable {
    /// The record's number, from 1.
    public let sequence: UInt64
    /// The compact JSON, which begins with `{"seq":`.
    public let json: [UInt8]

    /// - Parameter json: should begin with this sequence; it is not checked.
    public init(sequence: UInt64, json: [UInt8]) {
        self.sequence = sequence
        self.json = json
    }
}

/// Reads records in order, in bounded pieces. The journal may be written meanwhile: committed bytes never change.
///
/// Numbers grow from record to record, by one unless recovery has reported a gap. Damaged bytes are skipped and
/// counted.
public final class JournalReader {
    /// The number of bytes skipped because they are not lines.
    public private(set) var damagedBytes = 0

    private let disk: any Disk
    private let through: UInt64
    /// Segments not yet opened, the next one last.
    private var paths: [String]
    /// The last sequence that was returned or skipped.
    private(set) var last: UInt64
    /// The record that was read last, which may come after the one that was asked for.
    private var ahead: JournalRecord?
    private var isDone: Bool

    private var file: DiskFile?
    /// The part of the file that was read last; records are parsed from `position` on.
    private var window: [UInt8] = []
    private var position = 0
    private var chunk: [UInt8]
    /// Where the next piece begins in the file.
    private var offset = 0

    /// Creates a reader from the disk alone, without the journal that writes to it.
    ///
    /// - Parameters:
    ///   - from: the first sequence wanted.
    ///   - through: the last sequence wanted. It must be committed; nothing after it is read.
    ///   - pieceBytes: the number of bytes read at a time. The reader holds about twice as many, and a whole record.
    /// - Throws: `disk`.
    public convenience init(
        disk: any Disk, from: UInt64, through: UInt64, pieceBytes: Int = 64 * 1024
    ) throws(StoreError) {
        let names = try onDisk { () throws(DiskError) in try disk.list(StorePath.journal) }
        let firsts = names.compactMap(StorePath.firstSequence(ofSegmentNamed:)).sorted()
        let start = firsts.lastIndex { $0 <= from } ?? 0
        self.init(
            disk: disk, paths: firsts.dropFirst(start).map(StorePath.segment(first:)), offset: 0, from: from,
            through: through, pieceBytes: pieceBytes)
    }

    /// - Parameters:
    ///   - paths: the segments, in order.
    ///   - offset: where to begin in the first segment: the beginning of a line.
    init(disk: any Disk, paths: [String], offset: Int, from: UInt64, through: UInt64, pieceBytes: Int) {
        self.disk = disk
        self.through = through
        self.paths = paths.reversed()
        self.offset = offset
        last = from > 0 ? from - 1 : 0
        isDone = from > through
        chunk = [UInt8](repeating: 0, count: max(pieceBytes, 512))
    }

    deinit {
        if let file { disk.close(file) }
    }

    /// The next record; nil after the last.
    ///
    /// - Throws: `disk`; then the reader is at its end.
    public func next() throws(StoreError) -> JournalRecord? {
        while !isDone {
            do {
                guard try openSegment() else { break }
                if let record = try nextInSegment() {
                    last = record.sequence
                    if last == through { finish() }
                    return record
                }
            } catch {
                finish()
                throw .disk(error)
            }
        }
        finish()
        return nil
    }

    /// The record with this sequence, if it exists. Records before it are skipped.
    ///
    /// - Throws: `disk`; then the reader is at its end.
    func next(at sequence: UInt64) throws(StoreError) -> JournalRecord? {
        if let ahead, ahead.sequence >= sequence {
            return ahead.sequence == sequence ? ahead : nil
        }
        last = max(last, sequence > 0 ? sequence - 1 : 0)
        ahead = try next()
        return ahead?.sequence == sequence ? ahead : nil
    }

    /// Opens the next segment unless one is open.
    ///
    /// - Returns: false after the last segment.
    private func openSegment() throws(DiskError) -> Bool {
        while file == nil {
            guard let path = paths.popLast() else { return false }
            do {
                file = try disk.open(path, for: .reading)
            } catch {
                // Retired meanwhile: the documents have what was in it.
                guard error.number == .noSuchFile else { throw error }
                offset = 0
            }
        }
        return true
    }

    /// The next record of the open segment; nil after `through`, or at the segment's end, which closes it.
    private func nextInSegment() throws(DiskError) -> JournalRecord? {
        while true {
            guard position < window.count else {
                if try fill() { continue }
                closeSegment()
                return nil
            }
            switch lineAtPosition() {
            case .line(let line):
                position = line.range.upperBound
                guard case .record(let sequence) = line.content, sequence > last else { continue }
                guard sequence <= through else {
                    finish()
                    return nil
                }
                return JournalRecord(sequence: sequence, json: Array(window[line.json]))
            case .incomplete:
                if window.count - position <= JournalLimits.recordBytesCeiling, try fill() { continue }
                skipDamage()
            case .invalid:
                skipDamage()
            }
        }
    }

    private func lineAtPosition() -> JournalLine.Outcome {
        let window = window
        return JournalLine.parse(window.span, at: position)
    }

    /// Moves on to the next place at which a line may begin, or to the end of the window.
    private func skipDamage() {
        let start = position
        let window = window
        let wasDamaged = window[start] != 0
        position = JournalLine.resynchronize(window.span, after: start) ?? window.count
        if wasDamaged { damagedBytes += position - start }
    }

    /// Reads another piece.
    ///
    /// - Returns: false at the end of the file.
    private func fill() throws(DiskError) -> Bool {
        guard let file else { return false }
        let count = try disk.read(file, at: offset, into: &chunk)
        guard count > 0 else { return false }
        if position == window.count { window.removeAll(keepingCapacity: true) } else { window.removeFirst(position) }
        position = 0
        window.append(contentsOf: chunk[..<count])
        offset += count
        return true
    }

    private func closeSegment() {
        if let file { disk.close(file) }
        file = nil
        window.removeAll(keepingCapacity: true)
        position = 0
        offset = 0
    }

    private func finish() {
        closeSegment()
        paths = []
        isDone = true
    }
}

/// Reading committed records.
extension Journal {
    /// Reads records in order from `sequence` on, until there are `countMax` of them, or `bytesMax` bytes of JSON.
    ///
    /// This costs one search, one opened file and a read, so a caller that comes back for more keeps only a number.
    ///
    /// - Throws: `disk`.
    public func records(from sequence: UInt64, countMax: Int, bytesMax: Int) throws(StoreError) -> [JournalRecord] {
        var records: [JournalRecord] = []
        var bytes = 0
        let reader = reader(from: sequence, pieceBytes: min(max(bytesMax, 4096), 64 * 1024))
        while records.count < countMax, bytes < bytesMax, let record = try reader.next() {
            bytes += record.json.count
            records.append(record)
        }
        return records
    }

    /// A reader from `sequence` through the last record committed now, or through `through` if that comes first.
    ///
    /// - Parameter pieceBytes: the number of bytes read at a time.
    public func reader(
        from sequence: UInt64, through: UInt64 = .max, pieceBytes: Int = 64 * 1024
    ) -> JournalReader {
        let segments = sealed + (live.map { [$0.segment] } ?? [])
        let start = segments.lastIndex { $0.first <= sequence } ?? 0
        let offset = segments.isEmpty ? 0 : segments[start].index.offset(before: sequence)
        return JournalReader(
            disk: disk, paths: segments.dropFirst(start).map(\.path), offset: offset, from: sequence,
            through: min(through, committedSequence), pieceBytes: pieceBytes)
    }
}
