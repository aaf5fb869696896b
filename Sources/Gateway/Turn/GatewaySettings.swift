import Bytes
import HTTP
import SocketIO

/// The loop's limits, and the endpoints that it serves itself.
public struct GatewaySettings: Sendable {
    /// A path that speaks Engine.IO, alone or with Socket.IO on it.
    public struct EngineEndpoint: Sendable {
        /// The path, with a slash at both ends.
        public var path: String
        /// The settings of its Engine.IO sessions.
        public var engine: EngineSettings
        /// The settings of their Socket.IO sessions; nil for Engine.IO alone.
        public var socketIO: SocketIOSettings?

        /// Creates an endpoint; a request may leave out the last slash of `path`.
        public init(path: String, engine: EngineSettings, socketIO: SocketIOSettings?) {
            self.path = path
            self.engine = engine
            self.socketIO = socketIO
        }
    }

    /// The limits of HTTP requests.
    public var http: HTTPLimits
    /// The paths that speak Engine.IO.
    public var endpoints: [EngineEndpoint]
    /// Which web pages may read the answers.
    public var crossOrigin: CrossOriginPolicy
    /// Whether connections without TLS only send browsers to TLS.
    public var isTLSRequired = false
    /// The proxies that are believed when they say for whom they connect.
    public var proxies: [IPNetwork] = []
    /// The most connections of clients, and also the most Engine.IO sessions.
    public var connectionsMax: Int
    /// The most of either from one address (`PeerAddress.site`).
    public var connectionsPerAddressMax: Int
    /// A peer with this many bytes waiting is sent nothing more, and its input is not read.
    public var sendWindowBytesMax: Int
    /// A peer with this many bytes waiting is sent no more of what it missed: even over a slow line, a ping after these
    /// bytes must be answered in time.
    public var catchUpWindowBytes: Int { min(64 * 1024, sendWindowBytesMax / 2) }
    /// A peer that reads nothing, or too little, for this long, while bytes wait for it, is closed.
    public var slowClientTimeoutMillis: Int64
    /// The bytes a second that a peer must read over `slowClientTimeoutMillis`; 0 if any byte is enough.
    public var slowClientBytesPerSecondMin = 0
    /// The most bytes of input that wait in all connections together whose clients have not authenticated; 0 for no
    /// limit.
    public var unauthenticatedInputBytesMax = 0
    /// The most bytes of output that wait for all peers together; 0 for no limit.
    public var outputBytesMax = 0
    /// The time that a stop may take.
    public var drainTimeoutMillis: Int64

    /// Creates the settings of a loop.
    public init(
        http: HTTPLimits, endpoints: [EngineEndpoint], crossOrigin: CrossOriginPolicy, connectionsMax: Int,
        connectionsPerAddressMax: Int, sendWindowBytesMax: Int, slowClientTimeoutMillis: Int64,
        drainTimeoutMillis: Int64
    ) {
        self.http = http
        self.endpoints = endpoints
        self.crossOrigin = crossOrigin
        self.connectionsMax = connectionsMax
        self.connectionsPerAddressMax = connectionsPerAddressMax
        self.sendWindowBytesMax = sendWindowBytesMax
        self.slowClientTimeoutMillis = slowClientTimeoutMillis
        self.drainTimeoutMillis = drainTimeoutMillis
    }
}
