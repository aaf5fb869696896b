import HTTP
import SocketIO

/// What the loop is told when it is made.
public struct GatewaySettings: Sendable {
    /// A path under which Engine.IO is spoken, alone or with Socket.IO on it.
    public struct EngineEndpoint: Sendable {
        /// Begins and ends with a slash.
        public var path: String
        public var engine: EngineSettings
        /// Nil where Engine.IO is spoken alone.
        public var socketIO: SocketIOSettings?

        public init(path: String, engine: EngineSettings, socketIO: SocketIOSettings?) {
            self.path = path
            self.engine = engine
            self.socketIO = socketIO
        }
    }

    public var http: HTTPLimits
    public var endpoints: [EngineEndpoint]
    public var crossOrigin: CrossOriginPolicy
    public var connectionsMax: Int
    public var connectionsPerAddressMax: Int
    /// A peer for whom more than this waits is sent nothing new.
    public var sendWindowBytesMax: Int
    /// A peer for whom more than this waits is sent nothing old: a ping that goes out behind it is to be answered in
    /// time, also over a slow line.
    public var catchUpWindowBytes: Int { min(64 * 1024, sendWindowBytesMax / 2) }
    /// A peer that takes nothing for so long, while something waits for it, is cut.
    public var slowClientTimeoutMillis: Int64
    /// How long a stop may take.
    public var drainTimeoutMillis: Int64

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
