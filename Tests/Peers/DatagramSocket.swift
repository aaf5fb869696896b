import Glibc

/// A UDP socket connected to a port of this machine.
public final class DatagramSocket {
    /// A system call failed.
    public struct Fault: Error {
        /// Why it failed.
        public let errno: Int32
    }

    /// The socket's descriptor, closed with this object.
    public let descriptor: Int32

    /// Opens a socket and connects it to a port of the loopback interface.
    public init(to port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0, Self.call(connect, descriptor, port) == 0 else { throw Fault(errno: errno) }
    }

    deinit { close(descriptor) }

    /// Sends a datagram; errors show at the next `receive`.
    public func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    /// Waits up to `milliseconds` for a datagram or an error; nil if neither came.
    public func receive(milliseconds: Int64) -> Result<[UInt8], Fault>? {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, Int32(clamping: milliseconds)) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? .failure(Fault(errno: errno)) : .success(Array(buffer[..<count]))
    }

    /// Returns a port that was free a moment ago.
    public static func unusedPort() throws -> UInt16 {
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
