import Foundation
import Glibc

/// A real `nats-server` on a port of its own choice, with a directory of its own.
public final class NATSServerProcess {
    /// In CI a missing server is a failure, elsewhere a reason to skip.
    public static let mustRun = ProcessInfo.processInfo.environment["CI"] == "true"

    /// Where the program is; Debian puts it beside the daemons, where not everybody's path leads.
    public static let path: String? = {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let directories = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/local/sbin"]
        return directories.map { "\($0)/nats-server" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    public struct NotStarted: Error, CustomStringConvertible {
        public let description: String
    }

    public let directory: URL
    private let process = Process()
    public private(set) var port: UInt16 = 0

    /// A fresh directory for a server, which `removeDirectory` takes away.
    public static func makeDirectory() throws -> URL {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("stationd-nats-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return directory
    }

    /// Runs `body` with a server and its directory, which go afterwards.
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
    ///   - settings: lines of its configuration.
    ///   - hasJetStream: what it stores is in `directory`, and there again at the next start.
    public init(in directory: URL, settings: String = "", hasJetStream: Bool = true) throws {
        guard let path = Self.path else { throw NotStarted(description: "nats-server is not installed") }
        self.directory = directory
        let storage = hasJetStream ? "jetstream { store_dir: \"\(directory.path)/store\" }" : ""
        let configuration = directory.appendingPathComponent("nats.conf")
        try "listen: \"127.0.0.1:-1\"\n\(storage)\n\(settings)\n".write(
            to: configuration, atomically: true, encoding: .utf8)
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = [
            "-c", configuration.path, "--ports_file_dir", directory.path, "-l", directory.path + "/log",
        ]
        process.standardInput = FileHandle.nullDevice
        try process.run()
        port = try waitForPort()
    }

    deinit { kill() }

    /// Ends the server as a power failure would, as far as a process can.
    public func kill() {
        guard process.isRunning else { return }
        _ = Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Tells the server to go away slowly.
    public func enterLameDuckMode() { _ = Glibc.kill(process.processIdentifier, SIGUSR2) }

    public func removeDirectory() {
        kill()
        try? FileManager.default.removeItem(at: directory)
    }

    /// The server writes down where it listens.
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
