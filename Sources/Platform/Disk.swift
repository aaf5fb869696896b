/// What the store does to files: the only way in which this module reaches a disk.
///
/// Paths are relative to the data directory, parts joined by `/`, without `.` or `..`. Nothing is durable before it is
/// asked for: written bytes are after `synchronize`, names (created, renamed, removed) after `synchronizeDirectory`; a
/// crash may lose, keep or tear whatever is not. Calls block, and each either does all it says or throws.
public protocol Disk: AnyObject {
    /// Takes the exclusive lock that the file `path` stands for, creating the file if need be. It is held until the
    /// handle is closed or the process ends, however that comes about.
    ///
    /// - Parameter waiting: wait until whoever holds it lets go; otherwise nil is the answer at once.
    func lock(_ path: String, waiting: Bool) throws(DiskError) -> DiskFile?

    /// Makes a directory; it is no fault if it exists.
    func makeDirectory(_ path: String) throws(DiskError)

    /// The names in a directory without `.` and `..`, in no order. The empty path is the data directory itself.
    func list(_ directory: String) throws(DiskError) -> [String]

    /// Opens an existing regular file. A symbolic link is refused.
    func open(_ path: String, for access: DiskAccess) throws(DiskError) -> DiskFile

    /// Creates a file that must not exist yet, open for reading and writing.
    func create(_ path: String, mode: DiskMode) throws(DiskError) -> DiskFile

    /// Gives the handle up. What was not synchronized may still be lost.
    func close(_ file: DiskFile)

    /// The length in bytes.
    func size(_ file: DiskFile) throws(DiskError) -> Int

    /// Fills `buffer` from `offset` on as far as the file reaches, and returns the number of bytes read: fewer than
    /// `buffer.count` only where the file ends.
    func read(_ file: DiskFile, at offset: Int, into buffer: inout [UInt8]) throws(DiskError) -> Int

    /// Writes all of `bytes` at `offset`; the file grows if it must.
    func write(_ file: DiskFile, _ bytes: [UInt8], at offset: Int) throws(DiskError)

    /// Writes `count` zeros from the start of a new file, so that the space is taken.
    func allocate(_ file: DiskFile, count: Int) throws(DiskError)

    /// Cuts or extends the file to `size` bytes.
    func truncate(_ file: DiskFile, to size: Int) throws(DiskError)

    /// Makes the file's bytes and length durable. The corresponding C function is `fdatasync`.
    ///
    /// After this has thrown nothing is known of the bytes written since the last time, and asking again proves
    /// nothing.
    func synchronize(_ file: DiskFile) throws(DiskError)

    /// Makes the bytes and lengths of all these files durable: the same as each by itself, and cheaper where they are
    /// many. Where it throws nothing is known of any of them.
    func synchronize(_ files: [DiskFile]) throws(DiskError)

    /// Makes the names in a directory durable. The empty path is the data directory itself.
    func synchronizeDirectory(_ path: String) throws(DiskError)

    /// Gives a file another name, in one step; what had that name is gone.
    func rename(_ path: String, to newPath: String) throws(DiskError)

    /// Removes a name.
    func unlink(_ path: String) throws(DiskError)

    /// The bytes of the file system that are free for this process.
    func freeBytes() throws(DiskError) -> Int
}

/// A handle of an open file; it means something to the disk that gave it only.
public struct DiskFile: Hashable, Sendable {
    public let rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }
}

/// What a file is opened for.
public enum DiskAccess: Sendable {
    case reading
    case readingAndWriting
}

/// Who may read a new file.
public enum DiskMode: Sendable {
    /// The owner writes, the group reads: 0640.
    case ordinary
    /// The owner alone: 0600.
    case secret
}
