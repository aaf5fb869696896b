import Gateway
import HTTP
import SocketIO

extension GatewaySettings {
    /// Creates the gateway's settings from a configuration.
    public init(_ configuration: Configuration) {
        let limits = configuration.limits
        var http = HTTPLimits()
        http.requestTargetBytesMax = limits.requestTargetBytesMax
        // Besides its target, the request line has a method and a version.
        http.headBytesMax = max(limits.headBytesMax, limits.requestTargetBytesMax + 64)
        http.fieldCountMax = limits.fieldCountMax
        http.bodyBytesMax = limits.bodyBytesMax
        http.headTimeoutMillis = Int64(limits.headTimeoutMillis)
        http.bodyTimeoutMillis = Int64(limits.bodyTimeoutMillis)
        http.idleTimeoutMillis = Int64(limits.idleTimeoutMillis)
        http.requestsPerConnectionMax = limits.requestsPerConnectionMax
        let engine = EngineSettings(
            pingIntervalMillis: Int64(limits.pingIntervalMillis), pingTimeoutMillis: Int64(limits.pingTimeoutMillis),
            upgradeTimeoutMillis: Int64(limits.upgradeTimeoutMillis), maxPayload: limits.payloadBytesMax,
            bufferedBytesMax: max(limits.sendWindowBytesMax, 2 * limits.payloadBytesMax))
        let socketIO = SocketIOSettings(
            namespaces: ["/", Subscriber.namespace], connectTimeoutMillis: Int64(limits.connectTimeoutMillis),
            attachmentBytesMax: limits.payloadBytesMax)
        self.init(
            http: http, endpoints: [.init(path: "/socket.io/", engine: engine, socketIO: socketIO)],
            crossOrigin: CrossOriginPolicy(origins: configuration.corsOrigins),
            connectionsMax: limits.connectionsMax, connectionsPerAddressMax: limits.connectionsPerAddressMax,
            sendWindowBytesMax: limits.sendWindowBytesMax,
            slowClientTimeoutMillis: Int64(limits.slowClientTimeoutMillis),
            drainTimeoutMillis: Int64(limits.drainTimeoutMillis))
        slowClientBytesPerSecondMin = limits.slowClientBytesPerSecondMin
        unauthenticatedInputBytesMax = limits.unauthenticatedInputBytesMax
        isTLSRequired = configuration.tls.only
        outputBytesMax = limits.outputBytesMax
        proxies = configuration.listenProxies
    }
}
