import JSON
import Platform
import Simulation
import Store

/// A small version of what a station does to its store. It remembers what was promised.
struct Workload {
    static let limits = JournalLimits(segmentBytes: 2048, recordBytesMax: 1024)
    static let items = DocumentDirectory("items", idMember: "item_id")

    /// Every record that may be on the disk, by sequence, from 1.
    private(set) var attempted: [[UInt8]] = []
    /// The number of them that were promised.
    private(set) var promisedCount = 0
    /// Records up to here may have been retired.
    private(set) var retiredThrough: UInt64 = 0
    private var salt = 0

    enum Stop: Error {
        /// The store refused, and the station lives on.
        case refused(StoreError)
        /// The store failed, and the process ends.
        case failed(StoreError)
        /// Something that was promised is not there.
        case broken(String)
    }

    /// Starts on a disk, compares what recovery returns with what was promised, and continues from there.
    mutating func start(_ disk: any Disk, damageAllowed: Bool = false) throws(Stop) -> Journal {
        let outcome: Recovery.Outcome
        do {
            outcome = try Recovery.run(disk, .init(stationID: 7, newEpoch: "epoch1", limits: Self.limits))
        } catch {
            throw .failed(error)
        }
        let journal = outcome.journal
        if !damageAllowed, let finding = outcome.findings.first(where: { $0.severity == .damage }) {
            throw .broken("\(finding)")
        }
        let last = Int(journal.committedSequence)
        guard last >= promisedCount, last <= attempted.count else {
            throw .broken("\(last) records, \(promisedCount) promised, \(attempted.count) attempted")
        }
        let found = try Self.records(journal)
        let first = journal.oldestSequence
        guard first <= retiredThrough + 1 else {
            throw .broken("begins with \(first), retired at most through \(retiredThrough)")
        }
        guard found.map(\.sequence) == (last == 0 ? [] : Array(first...UInt64(last))) else {
            throw .broken("a hole in \(found.map(\.sequence))")
        }
        for record in found where record.json != attempted[Int(record.sequence) - 1] {
            throw .broken("record \(record.sequence) is another one")
        }
        attempted.removeLast(attempted.count - last)
        promisedCount = last
        return journal
    }

    private static func records(_ journal: Journal) throws(Stop) -> [JournalRecord] {
        do {
            return try journal.records(from: journal.oldestSequence, countMax: .max, bytesMax: .max)
        } catch {
            throw .failed(error)
        }
    }

    /// Does `count` random things.
    mutating func run(
        _ journal: Journal, _ disk: any Disk, count: Int, using random: inout SeededGenerator
    ) throws(Stop) {
        for _ in 0..<count {
            do {
                switch Int.random(in: 0..<10, using: &random) {
                case 0: try checkpoint(journal, disk)
                case 1 where journal.wantsNextSegment:
                    try SegmentPreparation.run(disk, bytes: Self.limits.segmentBytes)
                    journal.nextSegmentIsReady()
                case 2:
                    let cursor = try Cursors.read(disk, reader: Cursors.checkpointer) ?? 0
                    retiredThrough = max(retiredThrough, cursor)
                    try journal.retireOldest(through: cursor)
                default: try turn(journal, using: &random)
                }
            } catch {
                if case .journalFailed = error { throw .failed(error) }
                if case .full = error { _ = journal.retryNextSegment() }
            }
        }
    }

    private mutating func turn(_ journal: Journal, using random: inout SeededGenerator) throws(StoreError) {
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let record = makeRecord(journal.nextSequence, length: Int.random(in: 0...300, using: &random))
            do {
                try journal.append(record)
                attempted.append(record)
            } catch {
                guard case .full = error else { throw error }
            }
        }
        try journal.commit()
        promisedCount = attempted.count
    }

    /// A record on one of seven items; every fifth removes it.
    private mutating func makeRecord(_ sequence: UInt64, length: Int) -> [UInt8] {
        salt += 1
        let item = sequence % 7 + 1
        let text = String(repeating: "x", count: length)
        return Array(
            #"{"seq":\#(sequence),"item_id":\#(item),"gone":\#(sequence % 5 == 0),"salt":\#(salt),"text":"\#(text)"}"#
                .utf8)
    }

    // MARK: Documents

    static func fold(_ record: JSONValue, _ sequence: UInt64, _ set: inout DocumentSet) throws(StoreError) {
        guard let item = record["item_id"]?.integerValue, let salt = record["salt"] else { return }
        let path = items.path(item)
        if record["gone"]?.boolValue == true {
            try set.remove(path)
        } else {
            let changes = (try set.document(at: path)?["changes"]?.integerValue ?? 0) + 1
            try set.set(path, ["item_id": .integer(item), "salt": salt, "changes": .integer(changes)])
        }
    }

    func checkpoint(_ journal: Journal, _ disk: any Disk) throws(StoreError) {
        var limits = Checkpoint.Limits()
        limits.documentsMax = 3
        _ = try Checkpoint.run(disk, through: journal.committedSequence, limits: limits, fold: Self.fold)
    }

    /// The documents as they must be once the checkpointer is done: the path, with `salt` and `changes`.
    func expectedDocuments() -> [String: [Int64]] {
        var documents: [String: [Int64]] = [:]
        for (index, bytes) in attempted.prefix(promisedCount).enumerated() {
            guard let record = try? JSONParser.parse(bytes), let salt = record["salt"]?.integerValue else { continue }
            let path = "items/\((index + 1) % 7 + 1).json"
            if record["gone"]?.boolValue == true {
                documents[path] = nil
            } else {
                documents[path] = [salt, (documents[path]?[1] ?? 0) + 1]
            }
        }
        return documents
    }

    static func documents(_ disk: any Disk) throws -> [String: [Int64]] {
        var found: [String: [Int64]] = [:]
        let findings = try DocumentFiles.readAll(disk, items) { document in
            let salt = document.content["salt"]?.integerValue ?? -1
            found[items.path(document.id)] = [salt, document.content["changes"]?.integerValue ?? -1]
        }
        guard findings.allSatisfy({ $0.severity == .note }) else { throw Stop.broken("\(findings)") }
        return found
    }
}
