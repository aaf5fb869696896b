/// A whole segment taken apart: which bytes are lines, and which are damaged.
struct SegmentScan {
    enum Kind: Equatable {
        case header
        case record(sequence: UInt64, continuesWrite: Bool)
        case blank
        /// Bytes that are no line, zeros included if other bytes follow; or a header in the middle of a segment.
        case damage
    }

    struct Piece: Equatable {
        let kind: Kind
        let range: Range<Int>

        /// The record's number; nil where the piece is no record.
        var sequence: UInt64? {
            if case .record(let sequence, _) = kind { sequence } else { nil }
        }
    }

    /// In the order of the file, without gaps.
    private(set) var pieces: [Piece] = []
    /// The header, if the segment begins with a readable one.
    private(set) var header: JournalHeader?
    private(set) var recordCount = 0

    /// The end of the last piece; only zeros follow.
    var end: Int { pieces.last?.range.upperBound ?? 0 }

    var hasDamage: Bool { pieces.contains { $0.kind == .damage } }

    /// O(n) for an undamaged segment.
    init(_ bytes: [UInt8]) {
        let span = bytes.span
        var position = 0
        while position < span.count {
            if case .line(let line) = JournalLine.parse(span, at: position) {
                append(line, bytes)
                position = line.range.upperBound
                continue
            }
            guard let end = Self.endOfDamage(span, from: position) else { break }
            pieces.append(Piece(kind: .damage, range: position..<end))
            position = end
        }
    }

    /// Where the next line begins, or, without one, the end of the last byte that is not zero; nil if all are zeros.
    private static func endOfDamage(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var position = start
        while let next = JournalLine.resynchronize(bytes, after: position) {
            position = next
            if case .line = JournalLine.parse(bytes, at: position) { return position }
        }
        var end = bytes.count
        while end > start, bytes[end - 1] == 0 { end -= 1 }
        return end > start ? end : nil
    }

    private mutating func append(_ line: JournalLine, _ bytes: [UInt8]) {
        switch line.content {
        case .record(let sequence):
            recordCount += 1
            let kind = Kind.record(sequence: sequence, continuesWrite: line.continuesWrite)
            pieces.append(Piece(kind: kind, range: line.range))
        case .blank: pieces.append(Piece(kind: .blank, range: line.range))
        case .header:
            if pieces.isEmpty, line.range.lowerBound == 0, let header = JournalHeader(json: Array(bytes[line.json])) {
                self.header = header
                pieces.append(Piece(kind: .header, range: line.range))
            } else {
                pieces.append(Piece(kind: .damage, range: line.range))
            }
        }
    }

    /// The index of the first damaged piece that no record of a later call follows: a write that a crash cut short may
    /// begin there. Nil where there is none.
    var tear: Int? {
        let lastCall = pieces.lastIndex { piece in
            if case .record(_, continuesWrite: false) = piece.kind { true } else { false }
        }
        return pieces.indices.first { $0 > (lastCall ?? -1) && pieces[$0].kind == .damage }
    }
}
