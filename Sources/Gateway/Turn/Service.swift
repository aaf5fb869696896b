import Bytes
import HTTP
import JSON
import Platform
import SocketIO
import WebSocket

/// What stands behind the loop: the station, or the echo that the protocols' conformance suites speak to.
///
/// Every call is part of a turn. A service may queue bytes through the loop at any time; nothing is sent before
/// `commit` has returned.
public protocol Service: AnyObject {
    /// Answers a request that is not for an Engine.IO endpoint, now or later through `loop.respond`.
    func answer(
        _ request: HTTPRequest, from exchange: Exchange, through loop: EventLoop, now: Moment
    ) -> Answer

    /// A plain WebSocket is open; `endpoint` is what the answer to its request named.
    func webSocketOpened(
        _ connection: ConnectionID, endpoint: WebSocketEndpoint, request: HTTPRequest, through loop: EventLoop,
        now: Moment)
    func webSocketReceived(
        _ message: WebSocketMessage, from connection: ConnectionID, through loop: EventLoop, now: Moment)
    /// The peer has read all that was sent before the ping with this number (see `EventLoop.ping`).
    func webSocketPonged(_ connection: ConnectionID, ping: UInt32, through loop: EventLoop, now: Moment)
    /// There is room again where `EventLoop.awaitRoom` was called. Nothing may be sent within this call.
    func webSocketHasRoom(_ connection: ConnectionID)
    func webSocketClosed(_ connection: ConnectionID, through loop: EventLoop, now: Moment)

    /// A message on an endpoint that speaks Engine.IO without Socket.IO.
    func engineReceived(_ message: EnginePacket, from client: EngineClient, through loop: EventLoop, now: Moment)

    /// A client asks for a registered namespace: accept or refuse it through the loop.
    func socketConnecting(_ socket: Socket, auth: JSONObject?, through loop: EventLoop, now: Moment)
    func socketReceived(
        _ event: SocketIOEvent, from socket: Socket, through loop: EventLoop, now: Moment)
    func socketAcknowledged(_ socket: Socket, id: Int, through loop: EventLoop, now: Moment)
    /// The client has read all that was sent before the ping with this number (see `EventLoop.ping`).
    func clientPonged(_ client: EngineClient, ping: UInt32, through loop: EventLoop, now: Moment)
    /// There is room again where `EventLoop.awaitRoom` was called. Nothing may be sent within this call.
    func clientHasRoom(_ client: EngineClient)
    func socketDisconnected(_ socket: Socket, reason: String, through loop: EventLoop, now: Moment)

    /// A child process has ended; `output` is all that it wrote.
    func childEnded(_ child: ConnectionID, output: [UInt8], through loop: EventLoop, now: Moment)

    /// A stream that the service began to open is open (`EventLoop.connect`).
    func outgoingConnected(_ connection: ConnectionID, through loop: EventLoop, now: Moment)
    /// Bytes of a stream, or one datagram, which may be empty.
    func outgoingReceived(_ bytes: Span<UInt8>, from connection: ConnectionID, through loop: EventLoop, now: Moment)
    /// A stream or a datagram socket that the service opened is closed, and not by the service itself. When a stop was
    /// asked for, all are.
    func outgoingEnded(_ connection: ConnectionID, _ end: OutgoingEnd, through loop: EventLoop, now: Moment)

    /// When `expire` wants to be called, if at all.
    var deadline: MonotonicTime? { get }
    func expire(through loop: EventLoop, now: Moment)

    /// Makes durable all that this turn has decided. An error ends the process: what was not made durable is never
    /// answered.
    func commit(now: Moment) throws(ServiceFailure)

    /// Queues what follows from the commit: after the replies have been sent.
    func release(through loop: EventLoop, now: Moment)

    /// Queues a little of what clients have yet to catch up with: after all that is new has been sent.
    func catchUp(through loop: EventLoop, now: Moment)

    /// SIGHUP.
    func reload(through loop: EventLoop, now: Moment)
}

/// What services that open no connections are never told.
extension Service {
    public func outgoingConnected(_ connection: ConnectionID, through loop: EventLoop, now: Moment) {}

    public func outgoingReceived(
        _ bytes: Span<UInt8>, from connection: ConnectionID, through loop: EventLoop, now: Moment
    ) {}

    public func outgoingEnded(_ connection: ConnectionID, _ end: OutgoingEnd, through loop: EventLoop, now: Moment) {}
}

/// The durable part has failed and the process must end.
public struct ServiceFailure: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// Whom a request came from, and where its answer goes.
public struct Exchange: Hashable, Sendable {
    public let connection: ConnectionID
    public let peer: PeerAddress
    /// Whether it came over the Unix socket of the machine's owner.
    public let isControl: Bool
}

public enum Answer: Sendable {
    case response(HTTPResponse)
    /// The answer follows through `loop.respond`.
    case later
    /// The request is to become a WebSocket.
    case webSocket(WebSocketEndpoint)
}

/// A plain WebSocket's terms.
public struct WebSocketEndpoint: Hashable, Sendable {
    /// A longer message closes with 1009.
    public var messageBytesMax: Int
    /// The interval of the server's pings; nil for none. A pong that is overdue by as much again closes.
    public var pingIntervalMillis: Int64?

    public init(messageBytesMax: Int, pingIntervalMillis: Int64?) {
        self.messageBytesMax = messageBytesMax
        self.pingIntervalMillis = pingIntervalMillis
    }
}

public enum WebSocketMessage: Hashable, Sendable {
    case text([UInt8])
    case binary([UInt8])
}
