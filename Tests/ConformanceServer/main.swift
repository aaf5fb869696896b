import Bytes
import Gateway
import Glibc
import HTTP
import Linux
import SocketIO

// conformance-server PORT: the protocol layers without the station, for the protocols' public test suites. It listens
// on the loopback interface only.

guard CommandLine.arguments.count == 2, let port = UInt16(CommandLine.arguments[1]) else {
    print("usage: conformance-server PORT")
    exit(64)
}

var http = HTTPLimits()
http.bodyBytesMax = 2 * 1024 * 1024
let engine = EngineSettings(
    pingIntervalMillis: 300, pingTimeoutMillis: 200, maxPayload: 1_000_000)
let settings = GatewaySettings(
    http: http,
    endpoints: [
        .init(
            path: "/socket.io/", engine: engine,
            socketIO: SocketIOSettings(namespaces: ["/", "/custom"], connectTimeoutMillis: 1000)),
        .init(path: "/engine.io/", engine: engine, socketIO: nil),
    ],
    crossOrigin: CrossOriginPolicy(origins: ["*"]), connectionsMax: 2000, connectionsPerAddressMax: 2000,
    sendWindowBytesMax: 64 * 1024 * 1024, slowClientTimeoutMillis: 30_000, drainTimeoutMillis: 1000)

do {
    let network = try LinuxNetwork(dataPath: "/nonexistent")
    try network.watchSignals()
    let loop = EventLoop(
        network: network, service: EchoService().handlers, settings: settings, log: Log(),
        random: SystemRandomNumberGenerator(), now: SystemClock.now())
    let actual = try loop.listen(on: .tcp(host: "127.0.0.1", port: port))
    var line = Array("Listening on 127.0.0.1:\(actual)\n".utf8)
    unsafe write(STDOUT_FILENO, &line, line.count)
    try loop.run()
} catch {
    print("conformance-server: \(error)")
    exit(71)
}
