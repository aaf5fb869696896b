import Bytes

/// The output of one connection that waits for its peer, from the moment when the kernel accepts no more until it has
/// accepted everything. A class, because most connections have none.
final class OutputStall {
    /// Since when something waits.
    let start: MonotonicTime
    /// The beginning of the period within which the peer must read enough.
    private(set) var periodStart: MonotonicTime
    /// The bytes that it has read in that period.
    private(set) var readBytes = 0
    /// The bytes that wait, as they are counted in the sum of all.
    var countedBytes = 0

    init(start: MonotonicTime) {
        self.start = start
        periodStart = start
    }

    /// Notes that the peer has read something.
    ///
    /// - Parameter enoughBytes: the number of bytes that begins another period.
    func noteRead(_ count: Int, enoughBytes: Int, now: MonotonicTime) {
        readBytes += count
        guard count > 0, readBytes >= enoughBytes else { return }
        periodStart = now
        readBytes = 0
    }
}

/// A limit of the loop, by its name in the station's configuration.
public enum GatewayLimit: String, CaseIterable, Sendable {
    /// A connection or session in total; it was refused.
    case connections = "connections_max"
    /// The same from one address.
    case connectionsPerAddress = "connections_per_address_max"
    /// A silent connection or session was closed to make room for another.
    case silentConnections = "silent_connections"
    /// Input of clients that have not authenticated.
    case unauthenticatedInput = "unauthenticated_input_bytes_max"
    /// Output that waited for slow readers.
    case output = "output_bytes_max"
    /// A client read nothing.
    case slowClientTimeout = "slow_client_timeout_millis"
    /// A client read too little.
    case slowClientRate = "slow_client_bytes_per_second_min"
}
