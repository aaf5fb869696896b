import JSON
import Platform

/// The documents that a run of the checkpointer changes: loaded on demand, written by `flush`.
///
/// Each document keeps the sequence of the last record that changed it, and a record changes only documents older than
/// itself; in newer ones, its change is already done. So the same records may be applied again, from any earlier point,
/// with the same result.
///
/// A removed document leaves no such mark. When older records are applied again they may bring it back for a while,
/// until the record that removed it is applied again. That always happens: the cursor is never between the record that
/// brought a document back and the one that removed it unless the file is as it was at that point.
public struct DocumentSet {
    private struct Entry {
        /// Nil if there is no such document.
        var content: JSONObject?
        var sequence: UInt64
        /// Whether `flush` must write or remove the file.
        var isChanged = false
        /// Whether a record's change was found done. An earlier run wrote the file, and may have been killed before it
        /// synchronized the directory.
        var isFoundDone = false
    }

    let disk: any Disk
    /// Whether the pass began with the oldest record, so that a damaged document can be rebuilt at once.
    private let isFromTheOldest: Bool
    /// The sequence of the record that is being applied.
    var sequence: UInt64 = 0
    private var entries: [String: Entry] = [:]
    private var knownDirectories: Set<String> = []
    private(set) var findings: [Finding] = []
    /// A damaged document about which the pass may have missed records, so that it cannot rebuild it.
    private(set) var damaged: (path: String, problem: String)?
    private(set) var writtenCount = 0

    init(disk: any Disk, isFromTheOldest: Bool) {
        self.disk = disk
        self.isFromTheOldest = isFromTheOldest
    }

    /// The number of documents in memory.
    var count: Int { entries.count }

    /// The document at `path`, for example `tickets/17.json`; nil if there is none. It may be newer than the record
    /// being applied.
    ///
    /// - Throws: `disk`.
    public mutating func document(at path: String) throws(StoreError) -> JSONObject? {
        try entry(path).content
    }

    /// Makes `content` the document at `path`, unless the document is at least as new as the record being applied.
    ///
    /// - Parameter content: its member `sequence`, if any, is replaced.
    /// - Throws: `disk`.
    public mutating func set(_ path: String, _ content: JSONObject) throws(StoreError) {
        try change(path, to: content)
    }

    /// Removes the document at `path`, unless it is at least as new as the record being applied.
    ///
    /// - Throws: `disk`.
    public mutating func remove(_ path: String) throws(StoreError) {
        try change(path, to: nil)
    }

    /// Notes that the document at `path`, which a record removes, does not exist: an earlier run may have removed it,
    /// and may have been killed before that was durable.
    public mutating func noteAbsent(_ path: String) { entries[path]?.isFoundDone = true }

    /// Treats the document at `path` as damaged: nothing in it, including its sequence, can be trusted. Its file is put
    /// aside, and the document does not exist until the journal's records have rebuilt it.
    ///
    /// - Parameter problem: a clause that says what is wrong with it.
    /// - Throws: `disk`; also if rebuilding it takes another pass, from the journal's oldest record. The function that
    ///   folds must not catch it.
    public mutating func markDamaged(_ path: String, because problem: String) throws(StoreError) {
        var action = "rebuilt"
        // A document made by this pass has no file yet; the same records would make it the same again.
        if entries[path]?.isChanged != true {
            guard isFromTheOldest else {
                damaged = (path, problem)
                throw .disk(DiskError(.read, path: path, number: .inputOutput))
            }
            let disk = disk
            // A killed run may have set the cursor back, for this pass to begin here, before that was durable.
            try Cursors.confirm(disk)
            let kept = try onDisk { () throws(DiskError) in try Quarantine(disk: disk).move(path) }
            action = "moved to \(kept) and rebuilt"
        }
        note(Finding(.damage, file: path, problem: problem, action: action))
        entries[path] = Entry(content: nil, sequence: 0)
    }

    /// Adds a finding to the outcome of the run.
    public mutating func note(_ finding: Finding) { findings.append(finding) }

    private mutating func change(_ path: String, to content: JSONObject?) throws(StoreError) {
        let old = try entry(path)
        // A document that is as new as this record because of it may be changed by it again.
        let isOwn = old.isChanged && old.sequence == sequence
        guard old.sequence < sequence || isOwn else {
            entries[path]?.isFoundDone = true
            return
        }
        entries[path] = Entry(content: content, sequence: sequence, isChanged: true)
    }

    private mutating func entry(_ path: String) throws(StoreError) -> Entry {
        if let entry = entries[path] { return entry }
        let entry = try load(path)
        entries[path] = entry
        return entry
    }

    private mutating func load(_ path: String) throws(StoreError) -> Entry {
        let bytes: [UInt8]
        do {
            bytes = try disk.contents(of: path, countMax: DocumentFiles.bytesMax)
        } catch {
            if error.number == .noSuchFile { return Entry(content: nil, sequence: 0) }
            // An error of the device may pass, so the next run tries again.
            guard error.number.isFaultOfTheFile, error.number != .inputOutput else { throw .disk(error) }
            try markDamaged(path, because: "\(error.number)")
            return Entry(content: nil, sequence: 0)
        }
        guard let content = (try? JSONParser.parse(bytes))?.objectValue,
            let sequence = content[DocumentFiles.sequenceMember]?.sequenceValue
        else {
            try markDamaged(path, because: "not a document")
            return Entry(content: nil, sequence: 0)
        }
        return Entry(content: content, sequence: sequence)
    }

    /// Writes files together, or one by one if there is no room for all of them beside what they replace.
    private func write(_ contents: [(path: String, bytes: [UInt8])]) throws(DiskError) {
        do {
            try disk.replace(contents)
        } catch {
            guard contents.count > 1, error.number.isLackOfSpace || error.number == .tooManyOpenFiles else {
                throw error
            }
            for content in contents { try disk.replace([content]) }
        }
    }

    /// The number of files that are synchronized together. They share one flush of the device's cache, and a killed
    /// process leaves no more temporary files than these.
    private static let filesTogetherMax = 64

    /// Writes the changed documents and forgets all. On return they are durable, including those found done.
    mutating func flush() throws(DiskError) {
        var directories: Set<String> = []
        var contents: [(path: String, bytes: [UInt8])] = []
        for (path, entry) in entries.sorted(by: { $0.key < $1.key }) where entry.isChanged || entry.isFoundDone {
            let directory = path.utf8.lastIndex(of: 0x2F).map { String(path[..<$0]) } ?? ""
            directories.insert(directory)
            guard entry.isChanged else { continue }
            if !directory.isEmpty, knownDirectories.insert(directory).inserted {
                try disk.makeDirectory(directory)
                try disk.synchronizeDirectory("")
            }
            if let content = entry.content {
                contents.append((path, DocumentFiles.encode(content, sequence: entry.sequence)))
            } else {
                try disk.unlinkIfPresent(path)
            }
            writtenCount += 1
            guard contents.count == Self.filesTogetherMax else { continue }
            try write(contents)
            contents.removeAll(keepingCapacity: true)
        }
        try write(contents)
        for directory in directories.sorted() {
            do {
                try disk.synchronizeDirectory(directory)
            } catch {
                // A directory in which nothing was ever written has nothing to lose.
                guard error.number == .noSuchFile else { throw error }
            }
        }
        entries.removeAll(keepingCapacity: true)
    }
}
