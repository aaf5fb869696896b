/// The address of a connection's peer, for limits and the log.
public struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address as text without the port; empty for a Unix socket or a child.
    public let host: String
    /// The key that limits count by: the IPv4 address, or the first 64 bits of the IPv6 address, which belong to one
    /// site.
    public let site: UInt64

    /// Creates the address of a peer on the network.
    public init(host: String, site: UInt64) {
        self.host = host
        self.site = site
    }

    /// A peer on this machine: a child process, or a client of the Unix socket.
    public static let local = PeerAddress(host: "", site: 0)

    public var description: String { host.isEmpty ? "local" : host }
}
