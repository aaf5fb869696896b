import Bytes
import HTTP
import JSON
import Platform
import SocketIO
import WebSocket

/// What stands behind the loop, in parts: the station, or the echo that the protocols' conformance suites speak to.
///
/// Every call is part of a turn. A service may queue bytes through the loop at any time; nothing is sent before
/// `TurnHandler.commit` has returned. A service has only the parts that it needs.
public struct Service {
    /// Answers requests that are not for an Engine.IO endpoint.
    public var requests: any RequestHandler
    /// Lets clients into Socket.IO namespaces and hears what they send; nil closes what they open.
    public var sockets: (any SocketHandler)?
    /// Hears the messages of plain WebSockets.
    public var webSockets: (any WebSocketHandler)?
    /// Hears the messages of Engine.IO clients on an endpoint without Socket.IO.
    public var engine: (any EngineHandler)?
    /// Hears who comes and goes.
    public var presence: (any PresenceHandler)?
    /// Hears what clients have provably read, and where there is room to send.
    public var delivery: (any DeliveryHandler)?
    /// Hears what child processes have written.
    public var children: (any ChildHandler)?
    /// Hears of the connections that the service itself opens.
    public var outgoing: (any OutgoingHandler)?
    /// Makes things durable and announces them; nil where nothing is kept.
    public var turn: (any TurnHandler)?

    /// Creates a service that answers requests and nothing else.
    public init(requests: any RequestHandler) { self.requests = requests }
}

/// Answers HTTP requests.
public protocol RequestHandler: AnyObject {
    /// Answers a request that is not for an Engine.IO endpoint, now or later through `EventLoop.respond`.
    func answer(
        _ request: HTTPRequest, from exchange: Exchange, through loop: EventLoop, now: Moment
    ) -> Answer
}

/// Hears what clients of Socket.IO ask and send.
public protocol SocketHandler: AnyObject {
    /// A client asks for a registered namespace: accept or refuse it through the loop.
    func socketConnecting(_ socket: Socket, auth: JSONObject?, through loop: EventLoop, now: Moment)
    /// A client has sent an event.
    func socketReceived(_ event: SocketIOEvent, from socket: Socket, through loop: EventLoop, now: Moment)
}

/// Hears what clients send over plain WebSockets.
public protocol WebSocketHandler: AnyObject {
    /// A whole message has arrived.
    func webSocketReceived(
        _ message: WebSocketMessage, from connection: ConnectionID, through loop: EventLoop, now: Moment)
}

/// Hears what clients send over Engine.IO without Socket.IO.
public protocol EngineHandler: AnyObject {
    /// A message has arrived.
    func engineReceived(_ message: EnginePacket, from client: EngineClient, through loop: EventLoop, now: Moment)
}

/// Hears who comes and goes.
public protocol PresenceHandler: AnyObject {
    /// A plain WebSocket is open; `endpoint` is what the answer to its request named.
    func webSocketOpened(
        _ connection: ConnectionID, endpoint: WebSocketEndpoint, request: HTTPRequest, through loop: EventLoop,
        now: Moment)
    /// A plain WebSocket is gone.
    func webSocketClosed(_ connection: ConnectionID, through loop: EventLoop, now: Moment)
    /// A client has left a namespace, or its session is over.
    func socketDisconnected(_ socket: Socket, reason: String, through loop: EventLoop, now: Moment)
}

/// Hears what clients have provably read, and where there is room to send.
public protocol DeliveryHandler: AnyObject {
    /// The peer has read all that was sent before the ping with this number (see `EventLoop.pingWebSocket`).
    func webSocketPonged(_ connection: ConnectionID, ping: UInt32, through loop: EventLoop, now: Moment)
    /// The client has read all that was sent before the ping with this number (see `EventLoop.pingClient`).
    func clientPonged(_ client: EngineClient, ping: UInt32, through loop: EventLoop, now: Moment)
    /// The client has acknowledged the event that was sent with this id.
    func socketAcknowledged(_ socket: Socket, id: Int, through loop: EventLoop, now: Moment)
    /// There is room again for clients for which `EventLoop.awaitRoom` was called, in the order in which it came up.
    func clientsHaveRoom(_ clients: [ClientWithRoom])
}

/// Hears of child processes.
public protocol ChildHandler: AnyObject {
    /// A child process has ended; `output` is all that it wrote.
    func childEnded(_ child: ConnectionID, output: [UInt8], through loop: EventLoop, now: Moment)
}

/// Hears of the connections that the service itself opens.
public protocol OutgoingHandler: AnyObject {
    /// A stream that the service began to open is open (`EventLoop.connect`).
    func outgoingConnected(_ connection: ConnectionID, through loop: EventLoop, now: Moment)
    /// Bytes of a stream, or one datagram, which may be empty.
    func outgoingReceived(_ bytes: Span<UInt8>, from connection: ConnectionID, through loop: EventLoop, now: Moment)
    /// A stream or a datagram socket that the service opened is closed, and not by the service itself. When a stop is
    /// requested, all are.
    func outgoingEnded(_ connection: ConnectionID, _ end: OutgoingEnd, through loop: EventLoop, now: Moment)
}

/// What a service does at fixed places of each turn.
public protocol TurnHandler: AnyObject {
    /// When `expire` wants to be called, if at all.
    var deadline: MonotonicTime? { get }
    /// The deadline has come.
    func expire(through loop: EventLoop, now: Moment)

    /// Makes durable all that this turn has decided. An error ends the process: what was not made durable is never
    /// answered.
    func commit(now: Moment) throws(ServiceFailure)

    /// Queues what follows from the commit, once the replies have been sent: all but the last announcement.
    func release(through loop: EventLoop, now: Moment)

    /// Queues the last announcement for some of its receivers; the loop calls it after `release` until nobody is left,
    /// and may send in between.
    ///
    /// - Parameter countMax: the number of receivers at most.
    /// - Returns: false once there is nothing left to announce.
    func announce(toNext countMax: Int, through loop: EventLoop, now: Moment) -> Bool

    /// Queues a little of what clients have yet to catch up with, once all that is new has been sent.
    func catchUp(through loop: EventLoop, now: Moment)

    /// SIGHUP.
    func reload(through loop: EventLoop, now: Moment)
}

/// The durable part has failed and the process must end.
public struct ServiceFailure: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// The client that a request came from, and where its answer goes.
public struct Exchange: Hashable, Sendable {
    public let connection: ConnectionID
    public let peer: PeerAddress
    /// Whether it came over the Unix socket, which only the machine's owner can open.
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
