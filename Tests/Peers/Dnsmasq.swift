import Foundation
import Glibc

/// A DNS server written by others, on a port of the loopback interface.
public final class Dnsmasq {
    /// The path of the program, or nil if it is not installed.
    public static let path = ["/usr/sbin/dnsmasq", "/usr/bin/dnsmasq", "/usr/local/sbin/dnsmasq"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    struct NotStarted: Error {}

    private static let triesMax = 5

    /// The port that it listens on.
    public private(set) var port: UInt16 = 0
    private var process = Process()
    private let hosts = FileManager.default.temporaryDirectory
        .appendingPathComponent("stationd-tests-\(UInt64.random(in: 0...UInt64.max)).hosts")

    /// Starts the server and waits until it listens.
    ///
    /// - Parameters:
    ///   - hosts: lines of addresses and names, as in `/etc/hosts`.
    ///   - options: more command-line options.
    public init(hosts lines: [String], options: [String]) throws {
        try lines.joined(separator: "\n").appending("\n").write(to: hosts, atomically: true, encoding: .utf8)
        // Somebody else may have bound the port in the meantime: then the server ends at once.
        for _ in 1...Self.triesMax {
            try start(options)
            if isListening { return }
            stop()
        }
        throw NotStarted()
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: hosts)
    }

    private func start(_ options: [String]) throws {
        port = try DatagramSocket.unusedPort()
        process = Process()
        process.executableURL = URL(fileURLWithPath: Self.path ?? "")
        process.arguments =
            [
                "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file", "--port=\(port)", "--no-resolv",
                "--no-hosts", "--addn-hosts=\(hosts.path)", "--listen-address=127.0.0.1", "--bind-interfaces",
                "--user=\(NSUserName())", "--local=/test/", "--local-ttl=77",
            ] + options
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    /// Whether it accepts TCP too, as it does once all its sockets are bound.
    private var isListening: Bool {
        for _ in 0..<200 where process.isRunning {
            if let socket = try? RawSocket(SOCK_STREAM), socket.connect(to: port) { return process.isRunning }
            usleep(10_000)
        }
        return false
    }

    private func stop() {
        guard process.isRunning else { return }
        // It inherited the signal mask of the thread that started it, where SIGTERM may be blocked.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
