import Platform
import Store

/// The disk as one process sees it: its handles and locks end with the process, and its calls may fail.
final class ProcessDisk: Disk {
    private let disk: MemoryDisk
    private let life: ProcessLife
    private let faults: DiskFaults
    private let bug: PlantedBug?
    private var handles: [DiskFile: String] = [:]
    /// Runs before each call, so that other processes can do something in between.
    var pause: () -> Void = {}
    /// Whether the process may open one more descriptor; otherwise the call fails with EMFILE.
    var mayOpen: () -> Bool = { true }

    init(_ disk: MemoryDisk, _ life: ProcessLife, _ faults: DiskFaults, bug: PlantedBug?) {
        self.disk = disk
        self.life = life
        self.faults = faults
        self.bug = bug
        life.whenItDies { [weak self] in
            guard let self else { return }
            for file in handles.keys { disk.close(file) }
            handles = [:]
        }
    }

    var openCount: Int { handles.count }

    /// Counts a call, and throws if the process dies within it or a fault is due.
    ///
    /// - Parameter needsSpace: whether the call needs space on the disk that the file does not have yet.
    private func call(
        _ operation: DiskOperation, _ path: String, needsSpace: @autoclosure () -> Bool = false
    ) throws(DiskError) {
        pause()
        guard life.call() else { throw DiskError(operation, path: path, number: .inputOutput) }
        if let number = faults.fault(of: operation, needsSpace: needsSpace) {
            throw DiskError(operation, path: path, number: number)
        }
    }

    private func call(_ operation: DiskOperation, _ file: DiskFile) throws(DiskError) {
        try call(operation, handles[file] ?? "")
    }

    private func checkDescriptors(_ operation: DiskOperation, _ path: String) throws(DiskError) {
        guard !mayOpen() else { return }
        faults.note()
        throw DiskError(operation, path: path, number: .tooManyOpenFiles)
    }

    private func register(_ file: DiskFile, _ path: String) -> DiskFile {
        handles[file] = path
        return file
    }

    func lock(_ path: String, waiting: Bool) throws(DiskError) -> DiskFile? {
        try call(.lock, path)
        return try disk.lock(path, waiting: waiting).map { register($0, path) }
    }

    func makeDirectory(_ path: String) throws(DiskError) {
        try call(.makeDirectory, path, needsSpace: !disk.hasDirectory(path))
        disk.makeDirectory(path)
    }

    func list(_ directory: String) throws(DiskError) -> [String] {
        try call(.list, directory)
        return try disk.list(directory)
    }

    func open(_ path: String, for access: DiskAccess) throws(DiskError) -> DiskFile {
        try call(.open, path)
        try checkDescriptors(.open, path)
        return register(try disk.open(path, for: access), path)
    }

    func create(_ path: String, mode: DiskMode) throws(DiskError) -> DiskFile {
        try call(.create, path, needsSpace: true)
        try checkDescriptors(.create, path)
        return register(try disk.create(path, mode: mode), path)
    }

    func openDirectory(_ path: String) throws(DiskError) -> DiskFile {
        try call(.open, path)
        try checkDescriptors(.open, path)
        return register(try disk.openDirectory(path), path)
    }

    func close(_ file: DiskFile) {
        guard handles.removeValue(forKey: file) != nil else { return }
        disk.close(file)
    }

    func size(_ file: DiskFile) throws(DiskError) -> Int {
        try call(.size, file)
        return try disk.size(file)
    }

    func read(_ file: DiskFile, at offset: Int, into buffer: inout [UInt8]) throws(DiskError) -> Int {
        try call(.read, file)
        return try disk.read(file, at: offset, into: &buffer)
    }

    func write(_ file: DiskFile, _ bytes: [UInt8], at offset: Int) throws(DiskError) {
        // A write that the process does not survive may have written a part.
        if faults.writesPart, life.isAtItsEnd {
            try? disk.write(file, Array(bytes[..<(bytes.count / 2)]), at: offset)
        }
        // A write into space that was allocated before needs no more.
        let end = offset + bytes.count
        try call(.write, handles[file] ?? "", needsSpace: end > (try? disk.size(file)) ?? 0)
        try disk.write(file, bytes, at: offset)
    }

    func allocate(_ file: DiskFile, count: Int) throws(DiskError) {
        try call(.allocate, handles[file] ?? "", needsSpace: true)
        try disk.allocate(file, count: count)
    }

    func reserve(_ file: DiskFile, count: Int) throws(DiskError) { try allocate(file, count: count) }

    func truncate(_ file: DiskFile, to size: Int) throws(DiskError) {
        try call(.truncate, file)
        try disk.truncate(file, to: size)
    }

    func synchronize(_ file: DiskFile) throws(DiskError) {
        try call(.synchronize, file)
        try synchronize(file, writeCount: disk.pendingWriteCount(file))
    }

    private func synchronize(_ file: DiskFile, writeCount: Int) throws(DiskError) {
        let path = handles[file] ?? ""
        if bug == .journalSyncSkipped, path.hasPrefix("journal/") { return }
        if bug == .documentSyncSkipped, path.hasSuffix(".tmp"), path.hasPrefix("tickets/") { return }
        disk.synchronizationFails = faults.nextSyncFails()
        do {
            try disk.synchronize(file, writeCount: writeCount)
        } catch {
            if bug == .failedSyncForgiven { return }
            throw error
        }
    }

    /// A synchronization that a process has begun and the disk has not finished.
    struct SyncUnderWay {
        let request: SyncRequest
        /// The number of the file's writes that it covers.
        let writeCount: Int
    }

    /// Begins a synchronization; nil if the process dies within the call.
    func beginSynchronizing(_ request: SyncRequest) -> SyncUnderWay? {
        pause()
        guard life.call() else { return nil }
        return SyncUnderWay(request: request, writeCount: request.file.map { disk.pendingWriteCount($0) } ?? 0)
    }

    /// The disk has finished it.
    func finish(_ sync: SyncUnderWay) -> SyncOutcome {
        do throws(DiskError) {
            if let file = sync.request.file { try synchronize(file, writeCount: sync.writeCount) }
            if let directory = sync.request.directory, bug != .directorySyncSkipped {
                let path = handles[directory] ?? ""
                if faults.nextSyncFails() { throw DiskError(.synchronizeDirectory, path: path, number: .inputOutput) }
                try disk.synchronizeDirectory(path)
            }
            return .durable
        } catch {
            return .failed(error.number)
        }
    }

    func synchronizeDirectory(_ path: String) throws(DiskError) {
        try call(.synchronizeDirectory, path)
        if bug == .directorySyncSkipped { return }
        if faults.nextSyncFails() { throw DiskError(.synchronizeDirectory, path: path, number: .inputOutput) }
        try disk.synchronizeDirectory(path)
    }

    func rename(_ path: String, to newPath: String) throws(DiskError) {
        try call(.rename, path)
        try disk.rename(path, to: newPath)
    }

    func unlink(_ path: String) throws(DiskError) {
        try call(.unlink, path)
        try disk.unlink(path)
    }

    func freeBytes() throws(DiskError) -> Int {
        try call(.freeBytes, "")
        return disk.freeBytes()
    }
}
