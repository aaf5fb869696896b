import Platform

/// A disk whose file system is mounted read-only, made good enough for recovery: what recovery repairs is kept in
/// memory, over the files as they are. After `seal` nothing can be changed at all.
///
/// An SD card that fails is often remounted read-only by the kernel. What a station knows can still be read then.
public final class ReadOnlyDisk: Disk {
    /// The error of every call that would change something.
    public static func refusal(_ operation: DiskOperation, _ path: String) -> DiskError {
        DiskError(operation, path: path, number: .readOnlyFileSystem)
    }

    /// The most bytes that repairs may take: some segments of the journal.
    public static let repairBytesMax = 64 * 1024 * 1024

    /// A file of which something differs from the disk's.
    private final class MemoryFile {
        var bytes: [UInt8]
        init(_ bytes: [UInt8]) { self.bytes = bytes }
    }

    /// An open file of ours. One that was opened for writing reads the disk's file until something is written.
    private final class Handle {
        let path: String
        var file: MemoryFile?
        var original: DiskFile?
        init(path: String, file: MemoryFile?, original: DiskFile?) {
            self.path = path
            self.file = file
            self.original = original
        }
    }

    private let disk: any Disk
    private var files: [String: MemoryFile] = [:]
    private var removed: Set<String> = []
    private var directories: Set<String> = []
    /// Open files of ours, by negative numbers; the others are the disk's own.
    private var handles: [DiskFile: Handle] = [:]
    private var lastNumber: Int32 = -1
    private var repairBytes = 0
    private var isSealed = false

    /// Wraps the disk.
    public init(over disk: any Disk) { self.disk = disk }

    /// Ends the time in which repairs are accepted.
    public func seal() { isSealed = true }

    // MARK: Names

    public func lock(_ path: String, waiting: Bool) throws(DiskError) -> DiskFile? {
        // Nobody can write here, so nobody need be kept out.
        open(Handle(path: path, file: MemoryFile([]), original: nil))
    }

    public func makeDirectory(_ path: String) throws(DiskError) {
        do {
            _ = try disk.list(path)
        } catch {
            guard !directories.contains(path) else { return }
            guard error.number == .noSuchFile else { throw error }
            guard !isSealed else { throw Self.refusal(.makeDirectory, path) }
            directories.insert(path)
        }
    }

    public func list(_ directory: String) throws(DiskError) -> [String] {
        let prefix = directory.isEmpty ? "" : directory + "/"
        var names: Set<String> = []
        do {
            names = Set(try disk.list(directory)).filter { !removed.contains(prefix + $0) }
        } catch {
            guard directories.contains(directory) else { throw error }
        }
        for path in Array(files.keys) + directories where path.hasPrefix(prefix) && path != directory {
            let rest = path.dropFirst(prefix.count)
            if !rest.contains("/") { names.insert(String(rest)) }
        }
        return names.sorted()
    }

    public func open(_ path: String, for access: DiskAccess) throws(DiskError) -> DiskFile {
        if let file = files[path] { return open(Handle(path: path, file: file, original: nil)) }
        guard !removed.contains(path) else { throw DiskError(.open, path: path, number: .noSuchFile) }
        let original = try disk.open(path, for: .reading)
        if case .reading = access { return original }
        return open(Handle(path: path, file: nil, original: original))
    }

    public func create(_ path: String, mode: DiskMode) throws(DiskError) -> DiskFile {
        guard !isSealed else { throw Self.refusal(.create, path) }
        if exists(path) { throw DiskError(.create, path: path, number: .fileExists) }
        let file = MemoryFile([])
        files[path] = file
        return open(Handle(path: path, file: file, original: nil))
    }

    public func openDirectory(_ path: String) throws(DiskError) -> DiskFile {
        open(Handle(path: path, file: nil, original: nil))
    }

    public func rename(_ path: String, to newPath: String) throws(DiskError) {
        guard !isSealed else { throw Self.refusal(.rename, path) }
        guard exists(path) else { throw DiskError(.rename, path: path, number: .noSuchFile) }
        let file = if let file = files[path] { file } else { try memoryFile(of: path) }
        files[path] = nil
        removed.insert(path)
        files[newPath] = file
        removed.remove(newPath)
    }

    public func unlink(_ path: String) throws(DiskError) {
        guard !isSealed else { throw Self.refusal(.unlink, path) }
        guard exists(path) else { throw DiskError(.unlink, path: path, number: .noSuchFile) }
        files[path] = nil
        removed.insert(path)
    }

    private func exists(_ path: String) -> Bool {
        if files[path] != nil { return true }
        guard !removed.contains(path), let file = try? disk.open(path, for: .reading) else { return false }
        disk.close(file)
        return true
    }

    // MARK: Open files

    private func open(_ handle: Handle) -> DiskFile {
        lastNumber -= 1
        let file = DiskFile(rawValue: lastNumber)
        handles[file] = handle
        return file
    }

    public func close(_ file: DiskFile) {
        guard let handle = handles.removeValue(forKey: file) else { return disk.close(file) }
        if let original = handle.original { disk.close(original) }
    }

    public func size(_ file: DiskFile) throws(DiskError) -> Int {
        guard let handle = handles[file] else { return try disk.size(file) }
        if let file = handle.file { return file.bytes.count }
        guard let original = handle.original else { return 0 }
        return try disk.size(original)
    }

    public func read(_ file: DiskFile, at offset: Int, into buffer: inout [UInt8]) throws(DiskError) -> Int {
        guard let handle = handles[file] else { return try disk.read(file, at: offset, into: &buffer) }
        guard let bytes = handle.file?.bytes else {
            guard let original = handle.original else {
                throw DiskError(.read, path: handle.path, number: .isADirectory)
            }
            return try disk.read(original, at: offset, into: &buffer)
        }
        let count = max(0, min(buffer.count, bytes.count - offset))
        if count > 0 { buffer.replaceSubrange(..<count, with: bytes[offset..<offset + count]) }
        return count
    }

    public func write(_ file: DiskFile, _ bytes: [UInt8], at offset: Int) throws(DiskError) {
        try change(file, .write, size: { max($0, offset + bytes.count) }) { contents in
            contents.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
    }

    public func allocate(_ file: DiskFile, count: Int) throws(DiskError) {
        try change(file, .allocate, size: { max($0, count) }) { _ in }
    }

    public func reserve(_ file: DiskFile, count: Int) throws(DiskError) { try allocate(file, count: count) }

    public func truncate(_ file: DiskFile, to size: Int) throws(DiskError) {
        try change(file, .truncate, size: { _ in size }) { _ in }
    }

    /// Changes the file in memory, once it has its new size.
    private func change(
        _ file: DiskFile, _ operation: DiskOperation, size: (Int) -> Int, _ body: (inout [UInt8]) -> Void
    ) throws(DiskError) {
        guard !isSealed, let handle = handles[file] else {
            throw Self.refusal(operation, handles[file]?.path ?? "")
        }
        let memory: MemoryFile
        if let file = handle.file {
            memory = file
        } else {
            memory = try memoryFile(of: handle.path)
            handle.file = memory
            files[handle.path] = memory
        }
        let count = size(memory.bytes.count)
        try charge(count - memory.bytes.count, handle.path)
        if count > memory.bytes.count {
            memory.bytes.append(contentsOf: repeatElement(0, count: count - memory.bytes.count))
        } else {
            memory.bytes.removeLast(memory.bytes.count - count)
        }
        body(&memory.bytes)
    }

    /// The disk's file with its bytes in memory.
    private func memoryFile(of path: String) throws(DiskError) -> MemoryFile {
        let file = try disk.open(path, for: .reading)
        let count: Int
        do {
            defer { disk.close(file) }
            count = try disk.size(file)
        }
        try charge(count, path)
        let bytes = try disk.contents(of: path, countMax: Self.repairBytesMax)
        return MemoryFile(bytes)
    }

    private func charge(_ bytes: Int, _ path: String) throws(DiskError) {
        // Recovery goes on without most repairs for which there is no space.
        guard repairBytes + bytes <= Self.repairBytesMax else { throw DiskError(.write, path: path, number: .noSpace) }
        repairBytes += bytes
    }

    // MARK: Durability

    // A repair is made anew at each start, so none has to last.
    public func synchronize(_ file: DiskFile) throws(DiskError) {}
    public func synchronize(_ files: [DiskFile]) throws(DiskError) {}
    public func synchronizeDirectory(_ path: String) throws(DiskError) {}

    public func freeBytes() throws(DiskError) -> Int { try disk.freeBytes() }
}
