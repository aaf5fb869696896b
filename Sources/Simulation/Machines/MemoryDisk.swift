import Platform
import Store

/// A disk in memory that knows which of its bytes and names are durable, and can lose power.
public final class MemoryDisk: Disk {
    /// What a power failure does to changes of names that were not synchronized.
    public enum NameLoss: Sendable {
        /// The changes up to some point survive, as on a file system that journals them.
        case ordered
        /// Each change survives or not, independently of the others.
        case independent
    }

    private final class Inode {
        var bytes: [UInt8] = []
        var durable: [UInt8] = []
        var pending: [PendingWrite] = []
    }

    private enum PendingWrite {
        case write([UInt8], offset: Int)
        case truncate(Int)
    }

    private enum NameChange {
        case link(String, Inode)
        case unlink(String)
        case rename(String, String, Inode)

        var directories: Set<String> {
            switch self {
            case .link(let path, _), .unlink(let path): [MemoryDisk.directory(of: path)]
            case .rename(let from, let to, _): [MemoryDisk.directory(of: from), MemoryDisk.directory(of: to)]
            }
        }

        func apply(to names: inout [String: Inode]) {
            switch self {
            case .link(let path, let inode): names[path] = inode
            case .unlink(let path): names[path] = nil
            case .rename(let from, let to, let inode):
                names[from] = nil
                names[to] = inode
            }
        }
    }

    private var names: [String: Inode] = [:]
    private var durableNames: [String: Inode] = [:]
    private var changes: [NameChange] = []
    private var directories: Set<String> = [""]
    private var durableDirectories: Set<String> = [""]
    private var handles: [DiskFile: (path: String, inode: Inode)] = [:]
    private var locks: [String: DiskFile] = [:]
    private var nextHandle: Int32 = 3

    /// The number of bytes that all files together may have.
    public var capacity = Int.max
    /// By path: the range of bytes in which every read fails with EIO.
    public var unreadable: [String: Range<Int>] = [:]
    /// The files whose opening always fails with EIO.
    public var unopenable: Set<String> = []
    /// Whether the next synchronization fails with EIO, as on Linux: the pages count as clean afterwards, although they
    /// were not written.
    public var synchronizationFails = false
    /// The number of calls of `write` and `allocate` so far.
    public private(set) var writeCount = 0
    /// The number of calls of `synchronize` so far.
    public private(set) var synchronizeCount = 0

    /// Creates an empty disk of unbounded capacity.
    public init() {}

    // MARK: Disasters

    /// Ends the process: its handles and locks are gone, and its files are as it left them.
    public func killProcess() {
        handles = [:]
        locks = [:]
    }

    /// Cuts the power: returns what remains, as a new disk. Each unsynchronized sector of 512 bytes may be new, old or
    /// garbage.
    public func losePower(_ loss: NameLoss, using random: inout SeededGenerator) -> MemoryDisk {
        var survivors = durableNames
        switch loss {
        case .ordered:
            for change in changes.prefix(Int.random(in: 0...changes.count, using: &random)) {
                change.apply(to: &survivors)
            }
        case .independent:
            for change in changes where random.chance(50) { change.apply(to: &survivors) }
        }
        var kept = durableDirectories
        for directory in directories.subtracting(durableDirectories).sorted() where random.chance(50) {
            kept.insert(directory)
        }
        let disk = MemoryDisk(directories: kept, capacity: capacity)
        for (path, inode) in survivors.sorted(by: { $0.key < $1.key })
        where kept.contains(Self.directory(of: path)) {
            disk.put(path, Self.remains(of: inode, using: &random))
        }
        return disk
    }

    /// A new disk with the files as a new process would see them, all of them durable.
    public func copy() -> MemoryDisk {
        let disk = MemoryDisk(directories: directories, capacity: capacity)
        for (path, inode) in names { disk.put(path, inode.bytes) }
        return disk
    }

    /// A new disk with what certainly survives a power cut: synchronized bytes under synchronized names.
    public func durableCopy() -> MemoryDisk {
        let disk = MemoryDisk(directories: durableDirectories, capacity: capacity)
        for (path, inode) in durableNames where durableDirectories.contains(Self.directory(of: path)) {
            disk.put(path, inode.durable)
        }
        return disk
    }

    private init(directories: Set<String>, capacity: Int) {
        self.directories = directories
        durableDirectories = directories
        self.capacity = capacity
    }

    private static func remains(of inode: Inode, using random: inout SeededGenerator) -> [UInt8] {
        var bytes = inode.durable
        let survival = [0, 50, 90, 100].randomElement(using: &random) ?? 50
        for pending in inode.pending {
            switch pending {
            case .truncate(let size):
                if random.chance(50) { resize(&bytes, to: size) }
            case .write(let new, let offset):
                var position = 0
                while position < new.count {
                    let end = min(new.count, ((offset + position) / 512 + 1) * 512 - offset)
                    defer { position = end }
                    guard random.chance(survival) else { continue }
                    if bytes.count < offset + end { resize(&bytes, to: offset + end) }
                    let isGarbage = random.chance(5)
                    bytes.replaceSubrange((offset + position)..<(offset + end), with: new[position..<end])
                    guard isGarbage else { continue }
                    for index in position..<end { bytes[offset + index] = UInt8.random(in: 0...255, using: &random) }
                }
            }
        }
        return bytes
    }

    // MARK: Looking and tampering

    /// The paths of all files, in order.
    public var paths: [String] { names.keys.sorted() }

    /// The content of a file, or nil if there is none.
    public func bytes(_ path: String) -> [UInt8]? { names[path]?.bytes }

    /// The content of a file as text, or nil if there is none.
    public func text(_ path: String) -> String? { names[path].map { String(decoding: $0.bytes, as: UTF8.self) } }

    /// Makes or replaces a file, with its directory, and makes both durable.
    public func put(_ path: String, _ bytes: [UInt8]) {
        directories.insert(Self.directory(of: path))
        durableDirectories.insert(Self.directory(of: path))
        let inode = Inode()
        inode.bytes = bytes
        inode.durable = bytes
        names[path] = inode
        durableNames[path] = inode
    }

    /// Makes or replaces a file, with its directory, and makes both durable.
    public func put(_ path: String, _ text: String) { put(path, Array(text.utf8)) }

    /// Changes the bytes of a file, if there is one, and makes them durable.
    public func change(_ path: String, _ body: (inout [UInt8]) -> Void) {
        guard var bytes = bytes(path) else { return }
        body(&bytes)
        put(path, bytes)
    }

    /// Removes a file durably.
    public func delete(_ path: String) {
        names[path] = nil
        durableNames[path] = nil
    }

    // MARK: Disk

    public func lock(_ path: String, waiting: Bool) throws(DiskError) -> DiskFile? {
        if locks[path] != nil {
            precondition(!waiting, "\(path) would never be unlocked")
            return nil
        }
        if names[path] == nil { put(path, []) }
        let file = try open(path, for: .readingAndWriting)
        locks[path] = file
        return file
    }

    /// Whether there is a directory at this path.
    public func hasDirectory(_ path: String) -> Bool { directories.contains(path) }

    public func makeDirectory(_ path: String) { directories.insert(path) }

    public func list(_ directory: String) throws(DiskError) -> [String] {
        guard directories.contains(directory) else { throw DiskError(.list, path: directory, number: .noSuchFile) }
        let files = names.keys.filter { Self.directory(of: $0) == directory }
            .map { String($0.dropFirst(directory.isEmpty ? 0 : directory.count + 1)) }
        // Sorted, because two runs would differ in the order of a hash table.
        return (files + (directory.isEmpty ? directories.filter { !$0.isEmpty } : [])).sorted()
    }

    public func open(_ path: String, for access: DiskAccess) throws(DiskError) -> DiskFile {
        guard let inode = names[path] else { throw DiskError(.open, path: path, number: .noSuchFile) }
        if unopenable.contains(path) { throw DiskError(.open, path: path, number: .inputOutput) }
        nextHandle += 1
        let file = DiskFile(rawValue: nextHandle)
        handles[file] = (path, inode)
        return file
    }

    public func create(_ path: String, mode: DiskMode) throws(DiskError) -> DiskFile {
        guard names[path] == nil else { throw DiskError(.create, path: path, number: .fileExists) }
        guard directories.contains(Self.directory(of: path)) else {
            throw DiskError(.create, path: path, number: .noSuchFile)
        }
        let inode = Inode()
        names[path] = inode
        changes.append(.link(path, inode))
        return try open(path, for: .readingAndWriting)
    }

    public func openDirectory(_ path: String) throws(DiskError) -> DiskFile {
        guard directories.contains(path) else { throw DiskError(.open, path: path, number: .noSuchFile) }
        nextHandle += 1
        let file = DiskFile(rawValue: nextHandle)
        handles[file] = (path, Inode())
        return file
    }

    public func close(_ file: DiskFile) {
        handles[file] = nil
        locks = locks.filter { $0.value != file }
    }

    /// The number of open handles.
    public var openCount: Int { handles.count }

    public func size(_ file: DiskFile) throws(DiskError) -> Int { try inode(file, .size).bytes.count }

    public func read(_ file: DiskFile, at offset: Int, into buffer: inout [UInt8]) throws(DiskError) -> Int {
        let inode = try inode(file, .read)
        let count = max(0, min(buffer.count, inode.bytes.count - offset))
        if let path = handles[file]?.path, let bad = unreadable[path], bad.overlaps(offset..<(offset + count)) {
            throw DiskError(.read, path: path, number: .inputOutput)
        }
        if count > 0 { buffer.replaceSubrange(..<count, with: inode.bytes[offset..<(offset + count)]) }
        return count
    }

    public func write(_ file: DiskFile, _ bytes: [UInt8], at offset: Int) throws(DiskError) {
        let inode = try inode(file, .write)
        writeCount += 1
        let growth = offset + bytes.count - inode.bytes.count
        if growth > 0 {
            guard growth <= capacity - usedBytes else {
                throw DiskError(.write, path: handles[file]?.path ?? "", number: .noSpace)
            }
            Self.resize(&inode.bytes, to: offset + bytes.count)
        }
        inode.bytes.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        inode.pending.append(.write(bytes, offset: offset))
    }

    public func allocate(_ file: DiskFile, count: Int) throws(DiskError) {
        try write(file, [UInt8](repeating: 0, count: count), at: 0)
    }

    public func reserve(_ file: DiskFile, count: Int) throws(DiskError) { try allocate(file, count: count) }

    public func truncate(_ file: DiskFile, to size: Int) throws(DiskError) {
        let inode = try inode(file, .truncate)
        Self.resize(&inode.bytes, to: size)
        inode.pending.append(.truncate(size))
    }

    public func synchronize(_ file: DiskFile) throws(DiskError) {
        try synchronize(file, writeCount: try inode(file, .synchronize).pending.count)
    }

    /// The number of writes to the file that are not durable.
    func pendingWriteCount(_ file: DiskFile) -> Int { handles[file]?.inode.pending.count ?? 0 }

    /// Makes the oldest of the pending writes durable: a synchronization covers what was written before it began.
    func synchronize(_ file: DiskFile, writeCount: Int) throws(DiskError) {
        let inode = try inode(file, .synchronize)
        synchronizeCount += 1
        let pending = inode.pending.prefix(writeCount)
        inode.pending.removeFirst(pending.count)
        if synchronizationFails {
            synchronizationFails = false
            throw DiskError(.synchronize, path: handles[file]?.path ?? "", number: .inputOutput)
        }
        for write in pending {
            switch write {
            case .truncate(let size): Self.resize(&inode.durable, to: size)
            case .write(let bytes, let offset):
                if inode.durable.count < offset + bytes.count {
                    Self.resize(&inode.durable, to: offset + bytes.count)
                }
                inode.durable.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
            }
        }
    }

    public func synchronizeDirectory(_ path: String) throws(DiskError) {
        guard directories.contains(path) else {
            throw DiskError(.synchronizeDirectory, path: path, number: .noSuchFile)
        }
        for directory in directories where Self.directory(of: directory) == path {
            durableDirectories.insert(directory)
        }
        // A name that moved here from another directory makes earlier changes there durable too: no file system lets an
        // older change win over a newer one.
        var involved: Set<String> = [path]
        var isApplied = [Bool](repeating: false, count: changes.count)
        for index in changes.indices.reversed() where !involved.isDisjoint(with: changes[index].directories) {
            involved.formUnion(changes[index].directories)
            isApplied[index] = true
        }
        for (change, isApplied) in zip(changes, isApplied) where isApplied { change.apply(to: &durableNames) }
        changes = zip(changes, isApplied).filter { !$0.1 }.map(\.0)
    }

    public func rename(_ path: String, to newPath: String) throws(DiskError) {
        guard let inode = names[path] else { throw DiskError(.rename, path: path, number: .noSuchFile) }
        names[path] = nil
        names[newPath] = inode
        changes.append(.rename(path, newPath, inode))
    }

    public func unlink(_ path: String) throws(DiskError) {
        guard names.removeValue(forKey: path) != nil else {
            throw DiskError(.unlink, path: path, number: .noSuchFile)
        }
        changes.append(.unlink(path))
    }

    public func freeBytes() -> Int { capacity - usedBytes }

    // MARK: Parts

    /// The number of bytes that all files together have.
    public var usedBytes: Int { names.values.reduce(0) { $0 + $1.bytes.count } }

    private func inode(_ file: DiskFile, _ operation: DiskOperation) throws(DiskError) -> Inode {
        guard let handle = handles[file] else {
            throw DiskError(operation, path: "closed", number: ErrorNumber(rawValue: 9))
        }
        return handle.inode
    }

    private static func resize(_ bytes: inout [UInt8], to size: Int) {
        if size < bytes.count {
            bytes.removeLast(bytes.count - size)
        } else {
            bytes.append(contentsOf: [UInt8](repeating: 0, count: size - bytes.count))
        }
    }

    private static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }
}
