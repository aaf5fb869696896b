/// The part of a segment that is kept in memory.
struct Segment {
    let path: String
    /// The first sequence to look for in this segment.
    let first: UInt64
    /// The last record's sequence; nil while there is no record.
    var last: UInt64?
    /// Where the next line goes.
    var end: Int
    /// The size of the file.
    let capacity: Int
    var index = SegmentIndex()
}

/// Where some of a segment's records begin, so that little has to be read to find any of them.
struct SegmentIndex {
    struct Entry {
        let sequence: UInt64
        let offset: Int
    }

    /// The distance between two records that have an entry.
    static let interval = 64

    private var entries: [Entry] = []
    private var unlisted = 0

    /// Adds the next record. Sequences must grow.
    mutating func note(_ sequence: UInt64, at offset: Int) {
        if entries.isEmpty || unlisted == Self.interval - 1 {
            entries.append(Entry(sequence: sequence, offset: offset))
            unlisted = 0
        } else {
            unlisted += 1
        }
    }

    /// An offset from which a reader meets `sequence`, if the segment has it. O(log n).
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
