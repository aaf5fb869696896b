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
    /// A TLS handshake failed or took too long.
    case tlsHandshake = "tls_handshake"
    /// A client read nothing.
    case slowClientTimeout = "slow_client_timeout_millis"
    /// A client read too little.
    case slowClientRate = "slow_client_bytes_per_second_min"
}
