import Bytes
import HTTP
import JSON
import Platform
import SocketIO

/// One Engine.IO session and the Socket.IO session on it, over whatever connections carry them.
public final class EngineClient {
    /// The Engine.IO session's name, a secret of its client's.
    public let name: RandomName
    /// The endpoint's path: a session is known nowhere else.
    let path: String
    /// The address that the session was opened from.
    public let peer: PeerAddress
    /// The `Authorization` field of the request that opened the session.
    public let authorization: String?
    /// The service's own note on this client.
    public var attachment: AnyObject?

    var engine: EngineSession
    var socketIO: SocketIOSession?
    /// The earliest deadline that the timer queue holds for this client.
    var timer: MonotonicTime?
    /// The service wants to hear of room to send.
    var isAwaitingRoom = false
    /// Its actions are being performed further up the stack.
    var isPumping = false
    /// An action of its waits until the service has returned; see `DeferredWork`.
    var isHeld = false

    init(
        name: RandomName, engine: EngineSession, socketIO: SocketIOSession?, path: String, peer: PeerAddress,
        authorization: String?
    ) {
        self.name = name
        self.engine = engine
        self.socketIO = socketIO
        self.path = path
        self.peer = peer
        self.authorization = authorization
    }

    /// `polling` or `websocket`.
    public var transportName: String { engine.transport == .polling ? "polling" : "websocket" }
}

/// One client in one namespace.
public struct Socket: Hashable {
    public let client: EngineClient
    public let namespace: String

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
