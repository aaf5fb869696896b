import CLinux
import Glibc
import Platform

/// The real disk: a data directory, reached through a descriptor, so that it may be renamed while in use.
///
/// Every path is walked step by step with `O_NOFOLLOW`, so nothing beneath the directory leads out of it: whoever can
/// place a symbolic link there cannot have another directory changed. Interrupted calls are repeated; short reads and
/// writes are continued.
public final class LinuxDisk: Disk {
    private let directory: Int32
    /// The paths of open files, for error messages.
    private var paths: [DiskFile: String] = [:]

    /// Opens the data directory at `root`.
    ///
    /// - Parameter creating: whether to create a missing directory, with mode 0750; its parent must exist.
    /// - Throws: `DiskError` with the errno of the call that failed.
    public init(root: String, creating: Bool) throws(DiskError) {
        if creating, unsafe mkdir(root, 0o750) != 0, errno != EEXIST {
            throw DiskError(.makeDirectory, path: root, number: ErrorNumber(rawValue: errno))
        }
        let descriptor = repeating { unsafe clinux_openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0) }
        guard descriptor >= 0 else { throw DiskError(.open, path: root, number: ErrorNumber(rawValue: errno)) }
        directory = descriptor
    }

    deinit {
        for file in paths.keys { _ = Glibc.close(file.rawValue) }
        _ = Glibc.close(directory)
    }

    /// The names in the data directory that are symbolic links, sorted. None of them is followed.
    public func links() throws(DiskError) -> [String] {
        try list("").filter { name in
            var status = stat()
            return unsafe fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0
                && status.st_mode & S_IFMT == S_IFLNK
        }.sorted()
    }

    // MARK: Names

    public func lock(_ path: String, waiting: Bool) throws(DiskError) -> DiskFile? {
        let file = try descriptor(.lock, path, flags: O_RDWR | O_CREAT, mode: 0o640)
        if repeating({ flock(file.rawValue, waiting ? LOCK_EX : LOCK_EX | LOCK_NB) }) == 0 { return file }
        let number = errno
        close(file)
        guard number == EWOULDBLOCK, !waiting else {
            throw DiskError(.lock, path: path, number: .init(rawValue: number))
        }
        return nil
    }

    public func makeDirectory(_ path: String) throws(DiskError) {
        try within(path, .makeDirectory) { (parent, name) throws(DiskError) in
            if unsafe mkdirat(parent, name, 0o750) != 0, errno != EEXIST { throw failure(.makeDirectory, path) }
        }
    }

    public func list(_ path: String) throws(DiskError) -> [String] {
        let descriptor = try directoryDescriptor(.list, path)
        guard let stream = unsafe fdopendir(descriptor) else {
            let error = failure(.list, path)
            _ = Glibc.close(descriptor)
            throw error
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else { break }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
                unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw failure(.list, path) }
        return names
    }

    public func rename(_ path: String, to newPath: String) throws(DiskError) {
        try within(path, .rename) { (parent, name) throws(DiskError) in
            try within(newPath, .rename) { (newParent, newName) throws(DiskError) in
                if unsafe renameat(parent, name, newParent, newName) != 0 { throw failure(.rename, path) }
            }
        }
    }

    public func unlink(_ path: String) throws(DiskError) {
        try within(path, .unlink) { (parent, name) throws(DiskError) in
            if unsafe unlinkat(parent, name, 0) != 0 { throw failure(.unlink, path) }
        }
    }

    public func synchronizeDirectory(_ path: String) throws(DiskError) {
        let descriptor = try directoryDescriptor(.synchronizeDirectory, path)
        defer { _ = Glibc.close(descriptor) }
        if repeating({ fsync(descriptor) }) != 0 { throw failure(.synchronizeDirectory, path) }
    }

    public func freeBytes() throws(DiskError) -> Int {
        var figures = statvfs()
        if repeating({ unsafe fstatvfs(directory, &figures) }) != 0 { throw failure(.freeBytes, "") }
        let (bytes, overflow) = UInt64(figures.f_bavail).multipliedReportingOverflow(by: UInt64(figures.f_frsize))
        return overflow ? Int.max : Int(clamping: bytes)
    }

    /// Whether the file system is mounted read-only, by an administrator or by the kernel after an error (statvfs(3)).
    public var isReadOnly: Bool {
        var figures = statvfs()
        guard repeating({ unsafe fstatvfs(directory, &figures) }) == 0 else { return false }
        return figures.f_flag & UInt(ST_RDONLY) != 0
    }

    // MARK: Files

    public func open(_ path: String, for access: DiskAccess) throws(DiskError) -> DiskFile {
        // Without O_NONBLOCK a FIFO in the data directory would block the process.
        let flags = access == .reading ? O_RDONLY | O_NONBLOCK : O_RDWR | O_NONBLOCK
        return try descriptor(.open, path, flags: flags, mode: 0)
    }

    public func create(_ path: String, mode: DiskMode) throws(DiskError) -> DiskFile {
        let flags = O_RDWR | O_CREAT | O_EXCL
        return try descriptor(.create, path, flags: flags, mode: mode == .secret ? 0o600 : 0o640)
    }

    public func openDirectory(_ path: String) throws(DiskError) -> DiskFile {
        let file = DiskFile(rawValue: try directoryDescriptor(.open, path))
        paths[file] = path
        return file
    }

    public func close(_ file: DiskFile) {
        // close() is never repeated: on Linux the descriptor is gone even if it reports EINTR.
        if paths.removeValue(forKey: file) != nil { _ = Glibc.close(file.rawValue) }
    }

    public func size(_ file: DiskFile) throws(DiskError) -> Int {
        var status = stat()
        if repeating({ unsafe fstat(file.rawValue, &status) }) != 0 { throw failure(.size, file) }
        return Int(status.st_size)
    }

    public func read(_ file: DiskFile, at offset: Int, into buffer: inout [UInt8]) throws(DiskError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[done...])
                return unsafe pread(file.rawValue, rest.baseAddress, rest.count, offset + done)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(.read, file)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    public func write(_ file: DiskFile, _ bytes: [UInt8], at offset: Int) throws(DiskError) {
        try write(.write, file, bytes[...], at: offset)
    }

    public func allocate(_ file: DiskFile, count: Int) throws(DiskError) {
        // Asking for all of the space at once fails early and keeps the file in one piece. Not every file system can do
        // it, and only written space is certain to be ours and cheap to overwrite.
        if repeating({ fallocate(file.rawValue, 0, 0, count) }) != 0 {
            let number = ErrorNumber(rawValue: errno)
            if number.isLackOfSpace { throw failure(.allocate, file) }
        }
        let zeros = [UInt8](repeating: 0, count: 256 * 1024)
        var done = 0
        while done < count {
            let step = min(zeros.count, count - done)
            try write(.allocate, file, zeros[..<step], at: done)
            done += step
        }
    }

    public func reserve(_ file: DiskFile, count: Int) throws(DiskError) {
        guard repeating({ fallocate(file.rawValue, 0, 0, count) }) != 0 else { return }
        if ErrorNumber(rawValue: errno).isLackOfSpace { throw failure(.allocate, file) }
        try allocate(file, count: count)
    }

    public func truncate(_ file: DiskFile, to size: Int) throws(DiskError) {
        if repeating({ ftruncate(file.rawValue, size) }) != 0 { throw failure(.truncate, file) }
    }

    public func synchronize(_ file: DiskFile) throws(DiskError) {
        // Never repeated, not even after EINTR: the second answer would say nothing about what the first one lost.
        if fdatasync(file.rawValue) != 0 { throw failure(.synchronize, file) }
    }

    public func synchronize(_ files: [DiskFile]) throws(DiskError) {
        guard files.count >= Self.filesTogetherMin, syncfsTellsOfErrors else {
            for file in files { try synchronize(file) }
            return
        }
        // One by one, each file would cost a flush of the device's cache, and the journal would wait for it too.
        if syncfs(directory) != 0 { throw failure(.synchronize, "the data directory") }
    }

    /// Fewer files are synchronized one by one, because syncfs(2) also writes the data of all other processes on this
    /// file system.
    private static let filesTogetherMin = 8

    /// Whether syncfs(2) reports failed writes: since Linux 5.8 for the contents of files, since 5.17 for the file
    /// system's own structures, and only on file systems known to do it.
    private lazy var syncfsTellsOfErrors: Bool = {
        // ext4, XFS, Btrfs, F2FS.
        let sound: [Int64] = [0xEF53, 0x5846_5342, 0x9123_683E, 0xF2F5_2010]
        return Self.isSyncfsSoundHere && sound.contains(clinux_file_system_type(directory))
    }()

    private static let isSyncfsSoundHere: Bool = {
        var name = utsname()
        guard unsafe uname(&name) == 0 else { return false }
        let release = unsafe withUnsafeBytes(of: &name.release) { unsafe Array($0.prefix { $0 != 0 }) }
        let numbers = release.split(separator: UInt8(ascii: "."), maxSplits: 2).prefix(2).map { part in
            part.prefix(3).reduce(0) { $1.isASCIIDigit ? $0 * 10 + Int($1 - 0x30) : $0 }
        }
        guard let major = numbers.first, let minor = numbers.dropFirst().first else { return false }
        return (major, minor) >= (5, 17)
    }()

    // MARK: Parts

    private func descriptor(
        _ operation: DiskOperation, _ path: String, flags: Int32, mode: mode_t
    ) throws(DiskError) -> DiskFile {
        let file = try within(path, operation) { (parent, name) throws(DiskError) in
            let descriptor = repeating {
                unsafe clinux_openat(parent, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, mode)
            }
            guard descriptor >= 0 else { throw failure(operation, path) }
            return DiskFile(rawValue: descriptor)
        }
        paths[file] = path
        return file
    }

    /// Calls `body` with the directory that holds the last part of the path, and with that part.
    private func within<Result>(
        _ path: String, _ operation: DiskOperation, _ body: (Int32, String) throws(DiskError) -> Result
    ) throws(DiskError) -> Result {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.popLast(), !parts.contains(".."), name != ".." else {
            throw DiskError(operation, path: path, number: ErrorNumber(rawValue: EXDEV))
        }
        var parent = directory
        defer { if parent != directory { _ = Glibc.close(parent) } }
        for part in parts {
            let next = repeating { unsafe clinux_open_step(parent, String(part)) }
            guard next >= 0 else { throw failure(operation, path) }
            if parent != directory { _ = Glibc.close(parent) }
            parent = next
        }
        return try body(parent, String(name))
    }

    private func directoryDescriptor(_ operation: DiskOperation, _ path: String) throws(DiskError) -> Int32 {
        try within(path.isEmpty ? "." : path, operation) { (parent, name) throws(DiskError) in
            let descriptor = repeating {
                unsafe clinux_openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
            }
            guard descriptor >= 0 else { throw failure(operation, path) }
            return descriptor
        }
    }

    private func write(
        _ operation: DiskOperation, _ file: DiskFile, _ bytes: ArraySlice<UInt8>, at offset: Int
    ) throws(DiskError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
                return unsafe pwrite(file.rawValue, rest.baseAddress, rest.count, offset + done)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(operation, file)
            }
            // A write that makes no progress would repeat for ever.
            guard count > 0 else { throw DiskError(operation, path: paths[file] ?? "", number: .inputOutput) }
            done += count
        }
    }

    private func failure(_ operation: DiskOperation, _ path: String) -> DiskError {
        DiskError(operation, path: path, number: ErrorNumber(rawValue: errno))
    }

    private func failure(_ operation: DiskOperation, _ file: DiskFile) -> DiskError {
        let number = ErrorNumber(rawValue: errno)
        return DiskError(operation, path: paths[file] ?? "descriptor \(file.rawValue)", number: number)
    }
}
