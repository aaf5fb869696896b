import Bytes

/// The order in which to try addresses.
extension IPAddress {
    /// Both families in turn, IPv6 first (RFC 8305, section 4), each in the order given, and each address once.
    ///
    /// The rules of RFC 6724 are not followed: they need the routing table.
    static func interleaved(_ addresses: [IPAddress]) -> [IPAddress] {
        var ipv6: [IPAddress] = []
        var ipv4: [IPAddress] = []
        for address in addresses where !ipv6.contains(address) && !ipv4.contains(address) {
            if address.isIPv6 { ipv6.append(address) } else { ipv4.append(address) }
        }
        var order: [IPAddress] = []
        for index in 0..<max(ipv6.count, ipv4.count) {
            if index < ipv6.count { order.append(ipv6[index]) }
            if index < ipv4.count { order.append(ipv4[index]) }
        }
        return order
    }
}
