import Bytes

/// The addresses of a name.
public struct ResolvedAddresses: Hashable, Sendable {
    /// 1 to 16 addresses in the order in which to try them: IPv6 and IPv4 in turn (RFC 8305, section 4).
    public let addresses: [IPAddress]
    /// How long they are valid; nil if no server was asked, so that resolving again costs nothing.
    public let timeToLiveSeconds: Int?

    /// Puts addresses into their order and drops duplicates.
    ///
    /// - Precondition: there is an address.
    init(_ addresses: [IPAddress], timeToLiveSeconds: Int? = nil) {
        precondition(!addresses.isEmpty, "a name without addresses is a fault")
        self.addresses = Array(IPAddress.interleaved(addresses).prefix(NameResolution.addressesMax))
        self.timeToLiveSeconds = timeToLiveSeconds
    }
}

extension IPAddress {
    /// Both families in turn, IPv6 first (RFC 8305, section 4), each in the given order and each address once.
    ///
    /// The rules of RFC 6724 are not applied, because they need the routing table.
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
