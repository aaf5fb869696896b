import Bytes
import Glibc

/// A blocking socket on the loopback interface, without any of our code.
public final class RawSocket {
    public struct Fault: Error {
        public let errno: Int32
    }

    public let descriptor: Int32
    public let address: IPAddress
    /// Those that fill the backlog.
    private var waiting: [RawSocket] = []

    /// A socket that is bound to a port, or to one of the kernel's choice.
    public init(_ type: __socket_type, at address: IPAddress = .loopbackIPv4, port: UInt16 = 0) throws {
        self.address = address
        descriptor = socket(address.isIPv6 ? AF_INET6 : AF_INET, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0, Self.call(bind, descriptor, address, port) == 0 else { throw Fault(errno: errno) }
    }

    private init(descriptor: Int32, address: IPAddress) {
        self.descriptor = descriptor
        self.address = address
    }

    deinit { close(descriptor) }

    /// A stream socket that listens.
    public static func listener(at address: IPAddress = .loopbackIPv4, port: UInt16 = 0) throws -> RawSocket {
        let socket = try RawSocket(SOCK_STREAM, at: address, port: port)
        guard listen(socket.descriptor, 16) == 0 else { throw Fault(errno: errno) }
        return socket
    }

    /// A port that neither takes a connection nor refuses one: its backlog is full.
    public static func silentPort(at address: IPAddress = .loopbackIPv4) throws -> RawSocket {
        let silent = try RawSocket(SOCK_STREAM, at: address)
        guard listen(silent.descriptor, 0) == 0 else { throw Fault(errno: errno) }
        let first = try RawSocket(SOCK_STREAM, at: address)
        guard first.connect(to: silent.port) else { throw Fault(errno: errno) }
        silent.waiting = [first]
        return silent
    }

    public var port: UInt16 { Self.port(of: descriptor) }

    /// The port that a socket has here.
    public static func port(of descriptor: Int32) -> UInt16 {
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
        }
        // At the same place for both families.
        return UInt16(bigEndian: address.sin6_port)
    }

    /// The next connection of a listener.
    public func accept() throws -> RawSocket {
        let accepted = Glibc.accept(descriptor, nil, nil)
        guard accepted >= 0 else { throw Fault(errno: errno) }
        return RawSocket(descriptor: accepted, address: address)
    }

    /// What has come, once anything has; with MSG_DONTWAIT nil where nothing has.
    public func receive(flags: Int = 0) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, Int32(flags))
        return count < 0 ? nil : Array(buffer[..<count])
    }

    public func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    public func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Breaks the connection: the peer gets a reset.
    public func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        let other = open("/dev/null", O_RDONLY | O_CLOEXEC)
        // The number stays taken until the end.
        dup2(other, descriptor)
        close(other)
    }

    /// Sends the next datagram that comes back to where it came from.
    public func echo() {
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

    /// Connects to a port at the same address.
    public func connect(to port: UInt16) -> Bool { Self.call(Glibc.connect, descriptor, address, port) == 0 }

    /// Sends a datagram to a port at the same address.
    public func send(_ bytes: [UInt8], to port: UInt16) {
        if connect(to: port) { send(bytes) }
    }

    // MARK: -

    private typealias AddressCall = (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32

    private static func call(
        _ function: AddressCall, _ descriptor: Int32, _ address: IPAddress, _ port: UInt16
    ) -> Int32 {
        switch address {
        case .ipv4(let value):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = value.bigEndian
            return call(function, descriptor, address)
        case .ipv6:
            var socketAddress = sockaddr_in6()
            socketAddress.sin6_family = sa_family_t(AF_INET6)
            socketAddress.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &socketAddress.sin6_addr) { $0.copyBytes(from: address.bytes) }
            return call(function, descriptor, socketAddress)
        }
    }

    private static func call<Address>(_ function: AddressCall, _ descriptor: Int32, _ address: Address) -> Int32 {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                function(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }
}
