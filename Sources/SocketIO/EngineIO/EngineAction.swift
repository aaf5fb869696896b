import Bytes

/// What an Engine.IO session asks its caller to do, in the order of `nextAction`.
///
/// A connection is the caller's number for an HTTP exchange or a WebSocket; the session only hands it back.
public enum EngineAction: Hashable, Sendable {
    /// Answer the request on this connection.
    case answer(UInt64, EngineResponse)
    /// Send a packet in a frame of its own.
    case sendWebSocket(UInt64, EnginePacket)
    /// Begin the close handshake of this WebSocket and pass nothing more from it to the session.
    case closeWebSocket(UInt64)
    /// The client sent a message.
    case message(EnginePacket)
    /// The client answered the ping with this number (see `pingNow`), so it has read everything sent before that ping.
    case pong(ping: UInt32)
    /// The session has changed from polling to WebSocket.
    case upgraded
    /// The session has ended and can be forgotten. Only refusals of late requests follow.
    case closed(EngineCloseReason)
}

/// An answer to a poll or a POST. Caches must not store it.
public struct EngineResponse: Hashable, Sendable {
    /// The HTTP status: 200, 400 or 413.
    public let status: Int
    /// A payload of packets, `ok`, or the JSON of a fault.
    public let body: [UInt8]

    /// The value of Content-Type: JSON for faults, otherwise text.
    public var contentType: String { status == 200 ? "text/plain; charset=UTF-8" : "application/json" }

    static func payload(_ body: [UInt8]) -> Self { Self(status: 200, body: body) }

    /// The answer to a POST whose packets were accepted.
    static let ok = Self(status: 200, body: [0x6F, 0x6B])

    static func fault(_ fault: EngineHandshakeFault) -> Self { Self(status: fault.status, body: fault.body) }

    /// The answer to a poll after which there is nothing more to fetch, because the server has ended the session.
    static let gone = Self.fault(.unknownSession)

    static func packet(_ type: EnginePacketType) -> Self { payload([type.rawValue]) }

    static let tooLarge = Self(status: 413, body: EngineHandshakeFault.badRequest.body)
}

/// Why a session ended, with the texts that Socket.IO servers give as the reason for a disconnection.
public enum EngineCloseReason: UInt8, Hashable, Sendable {
    /// A transport failed, or the client broke the rules for requests: two polls or two POSTs at once, an aborted poll.
    case transportError
    /// The client closed the session with a packet, or closed its WebSocket.
    case transportClose
    /// No pong came in time.
    case pingTimeout
    /// The client sent a malformed packet, or one that a client must not send.
    case parseError
    /// The application closed the session.
    case forcedClose
    /// The server is going down.
    case serverShutdown
    /// The client did not fetch the packets sent to it.
    case bufferFull

    /// The reason in the words of Socket.IO servers, for example `ping timeout`.
    public var text: String {
        switch self {
        case .transportError: "transport error"
        case .transportClose: "transport close"
        case .pingTimeout: "ping timeout"
        case .parseError: "parse error"
        case .forcedClose: "forced server close"
        case .serverShutdown: "server shutting down"
        case .bufferFull: "send buffer full"
        }
    }
}
