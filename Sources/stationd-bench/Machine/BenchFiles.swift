import Glibc

/// Whole files, and folders.
enum BenchFiles {
    /// The bytes of a file; empty if it cannot be read. Also works for the files of /proc, which have no size.
    static func contents(_ path: String) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe read(descriptor, &chunk, chunk.count)
            if count <= 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// A file's content as UTF-8; empty if it cannot be read.
    static func text(_ path: String) -> String { String(decoding: contents(path), as: UTF8.self) }

    /// Creates or replaces a file.
    static func write(_ bytes: [UInt8], to path: String) throws(BenchFault) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .last(path) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw .last("write \(path)") }
            rest = rest.dropFirst(count)
        }
    }

    /// Creates a folder, unless it exists.
    static func makeDirectory(_ path: String) throws(BenchFault) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .last("mkdir \(path)") }
    }

    /// The sorted names in a folder; empty if there is no such folder.
    static func names(in path: String) -> [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Removes a file, or a folder with everything in it.
    static func remove(_ path: String) {
        guard isDirectory(path) else {
            unsafe unlink(path)
            return
        }
        for name in names(in: path) { remove("\(path)/\(name)") }
        unsafe rmdir(path)
    }

    /// Copies a folder with its files and folders, but without sockets.
    static func copy(_ source: String, to target: String) throws(BenchFault) {
        try makeDirectory(target)
        for name in names(in: source) {
            let (from, to) = ("\(source)/\(name)", "\(target)/\(name)")
            if isDirectory(from) {
                try copy(from, to: to)
            } else if isFile(from) {
                try write(contents(from), to: to)
            }
        }
    }
}

/// A folder on the disk to measure, which holds everything that the runs write.
final class Scratch {
    /// The path of the folder.
    let path: String
    private var count = 0

    /// Creates a new folder in `directory`.
    init(in directory: String) throws(BenchFault) {
        var template = Array((directory + "/stationd-bench-XXXXXX").utf8CString)
        let isMade = unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return false }
            return unsafe mkdtemp(start) != nil
        }
        guard isMade else { throw .last("create a folder in \(directory)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// An unused path in the folder.
    func fresh(_ name: String) -> String {
        count += 1
        return "\(path)/\(name)-\(count)"
    }

    /// Removes the folder with everything in it.
    func remove() { BenchFiles.remove(path) }
}
