import Bytes
import CLinux
import Glibc

/// What this machine is called and where it is reached.
public enum Machine {
    /// The most addresses of either version that are read.
    private static let addressesMax = 256
    private static let tableBytesMax = 64 * 1024

    /// The machine's name; empty if the kernel does not tell. The corresponding C function is `uname`.
    public static var hostName: String {
        var name = utsname()
        guard unsafe uname(&name) == 0 else { return "" }
        let bytes = unsafe withUnsafeBytes(of: &name.nodename) { unsafe Array($0.prefix { $0 != 0 }) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The addresses of its interfaces, loopback included, in no particular order; none if the kernel does not tell.
    ///
    /// `getifaddrs` would need netlink, which the unit does not allow, and does not tell temporary addresses.
    public static var addresses: [IPAddress] {
        let table = OwnLinks.contents(of: "/proc/self/net/if_inet6", bytesMax: tableBytesMax) ?? []
        return ipv4Addresses + ipv6Addresses(in: table)
    }

    /// The IPv4 addresses (netdevice(7), SIOCGIFCONF).
    private static var ipv4Addresses: [IPAddress] {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var interfaces = unsafe [ifreq](repeating: ifreq(), count: addressesMax)
        let bytes = unsafe interfaces.withUnsafeMutableBytes { buffer in
            var list = unsafe ifconf()
            unsafe list.ifc_len = Int32(clamping: buffer.count)
            unsafe list.ifc_ifcu.ifcu_buf = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            return unsafe clinux_interfaces(descriptor, &list) == 0 ? Int(list.ifc_len) : 0
        }
        let count = unsafe min(addressesMax, bytes / MemoryLayout<ifreq>.stride)
        var addresses: [IPAddress] = []
        for index in 0..<count {
            let address = unsafe withUnsafeBytes(of: &interfaces[index].ifr_ifru.ifru_addr) { bytes in
                unsafe bytes.loadUnaligned(as: sockaddr_in.self)
            }
            guard Int32(address.sin_family) == AF_INET else { continue }
            addresses.append(.ipv4(UInt32(bigEndian: address.sin_addr.s_addr)))
        }
        return addresses
    }

    /// IFA_F_TEMPORARY, IFA_F_DADFAILED, IFA_F_DEPRECATED and IFA_F_TENTATIVE (linux/if_addr.h).
    private static let passes = 0x1 | 0x8 | 0x20 | 0x40

    /// The lasting addresses in a table of IPv6 addresses, a line for each (the kernel's net/ipv6/addrconf.c):
    ///
    ///     fd000000000000000000000000000002 04 40 00 82     eth0
    ///
    /// The parts are the address, the interface's number, the length of the network, the scope and flags, all in
    /// hexadecimal, and the interface's name. An address that changes daily for privacy is temporary.
    static func ipv6Addresses(in table: [UInt8]) -> [IPAddress] {
        table.split(separator: 0x0A).prefix(addressesMax).compactMap { line in
            let parts = line.split(separator: 0x20)
            guard parts.count == 6, let bytes = Hex.decode(parts[0]), bytes.count == 16,
                let flags = Int(String(decoding: parts[4], as: UTF8.self), radix: 16), flags & passes == 0
            else { return nil }
            return IPAddress(bytes: bytes)
        }
    }
}
