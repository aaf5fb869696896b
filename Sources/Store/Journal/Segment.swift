/// What is known in memory of one segment file.
struct Segment {
    let path: String
    /// The first sequence that is to be looked for here.
    let first: UInt64
    /// The last record's sequence; nil while there is none.
    var last: UInt64?
    /// Where the next line goes.
    var end: Int
    /// The size of the file.
    let capacity: Int
    var index = SegmentIndex()
}

/// Where some of the records of a segment begin, so that any of them is found by reading a little.
struct SegmentIndex {
    struct Entry {
        let sequence: UInt64
        let offset: Int
    }

    /// One record in so many has an entry.
    static let interval = 64

    private var entries: [Entry] = []
    private var unlisted = 0

    /// Notes the next record. Sequences grow.
    mutating func note(_ sequence: UInt64, at offset: Int) {
        if entries.isEmpty || unlisted == Self.interval - 1 {
            entries.append(Entry(sequence: sequence, offset: offset))
            unlisted = 0
        } else {
            unlisted += 1
        }
    }

    /// An offset from which reading forward meets `sequence` if the segment has it. O(log n).
    func offset(before sequence: UInt64) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].sequence <= sequence { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? 0 : entries[low - 1].offset
    }
}
