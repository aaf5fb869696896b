import Platform
import Simulation
import Testing

@testable import Store

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

    /// Appends and commits batches. Each element is the number of records in a batch.
    static func append(_ batches: [Int], length: Int = 100, to journal: Journal) throws(StoreError) {
        for count in batches {
            for _ in 0..<count { try journal.append(record(journal.nextSequence, length: length)) }
            try journal.commit()
        }
    }

    /// Removes all full segments whose records are at most `sequence`.
    static func retire(_ journal: Journal, through sequence: UInt64) throws(StoreError) {
        while try journal.retireOldest(through: sequence) { try journal.commit() }
    }

    /// A stopped station with these batches. Each record is a line of 110 bytes.
    static func disk(_ batches: [Int]) throws(StoreError) -> MemoryDisk {
        let disk = MemoryDisk()
        try append(batches, to: try recover(disk).journal)
        disk.killProcess()
        return disk
    }

    /// A segment as a file has it: a header, and the records of each call.
    static func segment(
        first: UInt64, epoch: String = "epoch1", calls: [[UInt64]], size: Int = 2048
    ) -> [UInt8] {
        var header = JournalBatch()
        header.append(header: JournalHeader(epoch: epoch, first: first))
        var bytes = header.bytes
        for call in calls {
            var lines = JournalBatch()
            for sequence in call { lines.append(record: record(sequence)) }
            bytes += lines.bytes
        }
        return bytes + [UInt8](repeating: 0, count: size - bytes.count)
    }

    /// Recovers, and checks that a second recovery finds the same records, and that more can be appended.
    static func recoverTwice(_ disk: MemoryDisk) throws -> (Recovery.Outcome, [UInt64]) {
        let outcome = try recover(disk)
        let sequences = try Self.sequences(outcome.journal)
        disk.killProcess()
        let again = try recover(disk)
        #expect(try Self.sequences(again.journal) == sequences)
        #expect(again.journal.nextSequence == outcome.journal.nextSequence)
        #expect(again.findings.allSatisfy { $0.severity == .damage || $0.severity == .warning })
        try append([2], to: again.journal)
        let next = outcome.journal.nextSequence
        #expect(try Self.sequences(again.journal) == sequences + [next, next + 1])
        disk.killProcess()
        return (outcome, sequences)
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
    /// Whether there is a finding of this severity whose problem contains this text.
    func has(_ severity: Finding.Severity, _ problem: String) -> Bool {
        contains { $0.severity == severity && $0.problem.contains(problem) }
    }

    var damage: [Finding] { filter { $0.severity == .damage } }
}

extension Journal {
    func record(at sequence: UInt64) throws(StoreError) -> JournalRecord? {
        try JournalLookup(self).record(at: sequence)
    }
}
