import Foundation

/// A new directory. Its owner removes it, with everything in it.
struct ScratchDirectory {
    let path: String

    init() throws {
        var template = Array("\(NSTemporaryDirectory())/stationd-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw HarnessFault("mkdtemp: errno \(errno)") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }
}

/// Something that the harness itself could not do, or waited for without success.
struct HarnessFault: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Reading and writing whole files.
enum WholeFile {
    static func read(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

    static func text(_ path: String) -> String { String(decoding: (try? read(path)) ?? [], as: UTF8.self) }

    static func write(bytes: some Sequence<UInt8>, to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    static func write(_ text: String, to path: String) throws { try write(bytes: Array(text.utf8), to: path) }

    /// The sorted names in a directory. Empty if there is no such directory.
    static func names(in directory: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// The permission bits, or -1 if there is no such file.
    static func mode(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_mode & 0o777) : -1
    }
}
