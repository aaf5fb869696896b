/// Keeping damaged things aside in quarantine/, under names that say where they were and that are never used twice.
struct Quarantine {
    let disk: any Disk

    /// Keeps a copy of bytes, durable on return.
    ///
    /// - Returns: its path.
    func keep(_ bytes: [UInt8], as name: String) throws(DiskError) -> String {
        let path = try freePath(name)
        try disk.replace(path, with: bytes)
        try disk.synchronizeDirectory(StorePath.quarantine)
        return path
    }

    /// Moves a file here, durable on return.
    ///
    /// - Returns: its new path.
    func move(_ path: String) throws(DiskError) -> String {
        let name = String(decoding: path.utf8.map { $0 == 0x2F ? 0x2D : $0 }, as: UTF8.self)
        let newPath = try freePath(name)
        try disk.rename(path, to: newPath)
        try disk.synchronizeDirectory(StorePath.quarantine)
        let directory = path.utf8.lastIndex(of: 0x2F).map { String(path[..<$0]) } ?? ""
        try disk.synchronizeDirectory(directory)
        return newPath
    }

    /// Moves a file here if there is space for that.
    ///
    /// - Returns: its new path, or nil: it stays where it is. A station whose disk is full can be read all the same.
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
