import Platform

/// Keeps damaged things in quarantine/, under names that say where they were and that are never used twice.
public struct Quarantine {
    let disk: any Disk

    /// The quarantine of a data directory.
    public init(disk: any Disk) { self.disk = disk }

    /// Keeps a copy of bytes, durable on return.
    ///
    /// - Returns: its path.
    func keep(_ bytes: [UInt8], as name: String) throws(DiskError) -> String {
        let path = try freePath(name)
        try disk.replace(path, with: bytes)
        try disk.synchronizeDirectory(StorePath.quarantine)
        return path
    }

    /// Keeps a copy of a part of a segment, if that is possible. Leading zeros are not copied.
    ///
    /// - Parameters:
    ///   - bytes: a slice of the whole segment.
    ///   - kind: the last part of the copy's name: `torn`, `damaged` or `repeated`.
    /// - Returns: a clause that says where the copy is; nil where none could be made.
    func keepPart(_ bytes: ArraySlice<UInt8>, of path: String, as kind: String) -> String? {
        let bytes = bytes.drop { $0 == 0 }
        if bytes.isEmpty { return "nothing but zeros" }
        let segment = path.dropFirst(StorePath.journal.count + 1)
        let copy = try? keep(Array(bytes), as: "\(segment)-\(bytes.startIndex).\(kind)")
        return copy.map { "kept aside as \($0)" }
    }

    /// Moves a file here, durable on return.
    ///
    /// - Returns: its new path.
    public func move(_ path: String) throws(DiskError) -> String {
        let name = String(decoding: path.utf8.map { $0 == 0x2F ? 0x2D : $0 }, as: UTF8.self)
        let newPath = try freePath(name)
        try disk.rename(path, to: newPath)
        try disk.synchronizeDirectory(StorePath.quarantine)
        let directory = path.utf8.lastIndex(of: 0x2F).map { String(path[..<$0]) } ?? ""
        try disk.synchronizeDirectory(directory)
        return newPath
    }

    /// Moves a file here if there is space for that. A station whose disk is full can still be read.
    ///
    /// - Returns: its new path; nil where it had to stay.
    func moveIfThereIsSpace(_ path: String) throws(DiskError) -> String? {
        do {
            return try move(path)
        } catch {
            guard error.number.isLackOfSpace else { throw error }
            return nil
        }
    }

    private func freePath(_ name: String) throws(DiskError) -> String {
        try disk.makeDirectory(StorePath.quarantine)
        let names = Set(try disk.list(StorePath.quarantine))
        var candidate = name
        var number = 2
        while names.contains(candidate) {
            candidate = "\(name).\(number)"
            number += 1
        }
        return "\(StorePath.quarantine)/\(candidate)"
    }
}
