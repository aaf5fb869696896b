import Platform
import Store

/// A disk in memory on which nothing fails.
final class FuzzDisk: Disk {
    private final class Content {
        var bytes: [UInt8]

        init(_ bytes: [UInt8]) { self.bytes = bytes }
    }

    private var files: [String: Content] = [:]
    private var directories: Set<String> = [""]
    private var handles: [DiskFile: Content] = [:]
    private var locks: [String: DiskFile] = [:]
    private var lastHandle: Int32 = 2

    var paths: [String] { files.keys.sorted() }

    func bytes(_ path: String) -> [UInt8]? { files[path]?.bytes }

    func put(_ path: String, _ bytes: [UInt8]) {
        directories.insert(Self.directory(of: path))
        files[path] = Content(bytes)
    }

    func remove(_ path: String) { files[path] = nil }

    /// Ends the process: its handles and locks are gone.
    func endProcess() {
        handles = [:]
        locks = [:]
    }

    // MARK: Disk

    func lock(_ path: String, waiting: Bool) throws(DiskError) -> DiskFile? {
        guard locks[path] == nil else { return nil }
        if files[path] == nil { put(path, []) }
        let file = try open(path, for: .readingAndWriting)
        locks[path] = file
        return file
    }

    func makeDirectory(_ path: String) { directories.insert(path) }

    func list(_ directory: String) throws(DiskError) -> [String] {
        guard directories.contains(directory) else { throw DiskError(.list, path: directory, number: .noSuchFile) }
        let names = files.keys.filter { Self.directory(of: $0) == directory }
            .map { String($0.utf8.dropFirst(directory.isEmpty ? 0 : directory.utf8.count + 1)) ?? $0 }
        return names + (directory.isEmpty ? directories.filter { !$0.isEmpty } : [])
    }

    func open(_ path: String, for access: DiskAccess) throws(DiskError) -> DiskFile {
        guard let content = files[path] else { throw DiskError(.open, path: path, number: .noSuchFile) }
        lastHandle += 1
        let file = DiskFile(rawValue: lastHandle)
        handles[file] = content
        return file
    }

    func create(_ path: String, mode: DiskMode) throws(DiskError) -> DiskFile {
        guard files[path] == nil else { throw DiskError(.create, path: path, number: .fileExists) }
        guard directories.contains(Self.directory(of: path)) else {
            throw DiskError(.create, path: path, number: .noSuchFile)
        }
        put(path, [])
        return try open(path, for: .readingAndWriting)
    }

    func openDirectory(_ path: String) throws(DiskError) -> DiskFile {
        guard directories.contains(path) else { throw DiskError(.open, path: path, number: .noSuchFile) }
        lastHandle += 1
        return DiskFile(rawValue: lastHandle)
    }

    func close(_ file: DiskFile) {
        handles[file] = nil
        locks = locks.filter { $0.value != file }
    }

    func size(_ file: DiskFile) throws(DiskError) -> Int { try content(file, .size).bytes.count }

    func read(_ file: DiskFile, at offset: Int, into buffer: inout [UInt8]) throws(DiskError) -> Int {
        let content = try content(file, .read)
        let count = max(0, min(buffer.count, content.bytes.count - offset))
        if count > 0 { buffer.replaceSubrange(..<count, with: content.bytes[offset..<(offset + count)]) }
        return count
    }

    func write(_ file: DiskFile, _ bytes: [UInt8], at offset: Int) throws(DiskError) {
        let content = try content(file, .write)
        let end = offset + bytes.count
        if end > content.bytes.count { Self.resize(&content.bytes, to: end) }
        content.bytes.replaceSubrange(offset..<end, with: bytes)
    }

    func allocate(_ file: DiskFile, count: Int) throws(DiskError) {
        try content(file, .allocate).bytes = [UInt8](repeating: 0, count: count)
    }

    func reserve(_ file: DiskFile, count: Int) throws(DiskError) { try allocate(file, count: count) }

    func truncate(_ file: DiskFile, to size: Int) throws(DiskError) {
        Self.resize(&(try content(file, .truncate)).bytes, to: size)
    }

    func synchronize(_ file: DiskFile) throws(DiskError) { _ = try content(file, .synchronize) }

    func synchronizeDirectory(_ path: String) throws(DiskError) {
        guard directories.contains(path) else {
            throw DiskError(.synchronizeDirectory, path: path, number: .noSuchFile)
        }
    }

    func rename(_ path: String, to newPath: String) throws(DiskError) {
        guard let content = files.removeValue(forKey: path) else {
            throw DiskError(.rename, path: path, number: .noSuchFile)
        }
        files[newPath] = content
    }

    func unlink(_ path: String) throws(DiskError) {
        guard files.removeValue(forKey: path) != nil else {
            throw DiskError(.unlink, path: path, number: .noSuchFile)
        }
    }

    func freeBytes() -> Int { 1 << 40 }

    // MARK: Parts

    private func content(_ file: DiskFile, _ operation: DiskOperation) throws(DiskError) -> Content {
        guard let content = handles[file] else {
            throw DiskError(operation, path: "closed", number: ErrorNumber(rawValue: 9))
        }
        return content
    }

    private static func resize(_ bytes: inout [UInt8], to size: Int) {
        if size < bytes.count {
            bytes.removeLast(bytes.count - size)
        } else {
            bytes.append(contentsOf: repeatElement(0, count: size - bytes.count))
        }
    }

    private static func directory(of path: String) -> String {
        path.utf8.lastIndex(of: 0x2F).map { String(path[..<$0]) } ?? ""
    }
}
