import Bytes

/// The part of recovery that goes through the segments; the table of cases is in Recovery.swift.
struct SegmentRecovery {
    let disk: any Disk
    let epoch: String
    /// A sequence that is known to have been durable.
    let floor: UInt64
    /// The size of segments, which bounds how many records one can hold.
    let capacityMax: Int

    private(set) var findings: [Finding] = []
    private(set) var segments: [Segment] = []
    /// The last of `segments`, open for being continued.
    private(set) var liveFile: DiskFile?
    private(set) var recordCount = 0
    /// Segments that are none of the journal's and could not be moved aside, for want of space.
    private(set) var strays: [String] = []

    /// The last record's sequence.
    private var last: UInt64 = 0
    /// Numbers up to here are not given again though no record has them.
    private var usedUp: UInt64 = 0

    init(disk: any Disk, epoch: String, floor: UInt64, capacityMax: Int) {
        self.disk = disk
        self.epoch = epoch
        self.floor = floor
        self.capacityMax = capacityMax
    }

    /// What the next record will be called.
    var nextSequence: UInt64 { max(last, floor, usedUp) + 1 }

    /// - Parameter firsts: what the names of the segments say, ascending.
    mutating func run(firsts: [UInt64]) throws(DiskError) {
        let lastUsed = try lastUsedSegment(firsts)
        for first in firsts {
            try examine(first, isLast: first == lastUsed, isBehind: lastUsed.map { first > $0 } ?? true)
        }
        if floor > last {
            findings.append(
                Finding(
                    .damage, file: StorePath.journal,
                    problem: "ends with record \(last), but record \(floor) was durable",
                    action: "the next record will be \(nextSequence)"))
        }
        do throws(DiskError) {
            try rememberUsedNumbers()
        } catch {
            // Whatever told it is still there then: another cursor, the name of a segment, a stray.
            guard error.number.isLackOfSpace else { throw error }
        }
        try disk.synchronizeDirectory(StorePath.journal)
    }

    /// Stores the number up to which none is given again, where no record tells it.
    private func rememberUsedNumbers() throws(DiskError) {
        let used = max(usedUp, floor)
        guard used > last, (try? Cursors.read(disk, reader: Cursors.recovery)) != used else { return }
        try disk.replace(Cursors.path(Cursors.recovery), with: Cursors.encode(used))
        try disk.synchronizeDirectory(StorePath.cursors)
    }

    /// The newest segment that has records of this journal: the only one in which a write can have been cut short.
    private func lastUsedSegment(_ firsts: [UInt64]) throws(DiskError) -> UInt64? {
        for first in firsts.reversed() {
            let bytes: [UInt8]
            do throws(DiskError) {
                let file = try open(StorePath.segment(first: first), for: .reading)
                defer { disk.close(file) }
                (bytes, _) = try read(file)
            } catch {
                guard error.number.isFaultOfTheFile else { throw error }
                continue
            }
            let scan = SegmentScan(bytes)
            if scan.recordCount > 0, scan.header.map({ $0 == JournalHeader(epoch: epoch, first: first) }) ?? true {
                return first
            }
        }
        return nil
    }

    /// - Parameters:
    ///   - isLast: it is the last with records.
    ///   - isBehind: it is behind that one, so whatever it has was never promised.
    private mutating func examine(_ first: UInt64, isLast: Bool, isBehind: Bool) throws(DiskError) {
        let path = StorePath.segment(first: first)
        let file: DiskFile
        do throws(DiskError) {
            file = try open(path, for: .readingAndWriting)
        } catch {
            guard error.number.isFaultOfTheFile else { throw error }
            // No line is shorter than 20 bytes: so many numbers the segment may have held at most.
            usedUp = max(usedUp, first + UInt64(capacityMax / 20))
            return try moveAside(path, .damage, "cannot be opened (\(error.number))")
        }
        var isOpen = true
        defer { if isOpen { disk.close(file) } }
        var (bytes, unreadable) = try read(file)
        let scan = SegmentScan(bytes)
        for range in unreadable {
            findings.append(
                Finding(.damage, file: path, offset: range.lowerBound, problem: "\(range.count) bytes cannot be read"))
        }
        if let header = scan.header, header != JournalHeader(epoch: epoch, first: first) {
            let problem =
                header.epoch == epoch
                ? "begins with record \(header.first) by its header" : "belongs to the journal of epoch \(header.epoch)"
            if header.epoch == epoch { usedUp = max(usedUp, lastSequence(scan.pieces[...])) }
            return try moveAside(path, .damage, problem)
        }
        if scan.recordCount == 0 {
            return try discard(path, first, bytes, scan, isBehind: isBehind)
        }
        guard scan.pieces.contains(where: { isFresh($0) }) else {
            return try moveAside(path, .warning, "has only records that were there before")
        }
        let kept = repair(file, path, first, &bytes, scan, isLast: isLast)
        let isRepeated = clearRepeated(file, path, &bytes, kept)
        guard let segment = take(path, first, kept, capacity: bytes.count) else {
            try remove(path, first)
            return
        }
        segments.append(segment)
        if isLast {
            if let copy = try confirm(file, bytes, segment, isProven: last <= floor && !scan.hasDamage && !isRepeated) {
                liveFile = copy
            } else {
                (liveFile, isOpen) = (file, false)
            }
        }
    }

    private func isFresh(_ piece: SegmentScan.Piece) -> Bool {
        if case .record(let sequence, _) = piece.kind { sequence > last } else { false }
    }

    // MARK: Segments that are not kept

    private mutating func discard(
        _ path: String, _ first: UInt64, _ bytes: [UInt8], _ scan: SegmentScan, isBehind: Bool
    ) throws(DiskError) {
        guard scan.hasDamage else { return try remove(path, first) }
        guard isBehind, first > floor else { return try moveAside(path, .damage, "has no valid record") }
        let start = scan.pieces.first { $0.kind == .damage }?.range.lowerBound ?? 0
        let action = setAside(bytes[start..<scan.end], path, suffix: "torn")
        findings.append(
            Finding(
                .note, file: path, offset: start, problem: "its first write was cut short",
                action: "\(action ?? "no space to keep it aside"), segment removed"))
        try disk.unlink(path)
        usedUp = max(usedUp, first - 1)
    }

    private mutating func remove(_ path: String, _ first: UInt64) throws(DiskError) {
        try disk.unlink(path)
        // Where nothing else is left, its name is all that tells how far the numbers had come.
        if segments.isEmpty, first > 0 { usedUp = max(usedUp, first - 1) }
        findings.append(Finding(.note, file: path, problem: "taken into use but without records", action: "removed"))
    }

    private mutating func moveAside(_ path: String, _ severity: Finding.Severity, _ problem: String) throws(DiskError) {
        var action = "left where it is, for want of space, and passed over: until it is moved nothing can be changed"
        do throws(DiskError) {
            // Once it is moved nothing tells any more what numbers it may have had.
            try rememberUsedNumbers()
            action = "moved to \(try Quarantine(disk: disk).move(path))"
        } catch {
            guard error.number.isLackOfSpace else { throw error }
            strays.append(path)
        }
        findings.append(Finding(severity, file: path, problem: problem, action: action))
    }

    // MARK: Repair

    /// Makes every damaged place a blank line, the end of a write that was cut short zeros, and gives the pieces that
    /// remain.
    private mutating func repair(
        _ file: DiskFile, _ path: String, _ first: UInt64, _ bytes: inout [UInt8], _ scan: SegmentScan, isLast: Bool
    ) -> ArraySlice<SegmentScan.Piece> {
        var pieces = scan.pieces[...]
        var hasWritten = false
        if isLast, let tear = scan.tear, lastSequence(scan.pieces[..<tear]) >= floor {
            pieces = pieces[..<tear]
            cut(file, path, bytes, scan.pieces[tear].range.lowerBound..<scan.end)
            hasWritten = true
        }
        for (index, piece) in zip(pieces.indices, pieces) where piece.kind == .damage {
            let header = JournalHeader(epoch: epoch, first: first)
            let isHeader = index == pieces.startIndex && piece.range.lowerBound == 0
            if mend(file, path, &bytes, piece.range, isHeader ? header : nil) { hasWritten = true }
        }
        if hasWritten { synchronizeRepair(file, path) }
        return pieces
    }

    /// The last sequence in these pieces or before them.
    private func lastSequence(_ pieces: ArraySlice<SegmentScan.Piece>) -> UInt64 {
        for piece in pieces.reversed() {
            if case .record(let sequence, _) = piece.kind { return max(last, sequence) }
        }
        return last
    }

    private mutating func cut(_ file: DiskFile, _ path: String, _ bytes: [UInt8], _ range: Range<Int>) {
        var action = setAside(bytes[range], path, suffix: "torn") ?? "no space to keep it aside"
        do {
            try disk.write(file, [UInt8](repeating: 0, count: range.count), at: range.lowerBound)
            action += ", cut"
        } catch {
            action += ", left in place (\(error.number))"
        }
        findings.append(
            Finding(
                .note, file: path, offset: range.lowerBound, line: line(at: range.lowerBound, in: bytes),
                problem: "the last write was cut short", action: action))
    }

    private mutating func mend(
        _ file: DiskFile, _ path: String, _ bytes: inout [UInt8], _ range: Range<Int>, _ header: JournalHeader?
    ) -> Bool {
        var replacement = JournalLine.blank(count: range.count)
        var batch = JournalBatch()
        if let header { batch.append(header: header, lineCount: range.count) }
        let isHeader = batch.bytes.count == range.count
        if isHeader { replacement = batch.bytes }
        let line = line(at: range.lowerBound, in: bytes)
        var action = setAside(bytes[range], path, suffix: "damaged")
        if let kept = action {
            do throws(DiskError) {
                try disk.write(file, replacement, at: range.lowerBound)
                bytes.replaceSubrange(range, with: replacement)
                action = kept + (isHeader ? ", header written anew" : ", made a blank line")
            } catch {
                action = kept + ", left in place (\(error.number))"
            }
        }
        findings.append(
            Finding(
                .damage, file: path, offset: range.lowerBound, line: line,
                problem: header == nil ? "\(range.count) bytes are not a valid record" : "the header is not valid",
                action: action ?? "left in place, no space to keep it aside"))
        return action != nil
    }

    /// Makes blank lines of records whose numbers were there before, so that whoever begins to read at this segment
    /// hears of the first ones too. Says whether there are any.
    private mutating func clearRepeated(
        _ file: DiskFile, _ path: String, _ bytes: inout [UInt8], _ pieces: ArraySlice<SegmentScan.Piece>
    ) -> Bool {
        var repeated: [Range<Int>] = []
        var highest = last
        for piece in pieces {
            guard case .record(let sequence, _) = piece.kind else { continue }
            if sequence > highest { highest = sequence } else { repeated.append(piece.range) }
        }
        guard let begin = repeated.first?.lowerBound, let end = repeated.last?.upperBound else { return false }
        var action = "the first ones count"
        if let kept = setAside(bytes[begin..<end], path, suffix: "repeated") {
            action += ", these are \(kept) and made blank lines"
            for range in repeated { bytes.replaceSubrange(range, with: JournalLine.blank(count: range.count)) }
            do throws(DiskError) {
                try disk.write(file, Array(bytes[begin..<end]), at: begin)
            } catch {
                action += ", which failed (\(error.number))"
            }
            synchronizeRepair(file, path)
        } else {
            action += ", these are left in place, no space to keep them aside"
        }
        findings.append(
            Finding(
                .warning, file: path, offset: begin,
                problem: "\(repeated.count) records have numbers that were there before", action: action))
        return true
    }

    /// A repair that does not last does no harm: what was kept aside is, and the next recovery finds the same.
    private mutating func synchronizeRepair(_ file: DiskFile, _ path: String) {
        do {
            try disk.synchronize(file)
        } catch {
            findings.append(Finding(.warning, file: path, problem: "its repair may not last (\(error.number))"))
        }
    }

    /// A clause that says where the copy is, or nil where none could be made. Zeros in front are not copied.
    private func setAside(_ bytes: ArraySlice<UInt8>, _ path: String, suffix: String) -> String? {
        let bytes = bytes.drop { $0 == 0 }
        if bytes.isEmpty { return "nothing but zeros" }
        let segment = path.dropFirst(StorePath.journal.count + 1)
        let kept = try? Quarantine(disk: disk).keep(Array(bytes), as: "\(segment)-\(bytes.startIndex).\(suffix)")
        return kept.map { "kept aside as \($0)" }
    }

    private func line(at offset: Int, in bytes: [UInt8]) -> Int {
        1 + bytes[..<offset].count { $0 == JournalLine.lineFeed }
    }

    // MARK: Segments that are kept

    /// Takes the records in; nil where none remains.
    private mutating func take(
        _ path: String, _ first: UInt64, _ pieces: ArraySlice<SegmentScan.Piece>, capacity: Int
    ) -> Segment? {
        guard let begin = pieces.first(where: isFresh), case .record(let firstSequence, _) = begin.kind else {
            return nil
        }
        let end = pieces.last?.range.upperBound ?? 0
        var segment = Segment(path: path, first: firstSequence, last: nil, end: end, capacity: capacity)
        var expected = last == 0 ? min(first, firstSequence) : last + 1
        for piece in pieces {
            guard case .record(let sequence, _) = piece.kind, sequence > last else { continue }
            if sequence > expected {
                findings.append(
                    Finding(
                        .damage, file: path, offset: piece.range.lowerBound,
                        problem: expected == sequence - 1
                            ? "record \(expected) is missing" : "records \(expected) to \(sequence - 1) are missing"))
            }
            segment.index.note(sequence, at: piece.range.lowerBound)
            last = sequence
            expected = sequence &+ 1
            recordCount += 1
        }
        segment.last = last
        // Its name is taken: the segment that begins with this number would be written over it.
        if last < first { usedUp = max(usedUp, first) }
        return segment
    }

    /// Has the last segment durable for certain, and gives the file of the copy that this may take.
    ///
    /// Its last records may be here only because the system still remembers them: a process that was killed may not
    /// have synchronized them, and after a synchronization that failed the system takes for written what is not, so
    /// that trying again proves nothing. Writing them once more over themselves would put at risk what was promised. So
    /// the segment is copied and replaced, unless a cursor proves that the last record was durable, or there is no
    /// space: then a process that starts on a full disk behind a failed synchronization may tell of records that a
    /// power cut takes away. A segment that was repaired is copied too: new bytes in a bad place may not last.
    private func confirm(
        _ file: DiskFile, _ bytes: [UInt8], _ segment: Segment, isProven: Bool
    ) throws(DiskError) -> DiskFile? {
        if !isProven {
            do {
                return try SegmentPreparation.make(
                    disk, bytes: segment.capacity, temporary: StorePath.rolledSegmentTemporary, path: segment.path,
                    content: Array(bytes[..<segment.end]))
            } catch {
                guard error.number.isLackOfSpace else { throw error }
            }
        }
        try disk.synchronize(file)
        return nil
    }

    // MARK: Reading

    private func open(_ path: String, for access: DiskAccess) throws(DiskError) -> DiskFile {
        let disk = disk
        return try insisting { () throws(DiskError) in try disk.open(path, for: access) }
    }

    /// All bytes of a file; those that cannot be read are given as `!`, which no valid line consists of.
    private func read(_ file: DiskFile) throws(DiskError) -> (bytes: [UInt8], unreadable: [Range<Int>]) {
        let disk = disk
        let size = try insisting { () throws(DiskError) in try disk.size(file) }
        var bytes = [UInt8](repeating: 0, count: size)
        do throws(DiskError) {
            let count = try disk.read(file, at: 0, into: &bytes)
            bytes.removeLast(size - min(count, size))
            return (bytes, [])
        } catch {
            guard error.number == .inputOutput else { throw error }
        }
        let step = 4096
        var unreadable: [Range<Int>] = []
        var chunk = [UInt8](repeating: 0, count: step)
        for start in stride(from: 0, to: size, by: step) {
            let range = start..<min(start + step, size)
            do throws(DiskError) {
                let count = min(try disk.read(file, at: start, into: &chunk), range.count)
                bytes.replaceSubrange(start..<(start + count), with: chunk[..<count])
            } catch {
                guard error.number == .inputOutput else { throw error }
                bytes.replaceSubrange(range, with: repeatElement(0x21, count: range.count))
                if let before = unreadable.last, before.upperBound == start {
                    unreadable[unreadable.count - 1] = before.lowerBound..<range.upperBound
                } else {
                    unreadable.append(range)
                }
            }
        }
        return (bytes, unreadable)
    }
}
