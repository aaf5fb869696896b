import Platform

/// Makes the bad places of one segment harmless: cuts a torn write off, replaces damage, blanks repeated records.
///
/// Whatever it overwrites is in quarantine/ before, unless there is no space for that. A repair that fails or does not
/// last does no harm: the next recovery finds the same.
struct SegmentRepair {
    let disk: any Disk
    let path: String
    let file: DiskFile
    /// The segment's bytes with the repairs; what is cut off is still among them.
    private(set) var bytes: [UInt8]
    private(set) var findings: [Finding] = []

    init(disk: any Disk, path: String, file: DiskFile, bytes: [UInt8]) {
        self.disk = disk
        self.path = path
        self.file = file
        self.bytes = bytes
    }

    /// Cuts the segment off at the piece with the index `tear`, if there is one, and replaces damage before that.
    ///
    /// - Parameters:
    ///   - header: what the segment's header should be.
    ///   - place: gives the case of the damaged piece with an index.
    mutating func run(_ scan: SegmentScan, tear: Int?, header: JournalHeader, place: (Int) -> PlaceCase) {
        var hasWritten = false
        if let tear {
            cut(scan.pieces[tear].range.lowerBound..<scan.end, place(tear))
            hasWritten = true
        }
        for index in 0..<(tear ?? scan.pieces.endIndex) where scan.pieces[index].kind == .damage {
            if replace(scan.pieces[index].range, place(index), isAtStart: index == 0, header) { hasWritten = true }
        }
        if hasWritten { synchronize() }
    }

    private mutating func cut(_ range: Range<Int>, _ place: PlaceCase) {
        let copy = keepAside(range, as: "torn")
        var action = copy ?? "no space to keep it aside"
        if (copy == nil ? place.treatmentWithoutSpace : place.treatment) == .cut {
            do throws(DiskError) {
                try disk.write(file, [UInt8](repeating: 0, count: range.count), at: range.lowerBound)
                action += ", cut off"
            } catch {
                action += ", left in place (\(error.number))"
            }
        }
        findings.report(
            place.severity, path, offset: range.lowerBound, line: lineNumber(at: range.lowerBound),
            problem: "the last write was cut short", action: action)
    }

    /// - Returns: whether the damage is kept aside, so that a replacement was at least tried.
    private mutating func replace(
        _ range: Range<Int>, _ place: PlaceCase, isAtStart: Bool, _ header: JournalHeader
    ) -> Bool {
        var headerLine = JournalBatch()
        headerLine.append(header: header, lineCount: range.count)
        let found = ReplacementCase.matching([
            .isAtStart: isAtStart, .holdsHeader: headerLine.bytes.count == range.count,
        ])
        let line = lineNumber(at: range.lowerBound)
        let copy = keepAside(range, as: "damaged")
        var action = copy ?? ""
        switch copy == nil ? found.treatmentWithoutSpace : found.treatment {
        case .writeHeader:
            action += overwrite(range, with: headerLine.bytes) ?? ", header rewritten"
        case .writeBlankLine:
            action += overwrite(range, with: JournalLine.blank(count: range.count)) ?? ", made a blank line"
        case .leave:
            action = "left in place, no space to keep it aside"
        }
        findings.report(
            place.severity, path, offset: range.lowerBound, line: line,
            problem: isAtStart ? "the header is not valid" : "\(range.count) bytes are not a valid record",
            action: action)
        return copy != nil
    }

    /// Makes blank lines of records whose numbers appeared before, so that a reader that begins in this segment does
    /// not meet them.
    ///
    /// - Parameter last: the last sequence of the segments before.
    /// - Returns: whether there are any.
    mutating func clearRepeated(_ pieces: ArraySlice<SegmentScan.Piece>, after last: UInt64) -> Bool {
        var repeated: [Range<Int>] = []
        var highest = last
        for piece in pieces {
            guard let sequence = piece.sequence else { continue }
            var facts = Facts<RecordCase.Fact>()
            facts.note(.isRepeated, sequence <= highest)
            if RecordCase.matching(facts) == .repeated { repeated.append(piece.range) } else { highest = sequence }
        }
        guard let begin = repeated.first?.lowerBound, let end = repeated.last?.upperBound else { return false }
        let found = RecordCase.repeated
        let copy = keepAside(begin..<end, as: "repeated")
        var action = "the first ones count"
        switch copy == nil ? found.treatmentWithoutSpace : found.treatment {
        case .blank:
            action += ", these are \(copy ?? "") and made blank lines"
            for range in repeated { bytes.replaceSubrange(range, with: JournalLine.blank(count: range.count)) }
            do throws(DiskError) {
                try disk.write(file, Array(bytes[begin..<end]), at: begin)
            } catch {
                action += ", which failed (\(error.number))"
            }
            synchronize()
        case .leave, .keep:
            action += ", these are left in place, no space to keep them aside"
        }
        findings.report(
            found.severity, path, offset: begin,
            problem: "\(repeated.count) records have numbers that appeared before", action: action)
        return true
    }

    // MARK: Parts

    /// Nil where it was written, otherwise a clause that says why not.
    private mutating func overwrite(_ range: Range<Int>, with replacement: [UInt8]) -> String? {
        do throws(DiskError) {
            try disk.write(file, replacement, at: range.lowerBound)
            bytes.replaceSubrange(range, with: replacement)
            return nil
        } catch {
            return ", left in place (\(error.number))"
        }
    }

    private mutating func synchronize() {
        do throws(DiskError) {
            try disk.synchronize(file)
        } catch {
            findings.report(.warning, path, problem: "the repair may not last (\(error.number))")
        }
    }

    private func keepAside(_ range: Range<Int>, as kind: String) -> String? {
        Quarantine(disk: disk).keepPart(bytes[range], of: path, as: kind)
    }

    private func lineNumber(at offset: Int) -> Int {
        1 + bytes[..<offset].count { $0 == JournalLine.lineFeed }
    }
}
