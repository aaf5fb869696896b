import Glibc

/// Files as a whole, and folders.
enum BenchFiles {
    /// The bytes of a file; none where it cannot be read. Also for the files of /proc, which tell no size.
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

    static func text(_ path: String) -> String { String(decoding: contents(path), as: UTF8.self) }

    /// Makes or replaces a file.
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

    static func makeDirectory(_ path: String) throws(BenchFault) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .last("mkdir \(path)") }
    }

    /// The names in a folder, sorted; none where there is no such folder.
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

    /// Removes a file, or a folder with all that is in it.
    static func remove(_ path: String) {
        guard isDirectory(path) else {
            unsafe unlink(path)
            return
        }
        for name in names(in: path) { remove("\(path)/\(name)") }
        unsafe rmdir(path)
    }

    /// Copies a folder with the files and folders in it; sockets are left out.
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

/// A folder on the disk that is measured, with all that the runs leave there.
final class Scratch {
    let path: String
    private var count = 0

    /// Makes a fresh folder in `directory`.
    init(in directory: String) throws(BenchFault) {
        var template = Array((directory + "/stationd-bench-XXXXXX").utf8CString)
        let isMade = unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return false }
            return unsafe mkdtemp(start) != nil
        }
        guard isMade else { throw .last("a folder in \(directory)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A path in the folder that nothing else has.
    func fresh(_ name: String) -> String {
        count += 1
        return "\(path)/\(name)-\(count)"
    }

    func remove() { BenchFiles.remove(path) }
}
