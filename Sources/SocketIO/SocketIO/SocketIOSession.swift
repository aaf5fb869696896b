import Bytes
import JSON

/// One client's Socket.IO 5 session on the server's side, on top of the messages of an Engine.IO session.
///
/// Give it each message, call `nextAction` after each input until it gives nil, and `expire` when `deadline` has come.
/// What is sent past it (`EngineSession.send` or `directWebSocket`, with `SocketIOPacket.encodedEvent`) may be so only
/// in a namespace that `isConnected` and when `nextAction` has given nil, for the order of packets to hold.
public struct SocketIOSession: Sendable {
    /// A namespace that the client asked for.
    private struct Membership: Sendable {
        enum State {
            case requested
            case connected
            /// We have sent DISCONNECT. What the client sent before it read that is passed over.
            case ended
        }

        let namespace: String
        var state = State.requested
        var lastAcknowledgementID = -1
        /// The ids of events that the client has yet to acknowledge.
        var unacknowledged: [Int] = []
    }

    private let settings: SocketIOSettings
    private var decoder: SocketIODecoder
    /// Until when a namespace must be connected; nil once one was, and after the end.
    public private(set) var deadline: MonotonicTime?
    private var isClosed = false
    private var memberships: [Membership] = []
    private var actions: [SocketIOAction] = []
    private var actionsTaken = 0

    /// A session for an Engine.IO session that was opened at `now`.
    public init(settings: SocketIOSettings, now: MonotonicTime) {
        self.settings = settings
        decoder = SocketIODecoder(settings: settings)
        deadline = now.advanced(byMilliseconds: settings.connectTimeoutMillis)
    }

    /// The next thing to do, or nil when there is nothing more.
    public mutating func nextAction() -> SocketIOAction? {
        guard actionsTaken < actions.count else { return nil }
        let action = actions[actionsTaken]
        actionsTaken += 1
        if actionsTaken == actions.count {
            actions = []
            actionsTaken = 0
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

    /// Takes a message of the Engine.IO session.
    public mutating func receive(_ message: EnginePacket) {
        guard !isClosed else { return }
        do {
            if let packet = try decoder.receive(message) { receive(packet) }
        } catch {
            fail(.parseError)
        }
    }

    /// The Engine.IO session is closed.
    public mutating func engineClosed(_ reason: EngineCloseReason) {
        guard !isClosed else { return }
        end(reason)
    }

    /// Closes a session that has had no namespace for too long.
    public mutating func expire(now: MonotonicTime) {
        guard let deadline, now >= deadline else { return }
        fail(.forcedClose)
    }

    // MARK: - From the application

    /// Lets the client into a namespace that it asked for.
    ///
    /// - Parameters:
    ///   - sid: the public name of the client in this namespace; not the session's, which is a secret.
    ///   - members: what else the client is told, such as `pid`.
    /// - Returns: false where the request is no longer there.
    @discardableResult
    public mutating func accept(_ namespace: String, sid: String, members: JSONObject = [:]) -> Bool {
        guard !isClosed, let index = index(of: namespace), memberships[index].state == .requested else { return false }
        memberships[index].state = .connected
        deadline = nil
        var payload: JSONObject = ["sid": .string(sid)]
        for member in members.members { payload.append(member.key, member.value) }
        send(SocketIOPacket(namespace: namespace, content: .connect(payload)))
        return true
    }

    /// Refuses a namespace that the client asked for; it may ask again. False where the request is no longer there.
    @discardableResult
    public mutating func refuse(_ namespace: String, message: String, data: JSONValue? = nil) -> Bool {
        guard !isClosed, let index = index(of: namespace), memberships[index].state == .requested else { return false }
        memberships.remove(at: index)
        send(SocketIOPacket(namespace: namespace, content: .connectError(message: message, data: data)))
        return true
    }

    /// Sends an event to the client; false where it is not connected to the namespace.
    @discardableResult
    public mutating func emit(
        _ name: String, _ arguments: [JSONValue], attachments: [[UInt8]] = [], in namespace: String
    ) -> Bool {
        guard connectedIndex(of: namespace) != nil else { return false }
        let content = SocketIOPacket.Content.event(name: name, arguments: arguments, id: nil)
        send(SocketIOPacket(namespace: namespace, content: content, attachments: attachments))
        return true
    }

    /// Sends an event that is encoded already; false where the client is not connected to the namespace.
    @discardableResult
    public mutating func emit(_ encoded: EnginePacket, in namespace: String) -> Bool {
        guard connectedIndex(of: namespace) != nil else { return false }
        actions.append(.send(encoded))
        return true
    }

    /// Sends an event that the client is to acknowledge.
    ///
    /// - Returns: the id that the acknowledgement will have; nil, and nothing is sent, where the client is not
    ///   connected to
    ///   the namespace or owes too many acknowledgements.
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

    /// Waits no longer for an acknowledgement; one that comes yet is passed over.
    public mutating func forgetAcknowledgement(_ id: Int, in namespace: String) {
        guard let index = connectedIndex(of: namespace) else { return }
        memberships[index].unacknowledged.removeAll { $0 == id }
    }

    /// Acknowledges the event that came with `id`; false where the client is not connected to the namespace.
    @discardableResult
    public mutating func acknowledge(
        _ id: Int, _ arguments: [JSONValue], attachments: [[UInt8]] = [], in namespace: String
    ) -> Bool {
        guard connectedIndex(of: namespace) != nil else { return false }
        let content = SocketIOPacket.Content.acknowledgement(id: id, arguments: arguments)
        send(SocketIOPacket(namespace: namespace, content: content, attachments: attachments))
        return true
    }

    /// Puts the client out of a namespace; the session stays. Nothing more comes from there.
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

    // MARK: - Private

    private func index(of namespace: String) -> Int? { memberships.firstIndex { $0.namespace == namespace } }

    private func connectedIndex(of namespace: String) -> Int? {
        guard !isClosed, let index = index(of: namespace), memberships[index].state == .connected else { return nil }
        return index
    }

    private mutating func send(_ packet: SocketIOPacket) {
        for message in packet.encoded() { actions.append(.send(message)) }
    }

    private mutating func receive(_ packet: SocketIOPacket) {
        let index = index(of: packet.namespace)
        if case .connect(let auth) = packet.content {
            connect(packet.namespace, at: index, auth: auth)
            return
        }
        // A namespace that is not connected takes nothing, but for what the client sent before it heard of its end.
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

    /// Forgets what came in for `namespaces` and was not yet taken by the application.
    private mutating func dropReceived(for namespaces: (String) -> Bool) {
        actions.removeFirst(actionsTaken)
        actionsTaken = 0
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
