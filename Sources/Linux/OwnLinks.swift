import Bytes
import CLinux
import Glibc
import Platform

/// The IPv6 networks on the machine's own links: those that the kernel reaches without a gateway.
///
/// They are in /proc/self/net/ipv6_route, a line for each route (the kernel's net/ipv6/route.c):
///
///     fd000000000000000000000000000000 40 00000000000000000000000000000000 00
///         00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
///
/// The parts are the network and its length, the source's, the gateway, the metric, two counters, flags and the
/// device, all but the last in hexadecimal. Files are read rather than netlink asked, because the unit allows the
/// service neither netlink nor the rest of /proc. The flags of a device are in /sys/class/net/DEVICE/flags: behind a
/// device that leads to one peer alone, a network is that peer's.
struct OwnLinks {
    /// How long the tables are believed. A new network is noticed after that.
    private static let readAgainMillis: Int64 = 10_000
    private static let tableBytesMax = 64 * 1024
    private static let networksMax = 64
    /// A shorter prefix is no link, and one person may have all of it.
    private static let prefixLengthMin = 48

    private static let isUp = 0x1
    /// RTF_GATEWAY, RTF_REJECT, RTF_ANYCAST and RTF_LOCAL (linux/ipv6_route.h).
    private static let leadsElsewhere = 0x2 | 0x200 | 0x10_0000 | 0x8000_0000
    /// IFF_LOOPBACK and IFF_POINTOPOINT (netdevice(7)).
    private static let isNoLink = 0x8 | 0x10

    private var networks: [IPNetwork] = []
    private var readAt: MonotonicTime?

    /// Whether an IPv6 address is on one of the links.
    mutating func contain(_ address: IPAddress, now: MonotonicTime) -> Bool {
        guard case .ipv6(let high, _) = address, !address.isLoopback else { return false }
        // Link-local addresses (RFC 4291, section 2.5.6) are on one by definition.
        if high >> 54 == 0x3FA { return true }
        if readAt.map({ now.milliseconds(since: $0) >= Self.readAgainMillis }) ?? true {
            readAt = now
            // What cannot be read now has not changed.
            if let table = Self.contents(of: "/proc/self/net/ipv6_route", bytesMax: Self.tableBytesMax) {
                networks = Self.networks(in: table, flags: Self.flags(of:))
            }
        }
        return networks.contains { $0.contains(address) }
    }

    /// The networks on links in a table of routes.
    ///
    /// - Parameter flags: the flags of a device; nil if they are not known.
    static func networks(in table: [UInt8], flags: (String) -> Int?) -> [IPNetwork] {
        var found: [IPNetwork] = []
        for line in table.split(separator: 0x0A) {
            let parts = line.split(separator: 0x20)
            guard found.count < networksMax, parts.count == 10, parts[0].count == 32, number(parts[3]) == 0,
                parts[4].allSatisfy({ $0 == 0x30 }), let length = number(parts[1]), length >= prefixLengthMin,
                let route = number(parts[8]), route & isUp != 0, route & leadsElsewhere == 0,
                let high = UInt64(String(decoding: parts[0].prefix(16), as: UTF8.self), radix: 16),
                let low = UInt64(String(decoding: parts[0].suffix(16), as: UTF8.self), radix: 16),
                let network = IPNetwork(of: .ipv6(high: high, low: low), prefixLength: length),
                let device = flags(String(decoding: parts[9], as: UTF8.self)), device & isNoLink == 0
            else { continue }
            if !found.contains(network) { found.append(network) }
        }
        return found
    }

    private static func number(_ text: ArraySlice<UInt8>) -> Int? {
        Int(String(decoding: text, as: UTF8.self), radix: 16)
    }

    private static func flags(of device: String) -> Int? {
        guard !device.utf8.contains(0x2F), device != ".", device != ".." else { return nil }
        guard let text = contents(of: "/sys/class/net/\(device)/flags", bytesMax: 32) else { return nil }
        let digits = text.prefix { $0 != 0x0A }
        return digits.starts(with: [0x30, 0x78]) ? number(digits.dropFirst(2)) : nil
    }

    /// The first bytes of a file that the kernel makes as it is read; nil if it cannot be read.
    static func contents(of path: String, bytesMax: Int) -> [UInt8]? {
        let file = repeating { unsafe clinux_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0) }
        guard file >= 0 else { return nil }
        defer { Glibc.close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count < bytesMax {
            let room = buffer.count
            let count = Int(repeating { unsafe Int32(clamping: read(file, &buffer, room)) })
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }
}
