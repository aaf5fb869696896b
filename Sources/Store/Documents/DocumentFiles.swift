import Bytes
import JSON

/// A directory of documents: one JSON object a file, `<id>.json`, readable, with the sequence of the last record that
/// changed it as its last member.
public struct DocumentDirectory: Hashable, Sendable {
    /// The directory's name in the data directory: `tickets`.
    public let name: String
    /// The member that repeats the id in the document, `support_id`; nil where there is none.
    public let idMember: String?

    public init(_ name: String, idMember: String? = nil) {
        self.name = name
        self.idMember = idMember
    }

    /// The path of a document.
    public func path(_ id: Int64) -> String { "\(name)/\(id).json" }

    /// The id that the name of a file gives: decimal digits without needless zeros.
    static func id(ofFileNamed name: String) -> Int64? {
        guard name.hasSuffix(".json"), let id = Int64(name.dropLast(5)), id >= 0, name == "\(id).json" else {
            return nil
        }
        return id
    }
}

/// One document as its file has it.
public struct StoredDocument: Hashable, Sendable {
    public let id: Int64
    /// With the member `sequence`.
    public let content: JSONObject
    /// The last record that changed it.
    public let sequence: UInt64
}

/// Reading and writing documents.
public enum DocumentFiles {
    /// The name of the last member of each document.
    public static let sequenceMember = "sequence"
    /// No document is longer.
    public static let bytesMax = 16 * 1024 * 1024

    /// Reads all documents of a directory in the order of their ids. A directory that does not exist has none.
    ///
    /// Must not run while a checkpointer does.
    ///
    /// | found | done | reported as |
    /// |---|---|---|
    /// | cannot be read or is no document with this number | moved to quarantine/ | damage |
    /// | refused by `visit` | moved to quarantine/ | damage |
    /// | what a killed writer left | removed | note |
    /// | a file that is no document | moved to quarantine/ | warning |
    /// | no space to move something | left where it is | as above |
    ///
    /// - Parameter beforeMovingDamage: called once where there are damaged files, before the first is moved. Once they
    ///   are, nothing tells any more that they were there: what is to be done about them must be noted before, durably.
    ///   False, where there is no space for that: they stay where they are, and the next start finds them again.
    /// - Parameter visit: throws where a document cannot be used for what it says, an error that is a clause.
    /// - Throws: `disk`, where the directory itself cannot be used; what `beforeMovingDamage` throws.
    public static func readAll(
        _ disk: any Disk, _ directory: DocumentDirectory,
        beforeMovingDamage: () throws(StoreError) -> Bool = { true }, visit: (StoredDocument) throws -> Void
    ) throws(StoreError) -> [Finding] {
        var damaged: [(path: String, problem: String)] = []
        var findings = try onDisk { () throws(DiskError) in
            var findings: [Finding] = []
            try forEach(disk, directory) { (name, outcome) throws(DiskError) in
                let path = "\(directory.name)/\(name)"
                switch outcome {
                case .document(let document):
                    do {
                        try visit(document)
                    } catch {
                        damaged.append((path, "\(error)"))
                    }
                case .leftover:
                    try disk.unlink(path)
                    findings.append(
                        Finding(.note, file: path, problem: "left by a write that did not end", action: "removed"))
                case .foreign:
                    findings.append(
                        Finding(.warning, file: path, problem: "not a document", action: try putAside(disk, path)))
                case .damaged(let problem): damaged.append((path, problem))
                }
            }
            return findings
        }
        guard !damaged.isEmpty else { return findings }
        let mayMove = try beforeMovingDamage()
        try onDisk { () throws(DiskError) in
            for (path, problem) in damaged {
                let action = mayMove ? try putAside(disk, path) : Self.leftAction
                findings.append(Finding(.damage, file: path, problem: problem, action: action))
            }
        }
        return findings
    }

    private static let leftAction = "left where it is, for want of space"

    /// What was done with a file that has no place here.
    private static func putAside(_ disk: any Disk, _ path: String) throws(DiskError) -> String {
        try Quarantine(disk: disk).moveIfThereIsSpace(path).map { "moved to \($0)" } ?? leftAction
    }

    /// What a file in a directory of documents is.
    enum Outcome {
        case document(StoredDocument)
        /// A temporary file.
        case leftover
        /// Its name is no document's.
        case foreign
        /// It is not the document that its name says. The clause says why.
        case damaged(String)
    }

    /// Goes through a directory: documents by id, then what else there is by name.
    static func forEach(
        _ disk: any Disk, _ directory: DocumentDirectory,
        _ body: (_ name: String, Outcome) throws(DiskError) -> Void
    ) throws(DiskError) {
        var ids: [Int64] = []
        var others: [String] = []
        do {
            for name in try disk.list(directory.name) {
                if let id = DocumentDirectory.id(ofFileNamed: name) { ids.append(id) } else { others.append(name) }
            }
        } catch {
            if error.number == .noSuchFile { return }
            throw error
        }
        var buffer: [UInt8] = []
        for id in ids.sorted() {
            // One that is gone since the directory was listed was deleted by a checkpointer at work.
            if let outcome = try read(disk, directory, id, &buffer) { try body("\(id).json", outcome) }
        }
        for name in others.sorted() {
            try body(name, name.hasSuffix(StorePath.temporarySuffix) ? .leftover : .foreign)
        }
    }

    private static func read(
        _ disk: any Disk, _ directory: DocumentDirectory, _ id: Int64, _ buffer: inout [UInt8]
    ) throws(DiskError) -> Outcome? {
        let count: Int
        do {
            count = try insisting { () throws(DiskError) in
                try disk.read(directory.path(id), into: &buffer, countMax: bytesMax)
            }
        } catch {
            if error.number == .noSuchFile { return nil }
            guard error.number.isFaultOfTheFile else { throw error }
            return .damaged("\(error.number)")
        }
        return parse(buffer.span.extracting(..<count), directory, id)
    }

    private static func parse(_ bytes: Span<UInt8>, _ directory: DocumentDirectory, _ id: Int64) -> Outcome {
        let value: JSONValue
        do {
            value = try JSONParser.parse(bytes)
        } catch {
            return .damaged(error.description)
        }
        guard let content = value.objectValue else { return .damaged("not a JSON object") }
        guard let sequence = content[sequenceMember]?.sequenceValue else { return .damaged("has no sequence") }
        if let idMember = directory.idMember, content[idMember]?.integerValue != id {
            return .damaged("its \(idMember) is not \(id)")
        }
        return .document(StoredDocument(id: id, content: content, sequence: sequence))
    }

    /// The bytes of a document's file.
    static func encode(_ content: JSONObject, sequence: UInt64) -> [UInt8] {
        var object = content
        object.removeValue(forKey: sequenceMember)
        object.append(sequenceMember, JSONValue(sequence))
        var bytes = object.encoded(.pretty)
        bytes.append(0x0A)
        return bytes
    }
}
