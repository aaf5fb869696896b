import Platform

/// Makes a segment ahead of use. Writing its zeros takes long, so a child process does it.
public enum SegmentPreparation {
    /// Makes a durable `journal/next` of `bytes` zeros, unless it exists. A killed run's temporary file is removed.
    ///
    /// - Throws: `locked` while another process does the same, `disk`.
    public static func run(_ disk: any Disk, bytes: Int) throws(StoreError) {
        try onDisk { () throws(DiskError) in try disk.makeDirectory(StorePath.journal) }
        guard let lock = try onDisk({ () throws(DiskError) in try disk.lock(StorePath.segmentLock, waiting: false) })
        else { throw .locked(path: StorePath.segmentLock) }
        defer { disk.close(lock) }
        try onDisk { () throws(DiskError) in
            if let file = try? disk.open(StorePath.nextSegment, for: .reading) {
                defer { disk.close(file) }
                if try disk.size(file) >= bytes { return }
            }
            let file = try make(
                disk, bytes: bytes, temporary: StorePath.nextSegmentTemporary, path: StorePath.nextSegment)
            disk.close(file)
            try disk.synchronizeDirectory(StorePath.journal)
        }
    }

    /// Makes a file of `bytes` zeros without writing them, where the file system can do that, and renames it to `path`.
    /// Neither the file nor the name is durable.
    ///
    /// - Returns: the file, open for reading and writing.
    static func makeUnwritten(
        _ disk: any Disk, bytes: Int, temporary: String, path: String
    ) throws(DiskError) -> DiskFile {
        try disk.unlinkIfPresent(temporary)
        let file = try disk.create(temporary, mode: .ordinary)
        do {
            try disk.reserve(file, count: bytes)
            try disk.rename(temporary, to: path)
            return file
        } catch {
            disk.close(file)
            try? disk.unlink(temporary)
            throw error
        }
    }

    /// Makes a file of `bytes` zeros, or of `content` followed by zeros, under a temporary name, synchronizes it and
    /// renames it to `path`. The name is not durable yet.
    ///
    /// - Returns: the file, open for reading and writing.
    static func make(
        _ disk: any Disk, bytes: Int, temporary: String, path: String, content: [UInt8] = []
    ) throws(DiskError) -> DiskFile {
        try disk.unlinkIfPresent(temporary)
        let file = try disk.create(temporary, mode: .ordinary)
        do {
            try disk.allocate(file, count: bytes)
            if !content.isEmpty { try disk.write(file, content, at: 0) }
            try disk.synchronize(file)
            try disk.rename(temporary, to: path)
            return file
        } catch {
            disk.close(file)
            try? disk.unlink(temporary)
            throw error
        }
    }
}
