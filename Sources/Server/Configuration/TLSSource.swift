import TLS

/// How a station comes to TLS: the library, and the files that the configuration names. A build without TLS has none.
public struct TLSSource {
    /// Makes the side that accepts connections, for the addresses with TLS.
    ///
    /// - Throws: what is wrong with a certificate or key.
    public var makeServer: (Configuration) throws(TLSFault) -> any TLSServer
    /// Makes the side that connects to the central server.
    ///
    /// - Throws: what is wrong with a certificate or key.
    public var makeClient: (Configuration) throws(TLSFault) -> any TLSClient

    /// Creates a source from both.
    public init(
        makeServer: @escaping (Configuration) throws(TLSFault) -> any TLSServer,
        makeClient: @escaping (Configuration) throws(TLSFault) -> any TLSClient
    ) {
        self.makeServer = makeServer
        self.makeClient = makeClient
    }
}
