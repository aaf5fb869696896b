import Bytes

/// Why a request to an Engine.IO endpoint is refused; the raw value is the code that clients receive.
public enum EngineHandshakeFault: Int, Error, Hashable, Sendable, CaseIterable {
    case unknownTransport = 0
    case unknownSession = 1
    case badHandshakeMethod = 2
    case badRequest = 3
    case forbidden = 4
    case unsupportedProtocolVersion = 5

    /// The HTTP status of the refusal: 403 for `forbidden`, otherwise 400.
    public var status: Int { self == .forbidden ? 403 : 400 }

    /// The text that clients receive, in the words of the official server.
    public var message: String {
        switch self {
        case .unknownTransport: "Transport unknown"
        case .unknownSession: "Session ID unknown"
        case .badHandshakeMethod: "Bad handshake method"
        case .badRequest: "Bad request"
        case .forbidden: "Forbidden"
        case .unsupportedProtocolVersion: "Unsupported protocol version"
        }
    }

    /// The body of the refusal: `{"code":…,"message":…}`.
    public var body: [UInt8] {
        var body: [UInt8] = []
        body.append(literal: "{\"code\":")
        body.append(decimal: rawValue)
        body.append(literal: ",\"message\":\"")
        body.append(utf8: message)
        body.append(literal: "\"}")
        return body
    }
}

/// The transports that can carry a session.
public enum EngineTransport: Hashable, Sendable {
    case polling
    case webSocket
}

/// What a request to an Engine.IO endpoint asks for, according to its method and query.
///
/// `EIO=4` and `transport` are mandatory, and so is `sid` once a session is open. All other parameters (`t`, `b64`,
/// `j`, the application's own) are ignored. If a parameter is given twice, the last one counts.
public enum EngineRequest: Hashable, Sendable {
    /// Open a session.
    case open(EngineTransport)
    /// Fetch the packets that wait in a session.
    case poll(session: String)
    /// Deliver packets to a session.
    case post(session: String)
    /// Open a WebSocket for an existing session. If the session is known, complete the handshake even if the session
    /// then closes the WebSocket: only then do clients see a close instead of an error.
    case webSocket(session: String)

    /// Reads a request.
    ///
    /// - Parameters:
    ///   - method: the HTTP method in upper case.
    ///   - query: the decoded names and values of the query.
    ///   - isWebSocket: whether the request asks for an upgrade to WebSocket.
    /// - Throws: the fault to answer with. The caller looks the session up and answers `unknownSession` itself.
    public init(
        method: String, query: [(name: String, value: String)], isWebSocket: Bool
    ) throws(EngineHandshakeFault) {
        func parameter(_ name: String) -> String? { query.last { $0.name == name }?.value }
        let transport: EngineTransport
        switch parameter("transport") {
        case "polling": transport = .polling
        case "websocket": transport = .webSocket
        default: throw .unknownTransport
        }
        let session = parameter("sid") ?? ""
        if session.isEmpty && method != "GET" { throw .badHandshakeMethod }
        if isWebSocket != (transport == .webSocket) { throw .badRequest }
        if parameter("EIO") != "4" { throw .unsupportedProtocolVersion }
        guard !session.isEmpty else {
            self = .open(transport)
            return
        }
        switch (transport, method) {
        case (.polling, "GET"): self = .poll(session: session)
        case (.polling, "POST"): self = .post(session: session)
        case (.webSocket, "GET"): self = .webSocket(session: session)
        default: throw .badRequest
        }
    }
}
