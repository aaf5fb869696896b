import Bytes
import JSON

/// The server's side of one client's Socket.IO 5 session, over the messages of an Engine.IO session.
///
/// Pass each message to `receive`, call `nextAction` after each input until it returns nil, and call `expire` at
/// `deadline`. An application may bypass the session (`EngineSession.send` or `directWebSocket`, with
/// `SocketIOPacket.encodedEvent`) only in a namespace that `isConnected` and after `nextAction` has returned nil;
/// otherwise packets would leave out of order.
public struct SocketIOSession: Sendable {
    /// A namespace that the client asked for.
    private struct Membership: Sendable {
        enum State {
            case requested
            case connected
            /// We have sent DISCONNECT. Packets that the client sent before it read that are ignored.
            case ended
        }

        let namespace: String
        var state = State.requested
        var lastAcknowledgementID = -1
        /// The ids of events that the client has not yet acknowledged.
        var unacknowledged: [Int] = []
    }

    /// The longest message of a client that the application does not know yet: a CONNECT packet with its token.
    private static let strangerBytesMax = 16 * 1024

    private let settings: SocketIOSettings
    private var decoder: SocketIODecoder
    /// When the client must be connected to a namespace, as someone known; nil once it has been, and after the end.
    public private(set) var deadline: MonotonicTime?
    private var isClosed = false
    private var memberships: [Membership] = []
    private var actions: [SocketIOAction] = []
    private var actionsConsumed = 0

    /// Creates a session for an Engine.IO session that was opened at `now`.
    public init(settings: SocketIOSettings, now: MonotonicTime) {
        self.settings = settings
        decoder = SocketIODecoder(settings: settings)
        deadline = now.advanced(byMilliseconds: settings.connectTimeoutMillis)
    }

    /// Returns the next thing to do, or nil if nothing is left.
    public mutating func nextAction() -> SocketIOAction? {
        guard actionsConsumed < actions.count else { return nil }
        let action = actions[actionsConsumed]
        actionsConsumed += 1
        if actionsConsumed == actions.count {
            actions = []
            actionsConsumed = 0
        }
        return action
    }

    /// Whether the client is connected to `namespace`.
    public func isConnected(to namespace: String) -> Bool { connectedIndex(of: namespace) != nil }

    /// The namespaces that the client is connected to, in the order in which it asked for them.
    public var connectedNamespaces: [String] {
        memberships.filter { $0.state == .connected }.map(\.namespace)
    }

    // MARK: - From the client

    /// Receives a message from the Engine.IO session. A malformed one closes the session.
    ///
    /// So does, before the client is known, a long one or one that announces attachments: they would be kept until they
    /// are complete, and nobody has a use for those of a stranger.
    public mutating func receive(_ message: EnginePacket) {
        guard !isClosed else { return }
        guard deadline == nil || message.bytes.count <= Self.strangerBytesMax else { return fail(.parseError) }
        do {
            if let packet = try decoder.receive(message) { handle(packet) }
            if deadline != nil, decoder.isAwaitingAttachments { fail(.parseError) }
        } catch {
            fail(.parseError)
        }
    }

    /// Ends the session after its Engine.IO session has closed.
    public mutating func engineClosed(_ reason: EngineCloseReason) {
        guard !isClosed else { return }
        end(reason)
    }

    /// Closes the session if it has reached `deadline`.
    public mutating func expire(now: MonotonicTime) {
        guard let deadline, now >= deadline else { return }
        fail(.forcedClose)
    }

    // MARK: - From the application

    /// Admits the client to a namespace that it asked for.
    ///
    /// - Parameters:
    ///   - sid: the client's public name in this namespace; not the session's id, which is a secret.
    ///   - members: more members of the answer, such as `pid`.
    ///   - isAuthenticated: whether the application knows the client now. If not, the deadline stays, and so does the
    ///     refusal of attachments.
    /// - Returns: false if there is no such request any more.
    @discardableResult
    public mutating func accept(
        _ namespace: String, sid: String, members: JSONObject = [:], isAuthenticated: Bool = true
    ) -> Bool {
        guard !isClosed, let index = index(of: namespace), memberships[index].state == .requested else { return false }
        memberships[index].state = .connected
        if isAuthenticated { deadline = nil }
        var payload: JSONObject = ["sid": .string(sid)]
        for member in members.members { payload.append(member.key, member.value) }
        send(SocketIOPacket(namespace: namespace, content: .connect(payload)))
        return true
    }

    /// Refuses a namespace that the client asked for; it may ask again.
    ///
    /// - Returns: false if there is no such request any more.
    @discardableResult
    public mutating func refuse(_ namespace: String, message: String, data: JSONValue? = nil) -> Bool {
        guard !isClosed, let index = index(of: namespace), memberships[index].state == .requested else { return false }
        memberships.remove(at: index)
        send(SocketIOPacket(namespace: namespace, content: .connectError(message: message, data: data)))
        return true
    }

    /// Sends an event to the client; returns false if it is not connected to the namespace.
    @discardableResult
    public mutating func emit(
        _ name: String, _ arguments: [JSONValue], attachments: [[UInt8]] = [], in namespace: String
    ) -> Bool {
        guard connectedIndex(of: namespace) != nil else { return false }
        let content = SocketIOPacket.Content.event(name: name, arguments: arguments, id: nil)
        send(SocketIOPacket(namespace: namespace, content: content, attachments: attachments))
        return true
    }

    /// Sends an encoded event; returns false if the client is not connected to the namespace.
    @discardableResult
    public mutating func emit(_ encoded: EnginePacket, in namespace: String) -> Bool {
        guard connectedIndex(of: namespace) != nil else { return false }
        actions.append(.send(encoded))
        return true
    }

    /// Sends an event and asks the client to acknowledge it.
    ///
    /// - Returns: the id of the future acknowledgement; nil, with nothing sent, if the client is not connected to the
    ///   namespace or owes too many acknowledgements.
    public mutating func emitWithAcknowledgement(
        _ name: String, _ arguments: [JSONValue], attachments: [[UInt8]] = [], in namespace: String
    ) -> Int? {
        guard let index = connectedIndex(of: namespace),
            memberships[index].unacknowledged.count < settings.acknowledgementsMax
        else { return nil }
        let id = memberships[index].lastAcknowledgementID &+ 1
        memberships[index].lastAcknowledgementID = id
        memberships[index].unacknowledged.append(id)
        let content = SocketIOPacket.Content.event(name: name, arguments: arguments, id: id)
        send(SocketIOPacket(namespace: namespace, content: content, attachments: attachments))
        return id
    }

    /// Stops waiting for an acknowledgement; a late one is ignored.
    public mutating func forgetAcknowledgement(_ id: Int, in namespace: String) {
        guard let index = connectedIndex(of: namespace) else { return }
        memberships[index].unacknowledged.removeAll { $0 == id }
    }

    /// Acknowledges the event that came with `id`; returns false if the client is not connected to the namespace.
    @discardableResult
    public mutating func acknowledge(
        _ id: Int, _ arguments: [JSONValue], attachments: [[UInt8]] = [], in namespace: String
    ) -> Bool {
        guard connectedIndex(of: namespace) != nil else { return false }
        let content = SocketIOPacket.Content.acknowledgement(id: id, arguments: arguments)
        send(SocketIOPacket(namespace: namespace, content: content, attachments: attachments))
        return true
    }

    /// Disconnects the client from a namespace; the session stays open. Nothing more is received from the namespace.
    public mutating func disconnect(_ namespace: String) {
        guard let index = connectedIndex(of: namespace) else { return }
        dropReceived { $0 == namespace }
        memberships[index] = Membership(namespace: namespace, state: .ended)
        send(SocketIOPacket(namespace: namespace, content: .disconnect))
        actions.append(.disconnected(namespace: namespace, .serverNamespaceDisconnect))
    }

    /// Puts the client out of all namespaces and closes the session.
    public mutating func close(_ reason: EngineCloseReason = .forcedClose) {
        guard !isClosed else { return }
        for namespace in connectedNamespaces { disconnect(namespace) }
        dropReceived { _ in true }
        fail(reason)
    }

    /// Closes the session after everything sent before, without putting the client out of its namespaces: official
    /// clients then come back by themselves.
    public mutating func closeTransport(_ reason: EngineCloseReason = .forcedClose) {
        dropReceived { _ in true }
        fail(reason)
    }

    // MARK: - Private

    private func index(of namespace: String) -> Int? { memberships.firstIndex { $0.namespace == namespace } }

    private func connectedIndex(of namespace: String) -> Int? {
        guard !isClosed, let index = index(of: namespace), memberships[index].state == .connected else { return nil }
        return index
    }

    private mutating func send(_ packet: SocketIOPacket) {
        for message in packet.encoded() { actions.append(.send(message)) }
    }

    private mutating func handle(_ packet: SocketIOPacket) {
        let index = index(of: packet.namespace)
        if case .connect(let auth) = packet.content {
            connect(packet.namespace, at: index, auth: auth)
            return
        }
        // Packets for a namespace that is not connected are a fault, except those that the client sent before it read
        // our DISCONNECT.
        guard let index, memberships[index].state != .requested else {
            fail(.forcedClose)
            return
        }
        guard memberships[index].state == .connected else { return }
        switch packet.content {
        case .connect, .connectError: fail(.forcedClose)
        case .disconnect:
            memberships.remove(at: index)
            actions.append(.disconnected(namespace: packet.namespace, .clientNamespaceDisconnect))
        case .event(let name, let arguments, let id):
            let event = SocketIOEvent(
                namespace: packet.namespace, name: name, arguments: arguments, attachments: packet.attachments, id: id)
            actions.append(.event(event))
        case .acknowledgement(let id, let arguments):
            guard let place = memberships[index].unacknowledged.firstIndex(of: id) else { return }
            memberships[index].unacknowledged.remove(at: place)
            actions.append(
                .acknowledgement(
                    namespace: packet.namespace, id: id, arguments: arguments, attachments: packet.attachments))
        }
    }

    private mutating func connect(_ namespace: String, at index: Int?, auth: JSONObject?) {
        guard settings.namespaces.contains(namespace) else {
            let content = SocketIOPacket.Content.connectError(message: "Invalid namespace", data: nil)
            send(SocketIOPacket(namespace: namespace, content: content))
            return
        }
        if let index {
            guard memberships[index].state == .ended else {
                fail(.forcedClose)
                return
            }
            memberships.remove(at: index)
        }
        memberships.append(Membership(namespace: namespace))
        actions.append(.connect(namespace: namespace, auth: auth))
    }

    /// Drops what was received for `namespaces` and not yet consumed by the application.
    private mutating func dropReceived(for namespaces: (String) -> Bool) {
        actions.removeFirst(actionsConsumed)
        actionsConsumed = 0
        actions.removeAll {
            switch $0 {
            case .connect(let namespace, _), .acknowledgement(let namespace, _, _, _): namespaces(namespace)
            case .event(let event): namespaces(event.namespace)
            case .send, .disconnected, .close: false
            }
        }
    }

    private mutating func fail(_ reason: EngineCloseReason) {
        guard !isClosed else { return }
        end(reason)
        actions.append(.close(reason))
    }

    private mutating func end(_ reason: EngineCloseReason) {
        for namespace in connectedNamespaces {
            actions.append(.disconnected(namespace: namespace, .session(reason)))
        }
        memberships = []
        deadline = nil
        isClosed = true
        decoder = SocketIODecoder(settings: settings)
    }
}
