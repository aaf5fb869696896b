/// A whole segment taken apart: which bytes are lines, and which are damaged.
struct SegmentScan {
    enum Kind: Equatable {
        case header
        case record(sequence: UInt64, continuesWrite: Bool)
        case blank
        /// Bytes that are no line, from the first that is not zero; or a header where none belongs.
        case damage
    }

    struct Piece: Equatable {
        let kind: Kind
        let range: Range<Int>
    }

    /// In the order of the file, without gaps but for zeros.
    private(set) var pieces: [Piece] = []
    /// The header, if the segment begins with one that can be read.
    private(set) var header: JournalHeader?
    private(set) var recordCount = 0

    /// The end of the last piece: behind it are zeros only.
    var end: Int { pieces.last?.range.upperBound ?? 0 }

    var hasDamage: Bool { pieces.contains { $0.kind == .damage } }

    /// O(n) for a segment as it is written.
    init(_ bytes: [UInt8]) {
        let span = bytes.span
        var position = 0
        while position < span.count {
            if case .line(let line) = JournalLine.parse(span, at: position) {
                append(line, bytes)
                position = line.range.upperBound
                continue
            }
            var start = position
            while start < span.count, span[start] == 0 { start += 1 }
            guard start < span.count else { break }
            position = start
            while let next = JournalLine.resynchronize(span, after: position) {
                position = next
                if case .line = JournalLine.parse(span, at: position) { break }
            }
            if case .line = JournalLine.parse(span, at: position) {
                guard start < position else { continue }
                pieces.append(Piece(kind: .damage, range: start..<position))
                continue
            }
            var end = span.count
            while end > start, span[end - 1] == 0 { end -= 1 }
            pieces.append(Piece(kind: .damage, range: start..<end))
            break
        }
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

    /// The index of the first piece of what may be a write that a crash cut short: damage that no record follows which was
    /// written by a later call. Nil where there is none.
    var tear: Int? {
        let lastCall = pieces.lastIndex { piece in
            if case .record(_, continuesWrite: false) = piece.kind { true } else { false }
        }
        return pieces.indices.first { $0 > (lastCall ?? -1) && pieces[$0].kind == .damage }
    }

    /// Where the last call's records begin, or nil where there are no records. What is before it was durable before it was made.
    var lastCallStart: Int? {
        let start = pieces.lastIndex { piece in
            if case .record(_, continuesWrite: false) = piece.kind { true } else { false }
        }
        guard let start else { return recordCount > 0 ? 0 : nil }
        let isFirst = !pieces[..<start].contains { piece in
            if case .record = piece.kind { true } else { false }
        }
        return isFirst ? 0 : pieces[start].range.lowerBound
    }
}
