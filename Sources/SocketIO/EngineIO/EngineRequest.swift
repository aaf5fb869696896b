import Bytes

/// Why a request to an Engine.IO endpoint is refused; the raw value is the code that clients get.
public enum EngineHandshakeFault: Int, Error, Hashable, Sendable, CaseIterable {
    case unknownTransport = 0
    case unknownSession = 1
    case badHandshakeMethod = 2
    case badRequest = 3
    case forbidden = 4
    case unsupportedProtocolVersion = 5

    /// The HTTP status that goes with it: 403 for `forbidden`, else 400.
    public var status: Int { self == .forbidden ? 403 : 400 }

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

    /// `{"code":…,"message":…}`
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

/// The ways to carry a session.
public enum EngineTransport: Hashable, Sendable {
    case polling
    case webSocket
}

/// What a request to an Engine.IO endpoint asks for, by its method and its query.
///
/// `EIO=4` and `transport` are mandatory, `sid` once a session is open. All other parameters (`t`, `b64`, `j`, the
/// application's own) mean nothing here. Of a parameter given twice the last counts.
public enum EngineRequest: Hashable, Sendable {
    /// Open a session.
    case open(EngineTransport)
    /// Take what waits for a session.
    case poll(session: String)
    /// Packets for a session.
    case post(session: String)
    /// A WebSocket for a session that there is already. Its handshake is to be completed where the session is known,
    /// also where the session then closes it: only so do clients see a close and not an error.
    case webSocket(session: String)

    /// - Parameters:
    ///   - method: the HTTP method in upper case.
    ///   - query: the names and values of the query, decoded.
    ///   - isWebSocket: whether the request asks to become a WebSocket.
    /// - Throws: the fault that clients are told. Whether a session is known is for the caller to find out, and its
    ///   answer then `unknownSession`.
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
