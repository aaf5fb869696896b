import CLinux
import Glibc
import Server

/// Stream sockets that listen, and the addresses of those who connect (socket(7), ip(7), ipv6(7), unix(7)).
enum SocketAddress {
    private static let backlog: Int32 = 1024
    private static let streamType = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

    /// - Parameter host: an IPv4 or IPv6 literal, or `localhost`. `::` takes IPv4 too.
    static func listenTCP(host: String, port: UInt16) throws(NetworkError) -> Int32 {
        let place = "listen on \(host.contains(":") ? "[\(host)]" : host):\(port)"
        let literal = host == "localhost" ? "127.0.0.1" : host
        var ipv4 = sockaddr_in()
        ipv4.sin_family = sa_family_t(AF_INET)
        ipv4.sin_port = port.bigEndian
        if unsafe inet_pton(AF_INET, literal, &ipv4.sin_addr) == 1 {
            return try bound(AF_INET, to: &ipv4, size: MemoryLayout<sockaddr_in>.size, place: place)
        }
        var ipv6 = sockaddr_in6()
        ipv6.sin6_family = sa_family_t(AF_INET6)
        ipv6.sin6_port = port.bigEndian
        guard unsafe inet_pton(AF_INET6, literal, &ipv6.sin6_addr) == 1 else {
            throw NetworkError(operation: place, errno: EINVAL, reason: "\(host) is not an IP address")
        }
        return try bound(AF_INET6, to: &ipv6, size: MemoryLayout<sockaddr_in6>.size, place: place)
    }

    /// Binds `directory`/`name`, in place of a socket that a dead process left there; only the owner may connect.
    ///
    /// The address has room for 107 bytes (unix(7)); a longer path is reached through a descriptor of the directory.
    static func listenUnix(directory: String, name: String) throws(NetworkError) -> Int32 {
        let place = "listen on \(directory)/\(name)"
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let handle = unsafe clinux_openat(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
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

    /// How much the kernel takes of what it cannot send yet (tcp(7)).
    private static let notSentBytesMax: Int32 = 128 * 1024

    static func accept(_ listener: Int32, peer storage: inout sockaddr_storage) -> Int32 {
        let descriptor = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            var length = socklen_t(bytes.count)
            return unsafe accept4(
                listener, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length,
                Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
        }
        // Replies and notifications are written whole; nothing is gained by waiting for more (RFC 896).
        if descriptor >= 0 && storage.ss_family != sa_family_t(AF_UNIX) {
            set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
            // Over a slow line the kernel would take megabytes ahead, and a ping behind them be answered too late.
            set(descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, notSentBytesMax)
        }
        return descriptor
    }

    static func peer(_ storage: inout sockaddr_storage) -> PeerAddress {
        let family = Int32(storage.ss_family)
        return unsafe withUnsafeBytes(of: &storage) { bytes in
            switch family {
            case AF_INET:
                let address = unsafe bytes.loadUnaligned(as: sockaddr_in.self)
                return ipv4(UInt32(bigEndian: address.sin_addr.s_addr))
            case AF_INET6:
                return unsafe ipv6(Array(bytes[8..<24]))
            default:
                return .local
            }
        }
    }

    private static func ipv4(_ address: UInt32) -> PeerAddress {
        PeerAddress(
            host: "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)",
            site: 1 << 32 | UInt64(address))
    }

    /// An IPv4 address in IPv6 form (`::ffff:a.b.c.d`, RFC 4291 section 2.5.5.2) counts as IPv4.
    private static func ipv6(_ bytes: [UInt8]) -> PeerAddress {
        if bytes[..<10].allSatisfy({ $0 == 0 }) && bytes[10] == 0xFF && bytes[11] == 0xFF {
            return ipv4(bytes[12...].reduce(0) { $0 << 8 | UInt32($1) })
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        var copy = bytes
        _ = unsafe inet_ntop(AF_INET6, &copy, &text, socklen_t(INET6_ADDRSTRLEN))
        let length = text.firstIndex(of: 0) ?? 0
        return PeerAddress(
            host: String(decoding: text[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self),
            site: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) })
    }

    static func port(of descriptor: Int32) -> UInt16 {
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let result = unsafe withUnsafeMutableBytes(of: &address) { bytes in
            unsafe getsockname(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
        }
        // The port stands at the same place in both families' addresses.
        let isInternet = Int32(address.sin6_family) == AF_INET || Int32(address.sin6_family) == AF_INET6
        return result == 0 && isInternet ? UInt16(bigEndian: address.sin6_port) : 0
    }

    /// Makes `close` drop what is unsent and send a reset (SO_LINGER with a time of zero).
    static func resetOnClose(_ descriptor: Int32) {
        var linger = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}
