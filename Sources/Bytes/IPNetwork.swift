/// A network of IP addresses in CIDR form (RFC 4632; RFC 4291, section 2.3), or a single address.
public struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    /// The first address, whose bits after the prefix are zero.
    public let address: IPAddress
    /// The number of bits that all addresses of the network share: 0 to 32, or 0 to 128 for IPv6.
    public let prefixLength: Int

    /// Creates the network of this prefix that has the address; nil if the length is out of range.
    public init?(of address: IPAddress, prefixLength: Int) {
        guard (0...(address.isIPv6 ? 128 : 32)).contains(prefixLength) else { return nil }
        self.prefixLength = prefixLength
        switch address {
        case .ipv4(let value): self.address = .ipv4(value & Self.mask32(prefixLength))
        case .ipv6(let high, let low):
            self.address = .ipv6(
                high: high & Self.mask64(min(prefixLength, 64)), low: low & Self.mask64(max(prefixLength - 64, 0)))
        }
    }

    /// Reads `192.0.2.0/24`, `2001:db8::/32`, or an address, which is a network of one.
    ///
    /// Nil for anything else, for IPv4 in IPv6, and if bits after the prefix are set: `192.0.2.7/24` may mean one
    /// address or 256.
    public init?(text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ IPAddress(text: $0) }), address == address.unmapped
        else { return nil }
        var length = address.isIPv6 ? 128 : 32
        if parts.count == 2 {
            let digits = parts[1].utf8
            guard digits.count <= 3, digits.count == 1 || digits.first != 0x30, let number = Decimal.parse(digits),
                let exact = Int(exactly: number)
            else { return nil }
            length = exact
        }
        self.init(of: address, prefixLength: length)
        guard self.address == address else { return nil }
    }

    /// Whether the address is in this network. IPv4 in IPv6 counts as IPv4.
    public func contains(_ other: IPAddress) -> Bool {
        let other = other.unmapped
        guard other.isIPv6 == address.isIPv6 else { return false }
        return IPNetwork(of: other, prefixLength: prefixLength)?.address == address
    }

    public var description: String {
        prefixLength == (address.isIPv6 ? 128 : 32) ? "\(address)" : "\(address)/\(prefixLength)"
    }

    private static func mask32(_ length: Int) -> UInt32 { length == 0 ? 0 : .max << UInt32(32 - length) }

    private static func mask64(_ length: Int) -> UInt64 { length == 0 ? 0 : .max << UInt64(64 - length) }
}
