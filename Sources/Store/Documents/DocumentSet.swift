import JSON

/// The documents that a run of the checkpointer is changing: loaded when asked for, written by `flush`.
///
/// Each keeps the sequence of the last record that changed it. A record changes only what is older than itself; all
/// else it finds done already. So the same records may be applied again, from any point before, with the same result.
///
/// A document that was removed leaves no such mark. Applying older records again may bring it back for a while, until
/// the record that removed it comes again, as it does: the cursor never stands between what brought it back and what
/// removed it without the file being as it was at that point.
public struct DocumentSet {
    private struct Entry {
        /// Nil where there is no such document.
        var content: JSONObject?
        var sequence: UInt64
        /// Whether `flush` must write or remove it.
        var isChanged = false
        /// Whether a record was found done. An earlier run wrote the file, and may have been killed before it
        /// synchronized the directory.
        var isFoundDone = false
    }

    let disk: any Disk
    /// Whether the records are all that the journal has, so that a damaged document can be made anew at once.
    private let isFromTheOldest: Bool
    /// The record that is being applied.
    var sequence: UInt64 = 0
    private var entries: [String: Entry] = [:]
    private var knownDirectories: Set<String> = []
    private(set) var findings: [Finding] = []
    /// A damaged document of which records may have been passed already: nothing may be made of it here.
    private(set) var damaged: (path: String, problem: String)?
    private(set) var writtenCount = 0

    init(disk: any Disk, isFromTheOldest: Bool) {
        self.disk = disk
        self.isFromTheOldest = isFromTheOldest
    }

    /// The number of documents in memory.
    var count: Int { entries.count }

    /// The document at `path`, as `tickets/17.json`, or nil where there is none. It may be newer than the record being
    /// applied.
    ///
    /// - Throws: `disk`.
    public mutating func document(at path: String) throws(StoreError) -> JSONObject? {
        try entry(path).content
    }

    /// Makes `content` the document at `path`, unless that is as new as the record being applied.
    ///
    /// - Parameter content: the member `sequence` is put last by the set, whatever it says here.
    /// - Throws: `disk`.
    public mutating func set(_ path: String, _ content: JSONObject) throws(StoreError) {
        try change(path, to: content)
    }

    /// Removes the document at `path`, unless that is as new as the record being applied.
    ///
    /// - Throws: `disk`.
    public mutating func remove(_ path: String) throws(StoreError) {
        try change(path, to: nil)
    }

    /// Notes that the document at `path` is not there, as a record wants it: an earlier run may have removed it, and
    /// may have been killed before that was durable.
    public mutating func noteAbsent(_ path: String) { entries[path]?.isFoundDone = true }

    /// Takes the document at `path` for damaged: what it says, its sequence too, is of no use. Its file is put aside,
    /// and there is no such document then, so that it is made anew of the journal's records.
    ///
    /// - Parameter problem: a clause that says what is wrong with it.
    /// - Throws: `disk`, also where the journal has to be gone through from its oldest record for that. Whoever folds
    ///   lets it pass.
    public mutating func takeAsDamaged(_ path: String, because problem: String) throws(StoreError) {
        var action = "made anew"
        // What was made by this pass has no file yet; made again of the same records it would be the same.
        if entries[path]?.isChanged != true {
            guard isFromTheOldest else {
                damaged = (path, problem)
                throw .disk(DiskError(.read, path: path, number: .inputOutput))
            }
            let disk = disk
            // That the pass began so far back may be the work of a run that was killed before that was durable.
            try Cursors.confirm(disk)
            let kept = try onDisk { () throws(DiskError) in try Quarantine(disk: disk).move(path) }
            action = "moved to \(kept) and made anew"
        }
        note(Finding(.damage, file: path, problem: problem, action: action))
        entries[path] = Entry(content: nil, sequence: 0)
    }

    /// Notes something that whoever runs the checkpointer is to be told.
    public mutating func note(_ finding: Finding) { findings.append(finding) }

    private mutating func change(_ path: String, to content: JSONObject?) throws(StoreError) {
        let old = try entry(path)
        // As new as this record because of it: then it may change the document once more.
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
            // An error of the device may pass; the next run tries again.
            guard error.number.isFaultOfTheFile, error.number != .inputOutput else { throw .disk(error) }
            try takeAsDamaged(path, because: "\(error.number)")
            return Entry(content: nil, sequence: 0)
        }
        guard let content = (try? JSONParser.parse(bytes))?.objectValue,
            let sequence = content[DocumentFiles.sequenceMember]?.sequenceValue
        else {
            try takeAsDamaged(path, because: "not a document")
            return Entry(content: nil, sequence: 0)
        }
        return Entry(content: content, sequence: sequence)
    }

    /// Many at once need room for all of them beside what they replace; where there is little they go one by one.
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

    /// So many files are written before they are synchronized together: one flush of the device's cache for all of
    /// them, and no more than these are left behind where the process is killed.
    private static let filesTogetherMax = 64

    /// Writes what has changed, and forgets all documents. On return they are durable, those that were found done too.
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
                // Where nothing was ever written there is nothing to be lost.
                guard error.number == .noSuchFile else { throw error }
            }
        }
        entries.removeAll(keepingCapacity: true)
    }
}
