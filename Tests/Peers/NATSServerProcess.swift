import Foundation
import Glibc

/// A real `nats-server` with its own directory, on a port that it chooses.
public final class NATSServerProcess {
    /// Whether a missing server is a failure, as it is in CI, or a reason to skip.
    public static let mustRun = ProcessInfo.processInfo.environment["CI"] == "true"

    /// The path of the program, or nil if it is not installed. Debian puts it in `/usr/sbin`, which is not in every
    /// user's `PATH`.
    public static let path: String? = {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let directories = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/local/sbin"]
        return directories.map { "\($0)/nats-server" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// The server is missing or ended at once.
    public struct NotStarted: Error, CustomStringConvertible {
        /// What went wrong, with the server's log.
        public let description: String
    }

    /// The directory of its configuration, log and stored messages.
    public let directory: URL
    private let process = Process()
    /// The port that it listens on.
    public private(set) var port: UInt16 = 0

    /// Makes a fresh directory for a server; `removeDirectory` removes it.
    public static func makeDirectory() throws -> URL {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("stationd-nats-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return directory
    }

    /// Runs `body` with a server and removes the server and its directory afterwards.
    public static func withServer(
        settings: String = "", hasJetStream: Bool = true, _ body: (NATSServerProcess) throws -> Void
    ) throws {
        let directory = try makeDirectory()
        defer { try? FileManager.default.removeItem(at: directory) }
        let server = try NATSServerProcess(in: directory, settings: settings, hasJetStream: hasJetStream)
        defer { server.kill() }
        try body(server)
    }

    /// Starts a server and waits until it listens.
    ///
    /// - Parameters:
    ///   - directory: where it keeps everything. Another server started in it finds the stored messages again.
    ///   - settings: more lines of its configuration.
    ///   - hasJetStream: whether it can store messages.
    ///   - domain: its JetStream domain, if it has one.
    ///   - port: where it listens; 0 for a port of its choice.
    public init(
        in directory: URL, settings: String = "", hasJetStream: Bool = true, domain: String? = nil, port: UInt16 = 0
    ) throws {
        guard let path = Self.path else { throw NotStarted(description: "nats-server is not installed") }
        self.directory = directory
        let domain = domain.map { ", domain: \($0)" } ?? ""
        let storage = hasJetStream ? "jetstream { store_dir: \"\(directory.path)/store\"\(domain) }" : ""
        let configuration = directory.appendingPathComponent("nats.conf")
        try "listen: \"127.0.0.1:\(port == 0 ? "-1" : "\(port)")\"\n\(storage)\n\(settings)\n".write(
            to: configuration, atomically: true, encoding: .utf8)
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = [
            "-c", configuration.path, "--ports_file_dir", directory.path, "-l", directory.path + "/log",
        ]
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.port = try waitForPort()
    }

    deinit { kill() }

    /// Kills the server: the closest that a process can come to a power failure.
    public func kill() {
        guard process.isRunning else { return }
        _ = Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Tells the server to announce its end to its clients and shut down slowly.
    public func enterLameDuckMode() { _ = Glibc.kill(process.processIdentifier, SIGUSR2) }

    /// Stops the process where it is, as if its machine were gone: connections stay open and nothing answers.
    public func freeze() { _ = Glibc.kill(process.processIdentifier, SIGSTOP) }

    /// Kills the server and removes its directory.
    public func removeDirectory() {
        kill()
        try? FileManager.default.removeItem(at: directory)
    }

    /// Reads the port from the file in which the server writes its addresses.
    private func waitForPort() throws -> UInt16 {
        struct Ports: Decodable { let nats: [String] }
        let file = directory.appendingPathComponent("nats-server_\(process.processIdentifier).ports")
        for _ in 0..<500 {
            if let text = try? Data(contentsOf: file), let ports = try? JSONDecoder().decode(Ports.self, from: text),
                let address = ports.nats.first, let number = address.split(separator: ":").last.flatMap({ UInt16($0) })
            {
                return number
            }
            guard process.isRunning else { break }
            usleep(20_000)
        }
        let log = (try? String(contentsOfFile: directory.path + "/log", encoding: .utf8)) ?? ""
        kill()
        throw NotStarted(description: "nats-server did not start: \(log)")
    }
}
