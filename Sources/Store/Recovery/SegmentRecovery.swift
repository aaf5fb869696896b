import Platform

/// Recovers the segments of the journal, as `SegmentCase` and the tables that follow it say.
struct SegmentRecovery {
    let disk: any Disk
    let epoch: String
    /// A sequence that is known to have been durable.
    let floor: UInt64
    /// The size of new segments, which bounds how many records one can hold.
    let capacityMax: Int

    private(set) var findings: [Finding] = []
    private(set) var segments: [Segment] = []
    /// The file of the last of `segments`, open for appending.
    private(set) var liveFile: DiskFile?
    private(set) var recordCount = 0
    /// Segments that do not belong to the journal and could not be moved aside, for want of space.
    private(set) var strays: [String] = []

    /// The last record's sequence.
    private var last: UInt64 = 0
    /// Numbers up to this one are not given again, although no record may have them.
    private var usedUp: UInt64 = 0

    init(disk: any Disk, epoch: String, floor: UInt64, capacityMax: Int) {
        self.disk = disk
        self.epoch = epoch
        self.floor = floor
        self.capacityMax = capacityMax
    }

    /// The sequence of the next record.
    var nextSequence: UInt64 { max(last, floor, usedUp) + 1 }

    /// - Parameter firsts: the first sequences that the segments' names give, ascending.
    mutating func run(firsts: [UInt64]) throws(DiskError) {
        let lastUsed = try lastUsedSegment(firsts)
        for first in firsts {
            try recover(first, isLast: first == lastUsed, isAfterLastUsed: lastUsed.map { first > $0 } ?? true)
        }
        let end = JournalEndCase.matching([.isBehindCursor: floor > last, .isBehindUsedNumbers: usedUp > last])
        findings.report(
            end.severity, StorePath.journal, problem: "ends with record \(last), but record \(floor) was durable",
            action: "the next record will be \(nextSequence)")
        if end.treatment == .continueAfterHighest {
            do throws(DiskError) {
                try storeUsedNumbers()
            } catch {
                guard error.number.isLackOfSpace, end.treatmentWithoutSpace == .continueUnstored else { throw error }
            }
        }
        try disk.synchronizeDirectory(StorePath.journal)
    }

    /// Stores the number up to which none is given again, if no record has it.
    private func storeUsedNumbers() throws(DiskError) {
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
                bytes = try SegmentBytes(disk, file).bytes
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

    /// Opens a file; an error of the device may pass, so it is tried twice.
    private func open(_ path: String, for access: DiskAccess) throws(DiskError) -> DiskFile {
        let disk = disk
        return try insisting { () throws(DiskError) in try disk.open(path, for: access) }
    }

    // MARK: One segment

    /// - Parameters:
    ///   - isLast: it is the last segment with records.
    ///   - isAfterLastUsed: it comes after that one.
    private mutating func recover(_ first: UInt64, isLast: Bool, isAfterLastUsed: Bool) throws(DiskError) {
        let path = StorePath.segment(first: first)
        let file: DiskFile
        do throws(DiskError) {
            file = try open(path, for: .readingAndWriting)
        } catch {
            guard error.number.isFaultOfTheFile else { throw error }
            let found = SegmentCase.matching([.cannotBeOpened: true])
            leaveOut(found.treatment.numbers, first, [])
            return try moveAside(path, found, "cannot be opened (\(error.number))")
        }
        var isOpen = true
        defer { if isOpen { disk.close(file) } }
        let content = try SegmentBytes(disk, file)
        for range in content.unreadable {
            findings.report(
                PlaceCase.matching([.cannotBeRead: true]).severity, path, offset: range.lowerBound,
                problem: "\(range.count) bytes cannot be read")
        }
        let scan = SegmentScan(content.bytes)
        let tear = tear(in: scan, isLast: isLast)
        let kept = scan.pieces[..<(tear ?? scan.pieces.endIndex)]
        let found = SegmentCase.matching([
            .hasOtherEpoch: scan.header.map { $0.epoch != epoch } ?? false,
            .hasOtherName: scan.header.map { $0.first != first } ?? false,
            .hasRecords: scan.recordCount > 0,
            .hasDamage: scan.hasDamage,
            .isAfterLastUsed: isAfterLastUsed,
            .wasDurable: first <= floor,
            .hasNewRecords: scan.pieces.contains { isNew($0) },
            .keepsNewRecords: kept.contains { isNew($0) },
            .endsBelowItsName: kept.allSatisfy { ($0.sequence ?? 0) < first },
        ])
        leaveOut(found.treatment.numbers, first, scan.pieces[...])
        switch found.treatment {
        case .moveAside, .skip:
            try moveAside(path, found, problem(found, scan))
        case .remove:
            try remove(path, found)
        case .removeKeepingTorn:
            let start = scan.pieces.first { $0.kind == .damage }?.range.lowerBound ?? 0
            let copy = Quarantine(disk: disk).keepPart(content.bytes[start..<scan.end], of: path, as: "torn")
            findings.report(
                found.severity, path, offset: start, problem: "its first write was cut short",
                action: "\(copy ?? "no space to keep it aside"), segment removed")
            try disk.unlink(path)
        case .keep, .repairAndRemove:
            var repair = SegmentRepair(disk: disk, path: path, file: file, bytes: content.bytes)
            repair.run(
                scan, tear: tear, header: JournalHeader(epoch: epoch, first: first),
                place: { place(at: $0, in: scan, isLast: isLast) })
            let hasRepeated = repair.clearRepeated(kept, after: last)
            findings += repair.findings
            guard case .keep = found.treatment else { return try remove(path, found) }
            let segment = accept(path, first, kept, capacity: repair.bytes.count)
            segments.append(segment)
            guard isLast else { return }
            liveFile = try confirm(file, repair.bytes, segment, wasRepaired: scan.hasDamage || hasRepeated)
            isOpen = liveFile != file
        }
    }

    private func isNew(_ piece: SegmentScan.Piece) -> Bool { piece.sequence.map { $0 > last } ?? false }

    /// The last sequence in these pieces or before them.
    private func lastSequence(_ pieces: ArraySlice<SegmentScan.Piece>) -> UInt64 {
        pieces.last { $0.sequence != nil }.map { max(last, $0.sequence ?? 0) } ?? last
    }

    /// The case of the damaged piece with this index.
    private func place(at index: Int, in scan: SegmentScan, isLast: Bool) -> PlaceCase {
        let tear = scan.tear.flatMap { $0 <= index ? $0 : nil }
        return .matching([
            .isInLastSegment: isLast,
            .precedesLaterCall: tear == nil,
            .wasDurable: tear.map { lastSequence(scan.pieces[..<$0]) < floor } ?? false,
        ])
    }

    /// The index of the piece from which on the segment is cut; nil where it is kept to its end.
    private func tear(in scan: SegmentScan, isLast: Bool) -> Int? {
        guard let tear = scan.tear, place(at: tear, in: scan, isLast: isLast).treatment == .cut else { return nil }
        return tear
    }

    private mutating func leaveOut(
        _ numbers: SegmentCase.Numbers, _ first: UInt64, _ pieces: ArraySlice<SegmentScan.Piece>
    ) {
        let through: UInt64? =
            switch numbers {
            case .none: nil
            case .itsRecords: lastSequence(pieces)
            // No line is shorter than 20 bytes.
            case .allItMayHold: first + UInt64(capacityMax / 20)
            case .belowItsName: first - 1
            case .belowItsNameIfFirst: segments.isEmpty && first > 0 ? first - 1 : nil
            case .itsName: first
            }
        if let through { usedUp = max(usedUp, through) }
    }

    // MARK: Segments that are not kept

    private func problem(_ found: SegmentCase, _ scan: SegmentScan) -> String {
        switch found {
        case .otherEpoch: "belongs to the journal of epoch \(scan.header?.epoch ?? "")"
        case .otherName: "its header says that it begins with record \(scan.header?.first ?? 0)"
        case .repeated: "has only records that appeared before"
        default: "has no valid record"
        }
    }

    private mutating func remove(_ path: String, _ found: SegmentCase) throws(DiskError) {
        try disk.unlink(path)
        findings.report(found.severity, path, problem: "put into use, but has no records", action: "removed")
    }

    private mutating func moveAside(_ path: String, _ found: SegmentCase, _ problem: String) throws(DiskError) {
        var action = "left where it is, for want of space, and skipped: nothing can be changed until it is moved"
        do throws(DiskError) {
            // Once it has been moved, nothing else says which numbers it may have held.
            try storeUsedNumbers()
            action = "moved to \(try Quarantine(disk: disk).move(path))"
        } catch {
            guard error.number.isLackOfSpace, found.treatmentWithoutSpace == .skip else { throw error }
            strays.append(path)
        }
        findings.report(found.severity, path, problem: problem, action: action)
    }

    // MARK: Segments that are kept

    /// Adds the records of a segment to the journal.
    ///
    /// - Precondition: the pieces have a record with a new number.
    private mutating func accept(
        _ path: String, _ first: UInt64, _ pieces: ArraySlice<SegmentScan.Piece>, capacity: Int
    ) -> Segment {
        let firstSequence = pieces.first(where: isNew)?.sequence ?? first
        let end = pieces.last?.range.upperBound ?? 0
        var segment = Segment(path: path, first: firstSequence, last: nil, end: end, capacity: capacity)
        var expected = last == 0 ? min(first, firstSequence) : last + 1
        for piece in pieces {
            guard let sequence = piece.sequence else { continue }
            var facts = Facts<RecordCase.Fact>()
            facts.note(.isRepeated, sequence <= last)
            facts.note(.followsGap, sequence > expected)
            let found = RecordCase.matching(facts)
            guard found.treatment == .keep else { continue }
            if found == .afterGap {
                findings.report(
                    found.severity, path, offset: piece.range.lowerBound,
                    problem: expected == sequence - 1
                        ? "record \(expected) is missing" : "records \(expected) to \(sequence - 1) are missing")
            }
            segment.index.note(sequence, at: piece.range.lowerBound)
            last = sequence
            expected = sequence &+ 1
            recordCount += 1
        }
        segment.last = last
        return segment
    }

    /// Makes sure that the last segment is durable, as `LastSegmentCase` says.
    ///
    /// - Returns: the file to append to: the segment's own, or that of its copy.
    private func confirm(
        _ file: DiskFile, _ bytes: [UInt8], _ segment: Segment, wasRepaired: Bool
    ) throws(DiskError) -> DiskFile {
        let found = LastSegmentCase.matching([.isProven: last <= floor, .wasRepaired: wasRepaired])
        if found.treatment == .replaceWithCopy {
            do {
                return try SegmentPreparation.make(
                    disk, bytes: segment.capacity, temporary: StorePath.rolledSegmentTemporary, path: segment.path,
                    content: Array(bytes[..<segment.end]))
            } catch {
                guard error.number.isLackOfSpace, found.treatmentWithoutSpace == .use else { throw error }
            }
        }
        try disk.synchronize(file)
        return file
    }
}
