import Bytes
import Domain
import Gateway
import JSON
import Platform
import SocketIO
import WebSocket

/// One socket of one user, over either protocol.
///
/// There may be thousands, so the properties are in an order that leaves few gaps.
final class Subscriber {
    /// The Socket.IO namespace, and the path of the plain WebSocket.
    static let namespace = "/notifications"

    enum Channel {
        /// In the namespace `/notifications`.
        case socketIO(EngineClient)
        case webSocket(ConnectionID)
    }

    /// The options that the client asked for when it connected.
    struct Wishes: OptionSet {
        let rawValue: UInt8

        /// Its events carry offsets, so that it can resume (Socket.IO's connection state recovery).
        static let resuming = Wishes(rawValue: 1)
        /// It acknowledges each notification, and only that proves delivery.
        static let acknowledgements = Wishes(rawValue: 2)
        /// The most urgent missed notifications come first.
        static let urgentFirst = Wishes(rawValue: 4)

        /// Reads the auth payload of Socket.IO or of a plain WebSocket's first frame; unknown members are ignored.
        static func socketIO(_ auth: JSONObject?) -> Wishes {
            var wishes = urgency(auth?["order"]?.stringValue)
            if auth?["recovery"]?.boolValue == true { wishes.insert(.resuming) }
            if auth?["acknowledgements"]?.boolValue == true { wishes.insert(.acknowledgements) }
            return wishes
        }

        static func urgency(_ order: String?) -> Wishes { order == "priority" ? .urgentFirst : [] }

        init(rawValue: UInt8) { self.rawValue = rawValue }
    }

    let user: Identifier
    /// The ticket that its client is looking at; 0 for none.
    var viewedTicket: Identifier = 0
    let wishes: Wishes
    /// The language of what it was announced last; the user may have changed it since.
    var language = Language.english
    /// Whether it has left, so that it is sent nothing more.
    var isGone = false
    /// Whether it had no room for a change of a ticket, and has not been told so yet.
    var hasMissedChanges = false
    /// The public name of the socket: in the log, and the `sid` of its namespace.
    let socketID: RandomName
    let channel: Channel
    /// The token that it presented last.
    var token: TokenStanding
    let connectedAt: Timestamp
    /// When that token expires.
    var expiresAt: MonotonicTime

    /// Events up to this one happened before the socket joined.
    var replayedThrough: UInt64 = 0
    /// Its progress in catching up; nil while it is told of everything as it happens.
    var catchUp: CatchUp?
    var proof = DeliveryProof()

    init(
        user: Identifier, socketID: RandomName, channel: Channel, token: TokenStanding, expiresAt: MonotonicTime,
        wishes: Wishes, connectedAt: Timestamp
    ) {
        self.connectedAt = connectedAt
        self.user = user
        self.socketID = socketID
        self.channel = channel
        self.token = token
        self.expiresAt = expiresAt
        self.wishes = wishes
    }

    var framing: EncodedEvent.Framing {
        switch channel {
        case .socketIO: wishes.contains(.resuming) ? .packetWithOffset : .packet
        case .webSocket: .plain
        }
    }

    /// Whether each notification must be acknowledged by its client.
    var mustAcknowledge: Bool {
        guard wishes.contains(.acknowledgements), case .socketIO = channel else { return false }
        return true
    }

    // MARK: The channel

    static func socket(of client: EngineClient) -> Socket { Socket(client: client, namespace: namespace) }

    /// Sends an event, however much waits for the socket already; false if the socket is gone.
    ///
    /// - Parameter dependency: nothing for what was announced or is read from the journal, since that is durable.
    @discardableResult
    func send(
        _ event: EncodedEvent, after dependency: Dependency = .nothing, through loop: EventLoop
    ) -> Bool {
        switch channel {
        case .socketIO(let client):
            loop.emitEncoded(
                event.packet(for: self), frame: event.frame(for: self), to: Self.socket(of: client), after: dependency)
        case .webSocket(let connection):
            loop.sendFrames(event.frame(for: self), to: connection, after: dependency)
        }
    }

    /// Sends frames of durable events that were encoded already, in one piece; false, with nothing sent, if the socket
    /// is gone or uses polling at the moment.
    func send(frames: [UInt8], through loop: EventLoop) -> Bool {
        switch channel {
        case .socketIO(let client): loop.emitFrames(frames, to: Self.socket(of: client), after: .nothing)
        case .webSocket(let connection): loop.sendFrames(frames, to: connection, after: .nothing)
        }
    }

    /// Acknowledges an event that the client sent with `id`, with one argument that is JSON already.
    func acknowledge(_ id: Int, json: [UInt8], after dependency: Dependency, through loop: EventLoop) {
        guard case .socketIO(let client) = channel else { return }
        let packet = SocketIOPacket.encodedAcknowledgement(namespace: Self.namespace, id: id, arguments: [json])
        var frame: [UInt8] = []
        WebSocketFrame.encode(.text, packet.bytes, into: &frame)
        loop.emitEncoded(packet, frame: frame, to: Self.socket(of: client), after: dependency)
    }

    /// Sends a durable notification that the client is to acknowledge; false if it owes too many acknowledgements.
    ///
    /// - Parameter proven: the event up to which the acknowledgement, with all before it, will prove everything.
    func sendForAcknowledgement(
        _ event: EncodedEvent, proving proven: UInt64, after dependency: Dependency = .nothing, through loop: EventLoop
    ) -> Bool {
        guard case .socketIO(let client) = channel,
            let id = loop.emitWithAcknowledgement(
                event.name, event.arguments(for: self), to: Self.socket(of: client), after: dependency)
        else { return false }
        proof.owes(UInt32(truncatingIfNeeded: id), through: proven)
        return true
    }

    /// Whether fewer than `bytes` wait to be sent.
    func hasRoom(within bytes: Int, through loop: EventLoop) -> Bool {
        switch channel {
        case .socketIO(let client): loop.hasRoom(for: client, within: bytes)
        case .webSocket(let connection): loop.hasRoom(on: connection, within: bytes)
        }
    }

    /// Asks the loop to report once there is room to send.
    func awaitRoom(through loop: EventLoop) {
        switch channel {
        case .socketIO(let client): loop.awaitRoom(for: client)
        case .webSocket(let connection): loop.awaitRoom(on: connection)
        }
    }

    /// Sends a ping whose answer proves that the client has read everything up to `through`.
    func ping(provingThrough through: UInt64, through loop: EventLoop, now: Moment) {
        let number =
            switch channel {
            case .socketIO(let client): loop.pingClient(client)
            case .webSocket(let connection): loop.pingWebSocket(connection)
            }
        if let number { proof.pinged(number, through: through, now: now.monotonic) }
    }

    /// What the client's pings tell; nil if it is gone.
    func signs(through loop: EventLoop) -> SignsOfLife? {
        switch channel {
        case .socketIO(let client): client.signs
        case .webSocket(let connection): loop.signs(of: connection)
        }
    }

    /// Tells the client why it may no longer listen, and ends its socket.
    func dismiss(reason: String, through loop: EventLoop) {
        switch channel {
        case .socketIO(let client):
            let socket = Self.socket(of: client)
            loop.emit("error", [EncodedEvent.authenticationError(reason)], to: socket)
            loop.disconnect(socket)
        case .webSocket(let connection):
            loop.sendFrames(
                EncodedEvent.plainFrame("error", data: EncodedEvent.authenticationError(reason).encoded()),
                to: connection)
            loop.closeWebSocket(connection, .policyViolation, reason: reason)
        }
    }
}
