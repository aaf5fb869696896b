import Bytes
import JSON
import Platform

/// A directory of documents. Each file, `<id>.json`, holds one JSON object in readable form, whose last member is the
/// sequence of the last record that changed it.
public struct DocumentDirectory: Hashable, Sendable {
    /// The directory's name in the data directory, for example `tickets`.
    public let name: String
    /// The member that repeats the id in the document, for example `support_id`; nil if none does.
    public let idMember: String?

    /// - Parameter idMember: nil if the documents do not repeat their id.
    public init(_ name: String, idMember: String? = nil) {
        self.name = name
        self.idMember = idMember
    }

    /// The path of the document with this id.
    public func path(_ id: Int64) -> String { "\(name)/\(id).json" }

    /// The id in a file's name; nil unless it is decimal digits without leading zeros, followed by `.json`.
    static func id(ofFileNamed name: String) -> Int64? {
        guard name.hasSuffix(".json"), let id = Int64(name.dropLast(5)), id >= 0, name == "\(id).json" else {
            return nil
        }
        return id
    }
}

/// A document as its file has it.
public struct StoredDocument: Hashable, Sendable {
    /// The id that the file's name gives.
    public let id: Int64
    /// The whole object, including the member `sequence`.
    public let content: JSONObject
    /// The sequence of the last record that changed it.
    public let sequence: UInt64
}

/// Reads and encodes the files of documents.
public enum DocumentFiles {
    /// The name of the last member of each document.
    public static let sequenceMember = "sequence"
    /// The length of the longest document, in bytes.
    public static let bytesMax = 16 * 1024 * 1024

    /// Reads all documents of a directory in the order of their ids. A directory that does not exist has none.
    ///
    /// Must not run while a checkpointer does.
    ///
    /// | found | done | reported as |
    /// |---|---|---|
    /// | a document that cannot be read, or is not the one that its name says | moved to quarantine/ | damage |
    /// | a document that `visit` refuses | moved to quarantine/ | damage |
    /// | a killed writer's temporary file | removed | note |
    /// | another file | moved to quarantine/ | warning |
    /// | any of these, and no space to move it | left where it is | as above |
    ///
    /// - Parameters:
    ///   - beforeMovingDamage: called once if there are damaged files, before the first one is moved. Once they have
    ///     been moved, nothing else shows that they existed, so it must store durably what is to be done about them. It
    ///     returns false if there is no space for that: then they stay, and the next start finds them again.
    ///   - visit: receives a document. It throws if the content cannot be used; the error's description is a clause.
    /// - Returns: what was found, damage last.
    /// - Throws: `disk` if the directory itself cannot be used; whatever `beforeMovingDamage` throws.
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
                        Finding(.note, file: path, problem: "left by an interrupted write", action: "removed"))
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

    /// Moves a file to quarantine/, if there is space, and returns what was done as a clause.
    private static func putAside(_ disk: any Disk, _ path: String) throws(DiskError) -> String {
        try Quarantine(disk: disk).moveIfThereIsSpace(path).map { "moved to \($0)" } ?? leftAction
    }

    /// What a file in a directory of documents turns out to be.
    enum Outcome {
        case document(StoredDocument)
        /// A temporary file.
        case leftover
        /// Its name is not that of a document.
        case foreign
        /// It is not the document that its name says; a clause tells why.
        case damaged(String)
    }

    /// Goes through a directory: first documents by id, then other files by name.
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
            // A document may be gone by now: a running checkpointer has removed it since the directory was listed.
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
