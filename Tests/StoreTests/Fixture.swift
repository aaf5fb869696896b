import Store

/// A small journal on a disk in memory.
enum Fixture {
    static let limits = JournalLimits(segmentBytes: 2048, recordBytesMax: 1024)
    static let firstSegment = StorePath.segment(first: 1)

    static func recover(_ disk: any Disk, epoch: String = "epoch1") throws(StoreError) -> Recovery.Outcome {
        try Recovery.run(disk, .init(stationID: 7, newEpoch: epoch, limits: limits))
    }

    static func record(_ sequence: UInt64, length: Int = 100) -> [UInt8] {
        let head = #"{"seq":\#(sequence),"text":""#
        let filler = String(repeating: "x", count: max(0, length - head.utf8.count - 2))
        return Array("\(head)\(filler)\"}".utf8)
    }

    /// Appends and commits batches of so many records each.
    static func append(_ batches: [Int], length: Int = 100, to journal: Journal) throws(StoreError) {
        for count in batches {
            for _ in 0..<count { try journal.append(record(journal.nextSequence, length: length)) }
            try journal.commit()
        }
    }

    /// A stopped station with these batches, a record being a line of 110 bytes.
    static func disk(_ batches: [Int]) throws(StoreError) -> MemoryDisk {
        let disk = MemoryDisk()
        try append(batches, to: try recover(disk).journal)
        disk.killProcess()
        return disk
    }

    static func sequences(_ journal: Journal) throws(StoreError) -> [UInt64] {
        try journal.records(from: 1, countMax: .max, bytesMax: .max).map(\.sequence)
    }

    /// Where the line of a record begins.
    static func offset(of sequence: UInt64, in path: String, _ disk: MemoryDisk) -> Int {
        let bytes = disk.bytes(path) ?? []
        let wanted = Array(#"{"seq":\#(sequence),"#.utf8)
        for start in 9..<max(10, bytes.count - wanted.count)
        where Array(bytes[start..<(start + wanted.count)]) == wanted {
            return start - 9
        }
        return -1
    }
}

extension [Finding] {
    /// Severities and the start of each problem.
    func has(_ severity: Finding.Severity, _ problem: String) -> Bool {
        contains { $0.severity == severity && $0.problem.contains(problem) }
    }

    var damage: [Finding] { filter { $0.severity == .damage } }
}
