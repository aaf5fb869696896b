import Bytes
import HTTP
import JSON
import Platform
import SocketIO

/// One Engine.IO session and the Socket.IO session on it, independent of the connections that carry them.
public final class EngineClient {
    /// The Engine.IO session's id, which only its client may know.
    public let name: RandomName
    /// The endpoint's path; the session is unknown at every other.
    let path: String
    /// The address that the session was opened from.
    public let peer: PeerAddress
    /// The `Authorization` field of the request that opened the session; nil if it had none.
    public let authorization: String?
    /// The `token` in the query of that request, where some clients put it; nil if it had none.
    public let queryToken: String?
    /// An object of the service's own, which the loop does not touch.
    public var attachment: AnyObject?

    var engine: EngineSession
    var socketIO: SocketIOSession?
    /// The earliest deadline that the timer queue holds for this client.
    var timer: MonotonicTime?
    /// The last event that any packet so far refers to. Every later packet waits for it too, since they may travel on
    /// different connections and must arrive in order.
    var lastReferredEvent: UInt64 = 0
    /// The number among the sessions whose clients have not authenticated; 0 if this one has.
    var silentNumber: UInt64 = 0
    /// The bytes that wait for a poll, as they are counted in the sum of all, and since when some do.
    var countedBytes = 0
    var waitingSince = MonotonicTime(milliseconds: 0)
    /// Whether the service wants to hear of room to send.
    var isAwaitingRoom = false
    /// Whether its actions are being performed by a caller further up the stack.
    var isPumping = false
    /// Whether one of its actions waits until the service has returned; see `DeferredWork`.
    var isHeld = false

    init(
        name: RandomName, engine: EngineSession, socketIO: SocketIOSession?, path: String, peer: PeerAddress,
        authorization: String?, queryToken: String?
    ) {
        self.name = name
        self.engine = engine
        self.socketIO = socketIO
        self.path = path
        self.peer = peer
        self.authorization = authorization
        self.queryToken = queryToken
    }

    /// Whether its client has joined a namespace that needs a token.
    var isAuthenticated: Bool { silentNumber == 0 }

    /// What its pings tell.
    public var signs: SignsOfLife { SignsOfLife(heardAt: engine.heardAt, owesPongSince: engine.owesPongSince) }

    /// The current transport: `polling` or `websocket`.
    public var transportName: String { engine.transport == .polling ? "polling" : "websocket" }
}

/// One client in one namespace.
public struct Socket: Hashable {
    /// The client.
    public let client: EngineClient
    /// The namespace with its leading slash.
    public let namespace: String

    /// Creates a reference, whether or not the client is in that namespace.
    public init(client: EngineClient, namespace: String) {
        self.client = client
        self.namespace = namespace
    }

    public static func == (left: Socket, right: Socket) -> Bool {
        left.client === right.client && left.namespace == right.namespace
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(ObjectIdentifier(client))
        hasher.combine(namespace)
    }
}
