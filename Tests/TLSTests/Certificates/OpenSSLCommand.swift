import Foundation

/// The command `openssl`, which judges what the station makes.
enum OpenSSLCommand {
    /// The path of the program, or nil if it is not installed.
    static let path = ["/usr/bin/openssl", "/usr/local/bin/openssl"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Runs it and returns what it prints.
    ///
    /// - Parameter directory: where relative paths begin.
    static func run(_ arguments: [String], in directory: String) throws -> (code: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path ?? "/usr/bin/openssl")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    /// Runs `body` in a new directory and removes it.
    static func inDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
        let path = "\(NSTemporaryDirectory())/stationd-tls-\(UUID())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }
}
