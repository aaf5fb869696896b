import Bytes

/// The address of a connection's peer, for limits and the log.
public struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address without the port, IPv4 in IPv6 as IPv4; nil for a Unix socket or a child.
    public let address: IPAddress?
    /// Whether it is an IPv6 address on one of the machine's own links, where one network is many people.
    public let isNeighbour: Bool

    /// Creates the address of a peer on the network.
    public init(_ address: IPAddress, isNeighbour: Bool = false) {
        self.address = address.unmapped
        self.isNeighbour = isNeighbour
    }

    private init() {
        address = nil
        isNeighbour = false
    }

    /// A peer on this machine: a child process, or a client of the Unix socket.
    public static let local = PeerAddress()

    /// What limits count by.
    public var site: Site { Site(of: self) }

    public var description: String { address?.description ?? "local" }
}

/// What limits count by: an IPv4 address, an IPv6 network of 64 bits, which belongs to one household or office, or one
/// IPv6 address of a neighbour.
public struct Site: Hashable, Sendable, CustomStringConvertible {
    /// An IPv6 address: that of the network is followed by zeros, and an IPv4 address is mapped (RFC 4291, section
    /// 2.5.5.2).
    private let high: UInt64
    private let low: UInt64

    /// The site of a peer. All peers on this machine are one.
    init(of peer: PeerAddress) {
        switch peer.address {
        case .ipv4(let value)?: (high, low) = (0, 0xFFFF << 32 | UInt64(value))
        case .ipv6(let high, let low)?: (self.high, self.low) = (high, peer.isNeighbour ? low : 0)
        case nil: (high, low) = (0, 0)
        }
    }

    public var description: String { "\(IPAddress.ipv6(high: high, low: low).unmapped)" }
}
