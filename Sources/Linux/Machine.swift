import Bytes
import Glibc

/// What this machine is called and where it is reached.
public enum Machine {
    /// The machine's name; empty if the kernel does not tell. The corresponding C function is `uname`.
    public static var hostName: String {
        var name = utsname()
        guard unsafe uname(&name) == 0 else { return "" }
        let bytes = unsafe withUnsafeBytes(of: &name.nodename) { unsafe Array($0.prefix { $0 != 0 }) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The most addresses that are read.
    private static let addressesMax = 1_000

    /// The addresses of all interfaces that are up, loopback included, in no particular order; none if the kernel does
    /// not tell. The corresponding C function is `getifaddrs`, which needs sockets of the family AF_NETLINK.
    public static var addresses: [IPAddress] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard unsafe getifaddrs(&first) == 0 else { return [] }
        defer { unsafe freeifaddrs(first) }
        var addresses: [IPAddress] = []
        var next = unsafe first
        while let entry = unsafe next, addresses.count < addressesMax {
            unsafe next = unsafe entry.pointee.ifa_next
            guard unsafe entry.pointee.ifa_flags & UInt32(IFF_UP) != 0,
                let socket = unsafe entry.pointee.ifa_addr, let address = unsafe address(UnsafeRawPointer(socket))
            else { continue }
            addresses.append(address)
        }
        return addresses
    }

    /// The address in a socket address of the kernel; nil for other families than IP.
    private static func address(_ socket: UnsafeRawPointer) -> IPAddress? {
        switch unsafe Int32(socket.loadUnaligned(as: sockaddr.self).sa_family) {
        case AF_INET:
            let address = unsafe socket.loadUnaligned(as: sockaddr_in.self)
            return .ipv4(UInt32(bigEndian: address.sin_addr.s_addr))
        case AF_INET6:
            var address = unsafe socket.loadUnaligned(as: sockaddr_in6.self)
            return unsafe withUnsafeBytes(of: &address.sin6_addr) { unsafe IPAddress(bytes: Array($0)) }
        default: return nil
        }
    }
}
