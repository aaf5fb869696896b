import Bytes

/// What an Engine.IO session wants done, in this order.
///
/// A connection is a number of the caller's for an HTTP exchange or a WebSocket; the session only gives it back.
public enum EngineAction: Hashable, Sendable {
    /// Answer the request on this connection.
    case answer(UInt64, EngineResponse)
    /// Send a packet in a frame of its own.
    case sendWebSocket(UInt64, EnginePacket)
    /// Begin the close handshake of this WebSocket; nothing more of it goes to the session.
    case closeWebSocket(UInt64)
    /// The client sent a message.
    case message(EnginePacket)
    /// The client answered the ping with this number (see `pingNow`): it has read all that was sent before that ping.
    case pong(ping: UInt32)
    /// The session has changed from polling to WebSocket.
    case upgraded
    /// The end, and the session can be forgotten. Nothing follows but refusals of requests that come yet.
    case closed(EngineCloseReason)
}

/// An answer to a poll or a POST. It is not to be stored by caches.
public struct EngineResponse: Hashable, Sendable {
    /// The HTTP status: 200, 400 or 413.
    public let status: Int
    public let body: [UInt8]

    /// The value of Content-Type: JSON for faults, else text.
    public var contentType: String { status == 200 ? "text/plain; charset=UTF-8" : "application/json" }

    static func payload(_ body: [UInt8]) -> Self { Self(status: 200, body: body) }

    /// The answer to a POST that was taken.
    static let ok = Self(status: 200, body: [0x6F, 0x6B])

    static func fault(_ fault: EngineHandshakeFault) -> Self { Self(status: fault.status, body: fault.body) }

    static let tooLarge = Self(status: 413, body: EngineHandshakeFault.badRequest.body)
}

/// Why a session ended. The texts are those that Socket.IO servers give as reason of a disconnection.
public enum EngineCloseReason: UInt8, Hashable, Sendable {
    /// A transport failed, or the client broke the rules of requests: two polls or two POSTs at once, a poll given up.
    case transportError
    /// The client closed: with a packet, or by closing its WebSocket.
    case transportClose
    /// No pong in time.
    case pingTimeout
    /// A malformed packet, or one that a client must not send.
    case parseError
    /// The application closed it.
    case forcedClose
    /// The server is going down.
    case serverShutdown
    /// The client did not fetch what was sent to it.
    case bufferFull

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
