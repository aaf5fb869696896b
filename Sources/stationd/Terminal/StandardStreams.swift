import Glibc

/// The process's own streams, unbuffered, and whole files: the input and output of commands.
enum StandardStreams {
    /// Writes all of `text`. Returns false if that fails.
    @discardableResult
    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) -> Bool {
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let written = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: start), buffer.count - start)
            }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return false }
            start += written
        }
        return true
    }

    /// Prints `messages` on standard error, each on a line that begins with the program's name.
    static func complain(_ messages: [String]) {
        write(messages.map { "stationd: \($0)\n" }.joined(), to: STDERR_FILENO)
    }

    /// Whether standard error is systemd's journal, which reads a severity from the start of each line
    /// (systemd.exec(5), `$JOURNAL_STREAM`).
    static var isErrorSystemdJournal: Bool {
        guard let stream = unsafe getenv("JOURNAL_STREAM").map({ unsafe String(cString: $0) }) else { return false }
        var status = stat()
        guard unsafe fstat(STDERR_FILENO, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }

    /// Everything up to the end of a stream, or nil if that is more than `bytesMax` bytes.
    static func readAll(from descriptor: Int32, bytesMax: Int) throws(SystemError) -> [UInt8]? {
        let bytes = try readStart(from: descriptor, bytesMax: bytesMax + 1)
        return bytes.count > bytesMax ? nil : bytes
    }

    /// The first `bytesMax` bytes of a stream, or all of a shorter one.
    private static func readStart(from descriptor: Int32, bytesMax: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(bytesMax, 65_536))
        while bytes.count < bytesMax {
            let count = unsafe read(descriptor, &chunk, min(chunk.count, bytesMax - bytes.count))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw SystemError(errno: errno) }
            if count == 0 { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return bytes
    }

    /// A file's content, or nil if that is more than `bytesMax` bytes.
    static func readFile(_ path: String, bytesMax: Int) throws(SystemError) -> [UInt8]? {
        let descriptor = try open(path)
        defer { close(descriptor) }
        return try readAll(from: descriptor, bytesMax: bytesMax)
    }

    /// The first `bytesMax` bytes of a file, or all of a shorter one. Does not wait for what is no file, such as a pipe
    /// that somebody left in its place: the loop would wait as well.
    static func readStart(of path: String, bytesMax: Int) throws(SystemError) -> [UInt8] {
        let descriptor = try open(path, O_NONBLOCK)
        defer { close(descriptor) }
        return try readStart(from: descriptor, bytesMax: bytesMax)
    }

    private static func open(_ path: String, _ flags: Int32 = 0) throws(SystemError) -> Int32 {
        while true {
            let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | flags)
            if descriptor >= 0 { return descriptor }
            if errno != EINTR { throw SystemError(errno: errno) }
        }
    }
}

/// A failed system call.
struct SystemError: Error, Hashable, CustomStringConvertible {
    /// The number that the call left in errno(3).
    let errno: Int32

    /// The text of strerror(3).
    var description: String { unsafe String(cString: strerror(errno)) }
}
