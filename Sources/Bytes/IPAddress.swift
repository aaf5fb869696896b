/// An IPv4 or IPv6 address, without a port and without a zone.
public enum IPAddress: Hashable, Sendable {
    /// The four bytes, the first one most significant.
    case ipv4(UInt32)
    /// The first and the last eight bytes, the first one of each most significant.
    case ipv6(high: UInt64, low: UInt64)

    /// The IPv4 loopback address, 127.0.0.1.
    public static let loopbackIPv4 = IPAddress.ipv4(0x7F00_0001)
    /// The IPv6 loopback address, `::1`.
    public static let loopbackIPv6 = IPAddress.ipv6(high: 0, low: 1)

    /// Reads the four or sixteen bytes of an address in network order; nil for any other number.
    public init?(bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4: self = .ipv4(bytes.reduce(0) { $0 << 8 | UInt32($1) })
        case 16:
            self = .ipv6(
                high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
                low: bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
        default: return nil
        }
    }

    /// The four or sixteen bytes of the address in network order.
    public var bytes: [UInt8] {
        switch self {
        case .ipv4(let value): Self.bytes(of: UInt64(value), count: 4)
        case .ipv6(let high, let low): Self.bytes(of: high, count: 8) + Self.bytes(of: low, count: 8)
        }
    }

    /// Whether this is an IPv6 address, IPv4-mapped ones included.
    public var isIPv6: Bool {
        switch self {
        case .ipv4: false
        case .ipv6: true
        }
    }

    /// Whether this is in 127.0.0.0/8 (RFC 1122, section 3.2.1.3) or is `::1` (RFC 4291, section 2.5.3).
    public var isLoopback: Bool {
        switch self {
        case .ipv4(let value): value >> 24 == 127
        case .ipv6: self == .loopbackIPv6
        }
    }

    /// Whether a connection can be made to this address. Multicast, broadcast and unspecified addresses are excluded;
    /// DNS filters return the unspecified address for blocked names, and Linux would connect to itself.
    public var isUnicast: Bool {
        switch self {
        case .ipv4(let value): value != 0 && value >> 28 != 0xE && value != .max
        case .ipv6(let high, let low): (high != 0 || low != 0) && high >> 56 != 0xFF
        }
    }

    /// The IPv4 address inside an IPv4-mapped one (`::ffff:192.0.2.1`, RFC 4291, section 2.5.5.2), otherwise the
    /// address itself.
    public var unmapped: IPAddress {
        if case .ipv6(0, let low) = self, low >> 32 == 0xFFFF { return .ipv4(UInt32(truncatingIfNeeded: low)) }
        return self
    }

    private static func bytes(of value: UInt64, count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64((count - 1 - $0) * 8)) }
    }
}
