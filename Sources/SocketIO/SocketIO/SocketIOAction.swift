import JSON

/// What a Socket.IO session wants done, in this order.
public enum SocketIOAction: Hashable, Sendable {
    /// Give this to the Engine.IO session's `send`.
    case send(EnginePacket)
    /// The client asks for a namespace: `accept` or `refuse` it, now or later.
    case connect(namespace: String, auth: JSONObject?)
    /// An event in a namespace that the client is connected to. With an id it wants `acknowledge`.
    case event(SocketIOEvent)
    /// The client acknowledged the event that `emitWithAcknowledgement` gave this id.
    case acknowledgement(namespace: String, id: Int, arguments: [JSONValue], attachments: [[UInt8]])
    /// The client is no longer in a namespace that it was connected to.
    case disconnected(namespace: String, SocketIODisconnectReason)
    /// Close the Engine.IO session. Nothing follows.
    case close(EngineCloseReason)
}

/// An event that a client sent.
public struct SocketIOEvent: Hashable, Sendable {
    public var namespace: String
    public var name: String
    /// The arguments behind the name, with placeholders where bytes belong (see `SocketIOPacket`).
    public var arguments: [JSONValue]
    public var attachments: [[UInt8]]
    /// What `acknowledge` takes, where the client wants to hear back.
    public var id: Int?

    public init(
        namespace: String, name: String, arguments: [JSONValue], attachments: [[UInt8]] = [], id: Int? = nil
    ) {
        self.namespace = namespace
        self.name = name
        self.arguments = arguments
        self.attachments = attachments
        self.id = id
    }
}

/// Why a client left a namespace, with the texts that Socket.IO servers give.
public enum SocketIODisconnectReason: Hashable, Sendable {
    case clientNamespaceDisconnect
    case serverNamespaceDisconnect
    /// With its whole session.
    case session(EngineCloseReason)

    public var text: String {
        switch self {
        case .clientNamespaceDisconnect: "client namespace disconnect"
        case .serverNamespaceDisconnect: "server namespace disconnect"
        case .session(let reason): reason.text
        }
    }
}
