import Bytes
import Glibc

/// A blocking socket on the loopback interface that uses none of our code.
public final class RawSocket {
    /// A system call failed.
    public struct Fault: Error {
        /// Why it failed.
        public let errno: Int32
    }

    /// The socket's descriptor, closed with this object.
    public let descriptor: Int32
    /// The loopback address that the socket is bound to.
    public let address: IPAddress
    /// The connections that fill the backlog.
    private var waiting: [RawSocket] = []

    /// Opens a socket bound to `port`, or to a port of the kernel's choice for 0.
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

    /// Opens a stream socket that listens.
    public static func listener(at address: IPAddress = .loopbackIPv4, port: UInt16 = 0) throws -> RawSocket {
        let socket = try RawSocket(SOCK_STREAM, at: address, port: port)
        guard listen(socket.descriptor, 16) == 0 else { throw Fault(errno: errno) }
        return socket
    }

    /// Opens a listener that neither accepts a connection nor refuses one: its backlog is full.
    public static func silentPort(at address: IPAddress = .loopbackIPv4) throws -> RawSocket {
        let silent = try RawSocket(SOCK_STREAM, at: address)
        guard listen(silent.descriptor, 0) == 0 else { throw Fault(errno: errno) }
        let first = try RawSocket(SOCK_STREAM, at: address)
        guard first.connect(to: silent.port) else { throw Fault(errno: errno) }
        silent.waiting = [first]
        return silent
    }

    /// The port that the socket is bound to.
    public var port: UInt16 { Self.port(of: descriptor) }

    /// The local port of any socket.
    public static func port(of descriptor: Int32) -> UInt16 {
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
        }
        // The port is at the same offset in both families' addresses.
        return UInt16(bigEndian: address.sin6_port)
    }

    /// Accepts a listener's next connection, waiting for one if necessary.
    public func accept() throws -> RawSocket {
        let accepted = Glibc.accept(descriptor, nil, nil)
        guard accepted >= 0 else { throw Fault(errno: errno) }
        return RawSocket(descriptor: accepted, address: address)
    }

    /// Receives what has arrived, waiting for something if necessary. Returns nil on errors, with MSG_DONTWAIT also if
    /// nothing has arrived.
    public func receive(flags: Int = 0) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, Int32(flags))
        return count < 0 ? nil : Array(buffer[..<count])
    }

    /// Sends to the connected peer; errors are ignored.
    public func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    /// Ends the sending side: the peer sees the end of the stream.
    public func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Breaks the connection: the peer gets a reset.
    public func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        let other = open("/dev/null", O_RDONLY | O_CLOEXEC)
        // Keep the number in use until deinit, so that no other socket gets it.
        dup2(other, descriptor)
        close(other)
    }

    /// Receives a datagram and sends it back to where it came from.
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

    /// Connects to a port at the same address; returns false on failure.
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
