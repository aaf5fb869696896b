import Bytes
import Glibc

/// A blocking socket on the loopback interface, without any of our code.
final class RawSocket {
    struct Fault: Error {
        let errno: Int32
    }

    let descriptor: Int32
    private let isIPv6: Bool

    /// A socket with a port of the kernel's choice.
    init(_ type: __socket_type, isIPv6: Bool = false) throws {
        self.isIPv6 = isIPv6
        descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0, call(Glibc.bind, port: 0) == 0 else { throw Fault(errno: errno) }
    }

    deinit { close(descriptor) }

    var address: IPAddress { isIPv6 ? .loopbackIPv6 : .loopbackIPv4 }

    var port: UInt16 { Self.port(of: descriptor) }

    /// The port that a socket has here.
    static func port(of descriptor: Int32) -> UInt16 {
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
        }
        return UInt16(bigEndian: address.sin6_port)
    }

    func listen(backlog: Int32) { Glibc.listen(descriptor, backlog) }

    func connect(to port: UInt16) -> Bool { call(Glibc.connect, port: port) == 0 }

    /// Sends the next datagram that comes back to where it came from.
    func echo() {
        var buffer = [UInt8](repeating: 0, count: 2048)
        var peer = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        withUnsafeMutablePointer(to: &peer) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { peer in
                let count = recvfrom(descriptor, &buffer, buffer.count, 0, peer, &length)
                if count >= 0 { sendto(descriptor, buffer, count, 0, peer, length) }
            }
        }
    }

    /// Sends a datagram to a port of this machine.
    func send(_ bytes: [UInt8], to port: UInt16) {
        guard connect(to: port) else { return }
        _ = Glibc.send(descriptor, bytes, bytes.count, 0)
    }

    private func call(
        _ function: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32, port: UInt16
    ) -> Int32 {
        guard isIPv6 else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            return Self.call(function, descriptor, address)
        }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        address.sin6_addr = in6addr_loopback
        return Self.call(function, descriptor, address)
    }

    private static func call<Address>(
        _ function: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32, _ descriptor: Int32, _ address: Address
    ) -> Int32 {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                function(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }
}
