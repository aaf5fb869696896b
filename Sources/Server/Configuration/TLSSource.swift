import TLS

/// How a station comes to TLS: the library, and the files that the configuration names. A build without TLS has none.
public struct TLSSource {
    /// The certificates that are presented from now on.
    public struct Presented {
        /// Accepts connections with them.
        public let server: any TLSServer
        /// What they are, and whether one was made: sentences for the log.
        public let news: [String]
        /// Whether the station has made itself a new one.
        public let hasMade: Bool

        /// Creates the description of one reading.
        public init(server: any TLSServer, news: [String], hasMade: Bool) {
            self.server = server
            self.news = news
            self.hasMade = hasMade
        }
    }

    /// Makes the side that accepts connections, for the addresses with TLS.
    ///
    /// - Throws: what is wrong with a certificate or key.
    public var makeServer: (Configuration) throws(TLSFault) -> Presented
    /// Makes the side that connects to the central server.
    ///
    /// - Throws: what is wrong with a certificate or key.
    public var makeClient: (Configuration) throws(TLSFault) -> any TLSClient

    /// Creates a source from both.
    public init(
        makeServer: @escaping (Configuration) throws(TLSFault) -> Presented,
        makeClient: @escaping (Configuration) throws(TLSFault) -> any TLSClient
    ) {
        self.makeServer = makeServer
        self.makeClient = makeClient
    }
}
