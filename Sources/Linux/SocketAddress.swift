import Bytes
import CLinux
import Glibc
import Platform

/// Listening and connecting sockets, and the addresses of their peers (socket(7), ip(7), ipv6(7), unix(7)).
enum SocketAddress {
    private static let backlog: Int32 = 1024
    private static let streamType = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    private static let datagramType = Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

    /// Opens a TCP socket that listens.
    ///
    /// - Parameter host: an IPv4 or IPv6 literal, or `localhost`. `::` accepts IPv4 too.
    static func listenTCP(host: String, port: UInt16) throws(NetworkError) -> Int32 {
        let place = "listen on \(host.contains(":") ? "[\(host)]" : host):\(port)"
        guard let address = host == "localhost" ? .loopbackIPv4 : IPAddress(text: host) else {
            throw NetworkError(operation: place, errno: EINVAL, reason: "\(host) is not an IP address")
        }
        switch address {
        case .ipv4(let value):
            var address = ipv4(value, port: port)
            return try bound(AF_INET, to: &address, size: MemoryLayout<sockaddr_in>.size, place: place)
        case .ipv6:
            var address = ipv6(address, port: port)
            return try bound(AF_INET6, to: &address, size: MemoryLayout<sockaddr_in6>.size, place: place)
        }
    }

    private static func ipv4(_ value: UInt32, port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = value.bigEndian
        return address
    }

    private static func ipv6(_ value: IPAddress, port: UInt16) -> sockaddr_in6 {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        unsafe withUnsafeMutableBytes(of: &address.sin6_addr) { unsafe $0.copyBytes(from: value.bytes) }
        return address
    }

    /// Binds `directory`/`name`, replacing a socket that a dead process left there; only the owner may connect.
    ///
    /// An address has room for 107 bytes (unix(7)); a longer path is reached through a descriptor of the directory.
    static func listenUnix(directory: String, name: String) throws(NetworkError) -> Int32 {
        let place = "listen on \(directory)/\(name)"
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let handle = repeating {
            unsafe clinux_openat(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        }
        guard handle >= 0 else { throw .last(place) }
        defer { Glibc.close(handle) }
        var path = Array("\(directory)/\(name)".utf8)
        if path.count >= MemoryLayout.size(ofValue: address.sun_path) {
            path = Array("/proc/self/fd/\(handle)/\(name)".utf8)
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        unsafe unlinkat(handle, name, 0)
        let mask = umask(0o177)
        defer { umask(mask) }
        return try bound(AF_UNIX, to: &address, size: MemoryLayout<sockaddr_un>.size, place: place)
    }

    private static func bound<Address>(
        _ family: Int32, to address: inout Address, size: Int, place: String
    ) throws(NetworkError) -> Int32 {
        let descriptor = socket(family, streamType, 0)
        guard descriptor >= 0 else { throw .last(place) }
        if family != AF_UNIX { set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1) }
        if family == AF_INET6 { set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
        let result = unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe bind(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(size))
        }
        guard result == 0, Glibc.listen(descriptor, backlog) == 0 else {
            let error = NetworkError.last(place)
            Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }

    // MARK: Connecting

    /// The most unsent bytes that the kernel accepts ahead (tcp(7)). We close connections that accept nothing for a
    /// while, so over a slow outgoing line even a small step must show as progress.
    private static let outgoingNotSentBytesMax: Int32 = 16 * 1024
    /// A peer that acknowledges nothing for this long is gone (RFC 5482; tcp(7), TCP_USER_TIMEOUT).
    private static let userTimeoutMillis: Int32 = 30_000
    /// When an idle connection is first probed, and the interval of later probes (tcp(7)): routers forget idle
    /// connections.
    private static let keepAliveIdleSeconds: Int32 = 30
    private static let keepAliveIntervalSeconds: Int32 = 10

    /// Begins a TCP connection; its outcome is known when the socket becomes writable (connect(2)).
    static func connectTCP(to address: IPAddress, port: UInt16) throws(NetworkError) -> Int32 {
        let descriptor = try connected(streamType, to: address, port: port)
        set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        set(descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, outgoingNotSentBytesMax)
        set(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, userTimeoutMillis)
        set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
        set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE, keepAliveIdleSeconds)
        set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPINTVL, keepAliveIntervalSeconds)
        return descriptor
    }

    /// Opens a UDP socket that sends to this peer and receives from no other (udp(7)).
    static func connectUDP(to address: IPAddress, port: UInt16) throws(NetworkError) -> Int32 {
        try connected(datagramType, to: address, port: port)
    }

    private static func connected(_ type: Int32, to address: IPAddress, port: UInt16) throws(NetworkError) -> Int32 {
        let place = "connect to \(address.isIPv6 ? "[\(address)]" : "\(address)"):\(port)"
        let descriptor = socket(address.isIPv6 ? AF_INET6 : AF_INET, type, 0)
        guard descriptor >= 0 else { throw .last(place) }
        let result =
            switch address {
            case .ipv4(let value): connect(descriptor, ipv4(value, port: port))
            case .ipv6: connect(descriptor, ipv6(address, port: port))
            }
        guard result == 0 || errno == EINPROGRESS else {
            let error = NetworkError.last(place)
            Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func connect<Address>(_ descriptor: Int32, _ address: Address) -> Int32 {
        unsafe withUnsafeBytes(of: address) { bytes in
            unsafe Glibc.connect(
                descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
    }

    /// The state of a connection that was begun: 0 if it is open, EINPROGRESS, or the errno of its failure.
    static func connectOutcome(of descriptor: Int32) -> Int32 {
        var number: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length) == 0 else { return errno }
        guard number == 0 else { return number }
        // During the handshake no error is pending either, but then there is no peer (getpeername(2)).
        var storage = sockaddr_storage()
        let result = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            var length = socklen_t(bytes.count)
            return unsafe getpeername(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
        }
        return result == 0 ? 0 : errno == ENOTCONN ? EINPROGRESS : errno
    }

    // MARK: Accepting

    /// The most unsent bytes that the kernel accepts ahead (tcp(7)).
    private static let notSentBytesMax: Int32 = 128 * 1024

    static func accept(_ listener: Int32, peer storage: inout sockaddr_storage) -> Int32 {
        let descriptor = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            var length = socklen_t(bytes.count)
            return unsafe accept4(
                listener, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length,
                Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
        }
        // Replies and notifications are written whole, so waiting for more gains nothing (RFC 896).
        if descriptor >= 0 && storage.ss_family != sa_family_t(AF_UNIX) {
            set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
            // Over a slow line the kernel would accept megabytes ahead, and a ping after them would be answered too
            // late.
            set(descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, notSentBytesMax)
        }
        return descriptor
    }

    /// The address of a peer, IPv4 in IPv6 as IPv4; nil for a Unix socket.
    static func peer(_ storage: inout sockaddr_storage) -> IPAddress? {
        let family = Int32(storage.ss_family)
        let address: IPAddress? = unsafe withUnsafeBytes(of: &storage) { bytes in
            switch family {
            case AF_INET: unsafe IPAddress(bytes: bytes[4..<8])
            case AF_INET6: unsafe IPAddress(bytes: bytes[8..<24])
            default: nil
            }
        }
        return address?.unmapped
    }

    static func port(of descriptor: Int32) -> UInt16 {
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let result = unsafe withUnsafeMutableBytes(of: &address) { bytes in
            unsafe getsockname(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
        }
        // The port is at the same offset in both families' addresses.
        let isInternet = Int32(address.sin6_family) == AF_INET || Int32(address.sin6_family) == AF_INET6
        return result == 0 && isInternet ? UInt16(bigEndian: address.sin6_port) : 0
    }

    /// Makes `close` drop unsent bytes and send a reset (SO_LINGER with a time of zero).
    static func resetOnClose(_ descriptor: Int32) {
        var linger = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}
