/// Who is at the other end: for limits and the log.
public struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address as text without the port; empty for a Unix socket or a child.
    public let host: String
    /// What limits count by: the IPv4 address, or the first 64 bits of the IPv6 address, which one site has to itself.
    public let site: UInt64

    public init(host: String, site: UInt64) {
        self.host = host
        self.site = site
    }

    public static let local = PeerAddress(host: "", site: 0)

    public var description: String { host.isEmpty ? "local" : host }
}
