/// The file operations that the store needs, and its only way to reach a disk.
///
/// Paths are relative to the data directory, with parts joined by `/` and without `.` or `..`. Nothing is durable by
/// itself: written bytes become durable with `synchronize`, and names (created, renamed, removed) with
/// `synchronizeDirectory`. A crash may lose, keep or tear everything else. Calls block, and each either does all that
/// it says or throws.
public protocol Disk: AnyObject {
    /// Acquires the exclusive lock of the file `path`, creating the file if necessary. The lock is held until the
    /// handle is closed or the process ends, by whatever cause.
    ///
    /// - Parameter waiting: whether to wait until the present holder releases the lock.
    /// - Returns: nil if the lock is held elsewhere and `waiting` is false.
    func lock(_ path: String, waiting: Bool) throws(DiskError) -> DiskFile?

    /// Makes a directory, or does nothing if it exists.
    func makeDirectory(_ path: String) throws(DiskError)

    /// The names in a directory except `.` and `..`, in no particular order. The empty path is the data directory.
    func list(_ directory: String) throws(DiskError) -> [String]

    /// Opens an existing regular file. A symbolic link is refused.
    func open(_ path: String, for access: DiskAccess) throws(DiskError) -> DiskFile

    /// Creates a file that must not exist yet, open for reading and writing.
    func create(_ path: String, mode: DiskMode) throws(DiskError) -> DiskFile

    /// Opens a directory, whose names a `SyncRequest` can make durable. The empty path is the data directory.
    func openDirectory(_ path: String) throws(DiskError) -> DiskFile

    /// Closes the handle. Bytes that were not synchronized may still be lost.
    func close(_ file: DiskFile)

    /// The length in bytes.
    func size(_ file: DiskFile) throws(DiskError) -> Int

    /// Fills `buffer` from `offset` on as far as the file reaches, and returns the number of bytes read, which is less
    /// than `buffer.count` only at the end of the file.
    func read(_ file: DiskFile, at offset: Int, into buffer: inout [UInt8]) throws(DiskError) -> Int

    /// Writes all of `bytes` at `offset`; the file grows if necessary.
    func write(_ file: DiskFile, _ bytes: [UInt8], at offset: Int) throws(DiskError)

    /// Writes `count` zeros from the start of a new file, so that the space is allocated.
    func allocate(_ file: DiskFile, count: Int) throws(DiskError)

    /// Extends a new file to `count` bytes that read as zeros, with their space allocated. Where the file system can do
    /// that, they are not written, which is quick; later writes are then a little slower than after `allocate`.
    func reserve(_ file: DiskFile, count: Int) throws(DiskError)

    /// Shortens or extends the file to `size` bytes.
    func truncate(_ file: DiskFile, to size: Int) throws(DiskError)

    /// Makes the file's bytes and length durable. The corresponding C function is `fdatasync`.
    ///
    /// If it throws, nothing is known about the bytes written since the last success, and a later success proves
    /// nothing about them.
    func synchronize(_ file: DiskFile) throws(DiskError)

    /// Makes the bytes and lengths of all these files durable: the same as each by itself, but cheaper for many. If it
    /// throws, nothing is known about any of them.
    func synchronize(_ files: [DiskFile]) throws(DiskError)

    /// Makes the names in a directory durable. The empty path is the data directory.
    func synchronizeDirectory(_ path: String) throws(DiskError)

    /// Renames a file atomically, replacing any file that had the new name.
    func rename(_ path: String, to newPath: String) throws(DiskError)

    /// Removes a name.
    func unlink(_ path: String) throws(DiskError)

    /// The number of bytes in the file system that are free for this process.
    func freeBytes() throws(DiskError) -> Int
}

/// What is to become durable beside the loop (`Network.synchronize`).
public struct SyncRequest: Hashable, Sendable {
    /// The file whose bytes and length are meant; nil for none.
    public var file: DiskFile?
    /// The directory whose names are meant, opened by `Disk.openDirectory`; nil for none.
    public var directory: DiskFile?

    /// Creates a request.
    public init(file: DiskFile? = nil, directory: DiskFile? = nil) {
        self.file = file
        self.directory = directory
    }
}

/// A handle of an open file, valid only for the disk that returned it.
public struct DiskFile: Hashable, Sendable {
    /// On Linux, the descriptor.
    public let rawValue: Int32

    /// Creates a handle from the disk's own number.
    public init(rawValue: Int32) { self.rawValue = rawValue }
}

/// How a file is opened.
public enum DiskAccess: Sendable {
    case reading
    case readingAndWriting
}

/// The permissions of a new file.
public enum DiskMode: Sendable {
    /// The owner writes, the group reads: 0640.
    case ordinary
    /// The owner alone: 0600.
    case secret
}
