import Bytes

/// What the owner of a `NameResolution` is to do.
public enum NameResolutionAction: Hashable, Sendable {
    /// Send this datagram to port 53 of a server, from a new socket with a port of the kernel's choice.
    case send([UInt8], to: IPAddress, query: Int)
    /// Close the socket of a query. Each query that was sent is closed before the result comes.
    case close(query: Int)
    /// The end.
    case resolved(ResolvedAddresses)
    /// The end.
    case failed(NameResolutionFault)
}

/// The addresses of a name.
public struct ResolvedAddresses: Hashable, Sendable {
    /// At least one, in the order in which to try them: IPv6 and IPv4 in turn (RFC 8305, section 4), and at most 16.
    public let addresses: [IPAddress]
    /// For how long they hold; nil where no server was asked and they can be had again at once.
    public let timeToLiveSeconds: Int?

    /// - Precondition: there is an address.
    init(_ addresses: [IPAddress], timeToLiveSeconds: Int? = nil) {
        precondition(!addresses.isEmpty, "a name without addresses is a fault")
        self.addresses = Array(IPAddress.interleaved(addresses).prefix(NameResolution.addressesMax))
        self.timeToLiveSeconds = timeToLiveSeconds
    }
}
