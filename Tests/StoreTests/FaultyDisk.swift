import Platform
import Store

/// A disk on which one call fails, or every call from one on, as if the process had been killed there.
final class FaultyDisk: Disk {
    enum Fault {
        /// Only this call fails, and does nothing.
        case fails(ErrorNumber)
        /// This call and all later ones fail and do nothing, since no process is left to make them.
        case dies
        /// After this call there is no space: calls that need some fail, and so does renaming.
        case isFull
    }

    let disk: any Disk
    private let faultAt: Int
    /// Nil if nothing fails any more.
    var fault: Fault?
    private(set) var callCount = 0
    private(set) var faultedOperation: DiskOperation?
    /// The names that files were given by renaming.
    private(set) var renamedTo: [String] = []

    var hasFaulted: Bool { faultedOperation != nil }

    /// - Parameter faultAt: the number of the call, from 0.
    init(_ disk: any Disk, faultAt: Int, _ fault: Fault) {
        self.disk = disk
        self.faultAt = faultAt
        self.fault = fault
    }

    private func step(_ operation: DiskOperation, _ path: String = "") throws(DiskError) {
        defer { callCount += 1 }
        switch fault {
        case .fails(let number):
            guard callCount == faultAt else { return }
            faultedOperation = operation
            throw DiskError(operation, path: path, number: number)
        case .dies:
            guard callCount >= faultAt else { return }
            if faultedOperation == nil { faultedOperation = operation }
            throw DiskError(operation, path: path, number: .inputOutput)
        case .isFull, nil: break
        }
    }

    /// Fails if the disk is full by now.
    private func needSpace(_ operation: DiskOperation, _ path: String = "") throws(DiskError) {
        guard case .isFull = fault, callCount > faultAt else { return }
        if faultedOperation == nil { faultedOperation = operation }
        throw DiskError(operation, path: path, number: .noSpace)
    }

    func lock(_ path: String, waiting: Bool) throws(DiskError) -> DiskFile? {
        try step(.lock, path)
        return try disk.lock(path, waiting: waiting)
    }

    func makeDirectory(_ path: String) throws(DiskError) {
        try step(.makeDirectory, path)
        if (try? disk.list(path)) == nil { try needSpace(.makeDirectory, path) }
        try disk.makeDirectory(path)
    }

    func list(_ directory: String) throws(DiskError) -> [String] {
        try step(.list, directory)
        return try disk.list(directory)
    }

    func open(_ path: String, for access: DiskAccess) throws(DiskError) -> DiskFile {
        try step(.open, path)
        return try disk.open(path, for: access)
    }

    func create(_ path: String, mode: DiskMode) throws(DiskError) -> DiskFile {
        try step(.create, path)
        try needSpace(.create, path)
        return try disk.create(path, mode: mode)
    }

    func openDirectory(_ path: String) throws(DiskError) -> DiskFile {
        try step(.open, path)
        return try disk.openDirectory(path)
    }

    func close(_ file: DiskFile) { disk.close(file) }

    func size(_ file: DiskFile) throws(DiskError) -> Int {
        try step(.size)
        return try disk.size(file)
    }

    func read(_ file: DiskFile, at offset: Int, into buffer: inout [UInt8]) throws(DiskError) -> Int {
        try step(.read)
        return try disk.read(file, at: offset, into: &buffer)
    }

    func write(_ file: DiskFile, _ bytes: [UInt8], at offset: Int) throws(DiskError) {
        do {
            try step(.write)
        } catch {
            // The first call that fails may have written half of it.
            if callCount == faultAt + 1 { try? disk.write(file, Array(bytes[..<(bytes.count / 2)]), at: offset) }
            throw error
        }
        if offset + bytes.count > (try disk.size(file)) { try needSpace(.write) }
        try disk.write(file, bytes, at: offset)
    }

    func allocate(_ file: DiskFile, count: Int) throws(DiskError) {
        try step(.allocate)
        try needSpace(.allocate)
        try disk.allocate(file, count: count)
    }

    func reserve(_ file: DiskFile, count: Int) throws(DiskError) { try allocate(file, count: count) }

    func truncate(_ file: DiskFile, to size: Int) throws(DiskError) {
        try step(.truncate)
        try disk.truncate(file, to: size)
    }

    func synchronize(_ file: DiskFile) throws(DiskError) {
        try step(.synchronize)
        try disk.synchronize(file)
    }

    func synchronizeDirectory(_ path: String) throws(DiskError) {
        try step(.synchronizeDirectory, path)
        try disk.synchronizeDirectory(path)
    }

    func rename(_ path: String, to newPath: String) throws(DiskError) {
        try step(.rename, path)
        try needSpace(.rename, path)
        try disk.rename(path, to: newPath)
        renamedTo.append(newPath)
    }

    func unlink(_ path: String) throws(DiskError) {
        try step(.unlink, path)
        try disk.unlink(path)
    }

    func freeBytes() throws(DiskError) -> Int {
        try step(.freeBytes)
        return try disk.freeBytes()
    }
}
