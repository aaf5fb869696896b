import Foundation
import Glibc

/// A DNS server that we did not write, on a port of the loopback interface.
final class Dnsmasq {
    static let path = ["/usr/sbin/dnsmasq", "/usr/bin/dnsmasq", "/usr/local/sbin/dnsmasq"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    let port: UInt16
    private let process = Process()
    private let hosts = FileManager.default.temporaryDirectory
        .appendingPathComponent("uplink-tests-\(UInt64.random(in: 0...UInt64.max)).hosts")

    /// - Parameters:
    ///   - hosts: addresses and names like those of `/etc/hosts`.
    ///   - options: more of its options.
    init(hosts lines: [String], options: [String]) throws {
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

/// A UDP socket that is connected to a port of this machine.
final class DatagramSocket {
    struct Fault: Error {
        let errno: Int32
    }

    let descriptor: Int32

    init(to port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0, Self.call(connect, descriptor, port) == 0 else { throw Fault(errno: errno) }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    /// What came within so many milliseconds: a datagram, an error, or nil for nothing.
    func receive(milliseconds: Int64) -> Result<[UInt8], Fault>? {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, Int32(clamping: milliseconds)) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? .failure(Fault(errno: errno)) : .success(Array(buffer[..<count]))
    }

    /// A port that was free a moment ago.
    static func unusedPort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        guard descriptor >= 0, call(bind, descriptor, 0) == 0 else { throw Fault(errno: errno) }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func call(
        _ function: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32, _ descriptor: Int32, _ port: UInt16
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
