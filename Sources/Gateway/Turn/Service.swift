import Bytes
import HTTP
import JSON
import Platform
import SocketIO
import WebSocket

/// The application that the loop serves, in parts: the station, or the echo that the protocols' conformance suites
/// speak to.
///
/// Every call is part of a turn. A service may queue bytes through the loop at any time; nothing is sent before
/// `TurnHandler.commit` has returned. A service has only the parts that it needs.
public struct Service {
    /// Answers requests that are not for an Engine.IO endpoint.
    public var requests: any RequestHandler
    /// Admits clients to Socket.IO namespaces and hears what they send; without it none are admitted.
    public var sockets: (any SocketHandler)?
    /// Hears the messages of plain WebSockets.
    public var webSockets: (any WebSocketHandler)?
    /// Hears the messages of Engine.IO clients on an endpoint without Socket.IO.
    public var engine: (any EngineHandler)?
    /// Hears of clients that come and go.
    public var presence: (any PresenceHandler)?
    /// Hears what clients have provably read, and which have room to send.
    public var delivery: (any DeliveryHandler)?
    /// Hears what child processes have written.
    public var children: (any ChildHandler)?
    /// Hears of the connections that the service itself opens.
    public var outgoing: (any OutgoingHandler)?
    /// Makes decisions durable and announces them; nil for a service that stores nothing.
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

/// Hears of clients that come and go.
public protocol PresenceHandler: AnyObject {
    /// A plain WebSocket is open, on the terms that the answer to its request named.
    func webSocketOpened(
        _ connection: ConnectionID, endpoint: WebSocketEndpoint, request: HTTPRequest, through loop: EventLoop,
        now: Moment)
    /// A plain WebSocket has closed.
    func webSocketClosed(_ connection: ConnectionID, through loop: EventLoop, now: Moment)
    /// A client has left a namespace, or its session is over.
    func socketDisconnected(_ socket: Socket, reason: String, through loop: EventLoop, now: Moment)
}

/// Hears what clients have provably read, and which have room to send.
public protocol DeliveryHandler: AnyObject {
    /// The peer has read everything that was sent before the ping with this number (see `EventLoop.pingWebSocket`).
    func webSocketPonged(_ connection: ConnectionID, ping: UInt32, through loop: EventLoop, now: Moment)
    /// The client has read everything that was sent before the ping with this number (see `EventLoop.pingClient`).
    func clientPonged(_ client: EngineClient, ping: UInt32, through loop: EventLoop, now: Moment)
    /// The client has acknowledged the event that was sent with this id.
    func socketAcknowledged(_ socket: Socket, id: Int, through loop: EventLoop, now: Moment)
    /// Clients for which `EventLoop.awaitRoom` was called have room again, in the order in which that came up.
    func clientsHaveRoom(_ clients: [ClientWithRoom])
}

/// Hears of child processes.
public protocol ChildHandler: AnyObject {
    /// A child process has ended, or was abandoned; `output` is all that it wrote, up to 64 KiB.
    func childEnded(_ child: ConnectionID, output: [UInt8], through loop: EventLoop, now: Moment)
}

/// Hears of the connections that the service itself opens.
public protocol OutgoingHandler: AnyObject {
    /// A stream that the service has begun (`EventLoop.connect`) is open.
    func outgoingConnected(_ connection: ConnectionID, through loop: EventLoop, now: Moment)
    /// TLS has begun on a stream (`EventLoop.startTLS`), and the server is who it should be.
    func outgoingSecured(_ connection: ConnectionID, through loop: EventLoop, now: Moment)
    /// Bytes of a stream have arrived, or one datagram, which may be empty.
    func outgoingReceived(_ bytes: Span<UInt8>, from connection: ConnectionID, through loop: EventLoop, now: Moment)
    /// A stream or a datagram socket of the service has been closed, but not by the service itself. A requested stop
    /// closes all of them.
    func outgoingEnded(_ connection: ConnectionID, _ end: OutgoingEnd, through loop: EventLoop, now: Moment)
}

/// The work of a service at fixed places of each turn.
public protocol TurnHandler: AnyObject {
    /// When `expire` wants to be called, if at all.
    var deadline: MonotonicTime? { get }
    /// The deadline has come.
    func expire(through loop: EventLoop, now: Moment)

    /// The number of the last event that was decided.
    var lastSequence: UInt64 { get }
    /// The number of the last event that is durable.
    var durableSequence: UInt64 { get }

    /// Writes what was decided and is not written yet. The loop calls it in each turn unless a commit is under way.
    ///
    /// - Returns: what is to be synchronized before `endCommit`; nil if there is nothing to commit.
    /// - Throws: an error that ends the process, so that nothing is answered that is not durable.
    func beginCommit(now: Moment) throws(ServiceFailure) -> SyncRequest?

    /// The synchronization has ended. An error ends the process.
    func endCommit(_ outcome: SyncOutcome, now: Moment) throws(ServiceFailure)

    /// Queues what follows from the events that have become durable, except the last announcement. The replies have
    /// been sent by then.
    func release(through loop: EventLoop, now: Moment)

    /// Queues the last announcement for some of its receivers. After `release`, the loop calls this until no receiver
    /// is left, and may send in between.
    ///
    /// - Parameter countMax: the largest number of receivers to queue it for.
    /// - Returns: false once there is nothing left to announce.
    func announce(toNext countMax: Int, through loop: EventLoop, now: Moment) -> Bool

    /// Queues a little of what clients have missed. Everything new has been sent by then.
    func catchUp(through loop: EventLoop, now: Moment)

    /// Reads the configuration again, on SIGHUP.
    func reload(through loop: EventLoop, now: Moment)
}

/// The service can no longer make anything durable, so the process must end.
public struct ServiceFailure: Error, CustomStringConvertible {
    /// One sentence for the log.
    public let description: String

    /// Creates a failure with a sentence for the log.
    public init(_ description: String) { self.description = description }
}

/// A request's client, and where its answer goes.
public struct Exchange: Hashable, Sendable {
    /// The connection that the answer is sent on.
    public let connection: ConnectionID
    /// The client's address.
    public let peer: PeerAddress
    /// What the listener is for that the request came to.
    public let use: ListenerUse
}

/// A service's answer to a request.
public enum Answer: Sendable {
    /// Send this response once what it shows is durable.
    case response(HTTPResponse, after: Dependency = .everything)
    /// The response follows through `EventLoop.respond`.
    case later
    /// The request becomes a plain WebSocket on these terms, if its handshake is correct.
    case webSocket(WebSocketEndpoint)
}

/// A plain WebSocket's terms.
public struct WebSocketEndpoint: Hashable, Sendable {
    /// A longer message closes the WebSocket with 1009.
    public var messageBytesMax: Int
    /// The interval of the server's pings; nil for none. A ping that is unanswered when the next is due closes the
    /// connection.
    public var pingIntervalMillis: Int64?

    /// Creates the terms of a WebSocket.
    public init(messageBytesMax: Int, pingIntervalMillis: Int64?) {
        self.messageBytesMax = messageBytesMax
        self.pingIntervalMillis = pingIntervalMillis
    }
}

/// A whole message of a plain WebSocket.
public enum WebSocketMessage: Hashable, Sendable {
    /// A text message, which is valid UTF-8.
    case text([UInt8])
    /// A binary message.
    case binary([UInt8])
}
