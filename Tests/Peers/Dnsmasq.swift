import Foundation
import Glibc

/// A DNS server that we did not write, on a port of the loopback interface.
public final class Dnsmasq {
    public static let path = ["/usr/sbin/dnsmasq", "/usr/bin/dnsmasq", "/usr/local/sbin/dnsmasq"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    public let port: UInt16
    private let process = Process()
    private let hosts = FileManager.default.temporaryDirectory
        .appendingPathComponent("stationd-tests-\(UInt64.random(in: 0...UInt64.max)).hosts")

    /// - Parameters:
    ///   - hosts: addresses and names like those of `/etc/hosts`.
    ///   - options: more of its options.
    public init(hosts lines: [String], options: [String]) throws {
        port = try DatagramSocket.unusedPort()
        try lines.joined(separator: "\n").appending("\n").write(to: hosts, atomically: true, encoding: .utf8)
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

    deinit {
        // It inherits the signal mask of the thread that started it, in which SIGTERM may be blocked.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: hosts)
    }
}
