import JSON
import Platform
import SocketIO
import WebSocket

/// The calls by which a service speaks to clients of Engine.IO and Socket.IO. What they send waits for the events that
/// `dependency` names, and everything sent to the same client later waits behind it.
extension EventLoop {
    /// Sends a message on an endpoint that speaks Engine.IO alone.
    public func sendMessage(_ packet: EnginePacket, to client: EngineClient) {
        client.engine.send(packet)
        settle(client)
    }

    /// Accepts a client into the namespace that it asked for.
    ///
    /// - Parameters:
    ///   - sid: the socket's public name there.
    ///   - members: further members of the CONNECT packet's payload.
    ///   - isAuthenticated: whether the client has proved who it is. If not, the session still ends with its connect
    ///     timeout, and gives its place to others.
    public func accept(
        _ socket: Socket, sid: String, members: JSONObject = JSONObject(), isAuthenticated: Bool = true,
        after dependency: Dependency = .everything
    ) {
        hold(socket.client, after: dependency)
        socket.client.socketIO?.accept(
            socket.namespace, sid: sid, members: members, isAuthenticated: isAuthenticated)
        if isAuthenticated { noteAuthenticated(socket.client) }
        settle(socket.client)
    }

    /// Refuses a client the namespace that it asked for, with CONNECT_ERROR.
    public func refuse(
        _ socket: Socket, message: String, data: JSONValue? = nil, after dependency: Dependency = .everything
    ) {
        hold(socket.client, after: dependency)
        socket.client.socketIO?.refuse(socket.namespace, message: message, data: data)
        settle(socket.client)
    }

    /// Sends an event; nothing if the client is not in the namespace.
    public func emit(
        _ name: String, _ arguments: [JSONValue], attachments: [[UInt8]] = [], to socket: Socket,
        after dependency: Dependency = .everything
    ) {
        hold(socket.client, after: dependency)
        socket.client.socketIO?.emit(name, arguments, attachments: attachments, in: socket.namespace)
        settle(socket.client)
    }

    /// Acknowledges the event that the client sent with `id`.
    public func acknowledge(
        _ id: Int, _ arguments: [JSONValue], attachments: [[UInt8]] = [], to socket: Socket,
        after dependency: Dependency = .everything
    ) {
        hold(socket.client, after: dependency)
        socket.client.socketIO?.acknowledge(id, arguments, attachments: attachments, in: socket.namespace)
        settle(socket.client)
    }

    /// Removes a client from a namespace, after everything sent to it before.
    public func disconnect(_ socket: Socket) {
        socket.client.socketIO?.disconnect(socket.namespace)
        settle(socket.client)
    }

    /// Closes a client's session. Official clients then reconnect by themselves.
    public func closeSession(of client: EngineClient) {
        if client.socketIO == nil {
            client.engine.close(.forcedClose, now: now.monotonic)
        } else {
            client.socketIO?.closeTransport()
        }
        settle(client)
    }

    /// Sends an event that was encoded once for many sockets: over a WebSocket the ready frame, otherwise the packet.
    ///
    /// - Parameters:
    ///   - packet: the event, encoded for this socket's namespace.
    ///   - frame: the WebSocket frame with that packet.
    /// - Returns: false if the client is not connected.
    @discardableResult
    public func emitEncoded(
        _ packet: EnginePacket, frame: [UInt8], to socket: Socket, after dependency: Dependency = .everything
    ) -> Bool {
        let client = socket.client
        guard client.socketIO?.isConnected(to: socket.namespace) == true else { return false }
        hold(client, after: dependency)
        if let direct = directWebSocket(of: client) {
            return sendFrames(frame, to: direct, after: .event(client.lastReferredEvent))
        }
        client.socketIO?.emit(packet, in: socket.namespace)
        settle(client)
        return true
    }

    /// Sends an event that the client is to acknowledge.
    ///
    /// - Returns: the id that `socketAcknowledged` will be told; nil, and nothing is sent, if the client is not
    ///   connected or owes too many acknowledgements.
    public func emitWithAcknowledgement(
        _ name: String, _ arguments: [JSONValue], to socket: Socket, after dependency: Dependency = .everything
    ) -> Int? {
        hold(socket.client, after: dependency)
        let id = socket.client.socketIO?.emitWithAcknowledgement(name, arguments, in: socket.namespace)
        settle(socket.client)
        return id
    }

    /// Sends frames of packets that were encoded already, in one piece.
    ///
    /// - Returns: false, with nothing sent, if the client is not connected or no WebSocket carries it at the moment.
    public func emitFrames(
        _ frames: [UInt8], to socket: Socket, after dependency: Dependency = .everything
    ) -> Bool {
        let client = socket.client
        guard client.socketIO?.isConnected(to: socket.namespace) == true, let direct = directWebSocket(of: client)
        else { return false }
        hold(client, after: dependency)
        return sendFrames(frames, to: direct, after: .event(client.lastReferredEvent))
    }

    private func hold(_ client: EngineClient, after dependency: Dependency) {
        guard let sequence = pendingEvent(of: dependency), sequence > client.lastReferredEvent else { return }
        client.lastReferredEvent = sequence
    }

    /// The WebSocket on which frames may bypass the client's session, because nothing waits in the session.
    private func directWebSocket(of client: EngineClient) -> ConnectionID? {
        guard !client.isPumping, !client.isHeld else { return nil }
        return client.engine.directWebSocket.map { ConnectionID(rawValue: $0) }
    }

    /// Sends the next ping at once; see `EngineSession.pingNow`.
    ///
    /// - Returns: the number that `clientPonged` will be told; nil if the session is not open.
    public func pingClient(_ client: EngineClient) -> UInt32? {
        let number = client.engine.pingNow(now: now.monotonic)
        settle(client)
        return number
    }
}
