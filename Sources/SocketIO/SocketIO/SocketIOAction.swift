import JSON

/// What a Socket.IO session asks its caller to do, in the order of `nextAction`.
public enum SocketIOAction: Hashable, Sendable {
    /// Pass this to the Engine.IO session's `send`.
    case send(EnginePacket)
    /// The client asks for a namespace: `accept` or `refuse` it, now or later.
    case connect(namespace: String, auth: JSONObject?)
    /// The client sent an event in a namespace it is connected to. If the event has an id, call `acknowledge`.
    case event(SocketIOEvent)
    /// The client acknowledged the event to which `emitWithAcknowledgement` gave this id.
    case acknowledgement(namespace: String, id: Int, arguments: [JSONValue], attachments: [[UInt8]])
    /// The client has left a namespace that it was connected to.
    case disconnected(namespace: String, SocketIODisconnectReason)
    /// Close the Engine.IO session. Nothing follows.
    case close(EngineCloseReason)
}

/// An event that a client sent.
public struct SocketIOEvent: Hashable, Sendable {
    /// The namespace it was sent in.
    public var namespace: String
    /// Its name, which is not reserved.
    public var name: String
    /// The arguments after the name, with placeholders where bytes belong (see `SocketIOPacket`).
    public var arguments: [JSONValue]
    /// The bytes that the placeholders number.
    public var attachments: [[UInt8]]
    /// The id to `acknowledge`, or nil if the client asks for no acknowledgement.
    public var id: Int?

    /// Creates an event from its parts.
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
    /// The client disconnected from the namespace.
    case clientNamespaceDisconnect
    /// The application disconnected the client from the namespace.
    case serverNamespaceDisconnect
    /// The whole session ended.
    case session(EngineCloseReason)

    /// The reason in the words of Socket.IO servers, for example `client namespace disconnect`.
    public var text: String {
        switch self {
        case .clientNamespaceDisconnect: "client namespace disconnect"
        case .serverNamespaceDisconnect: "server namespace disconnect"
        case .session(let reason): reason.text
        }
    }
}
