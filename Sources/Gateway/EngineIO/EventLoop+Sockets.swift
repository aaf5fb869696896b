import JSON
import Platform
import SocketIO
import WebSocket

/// What a service says to clients of Engine.IO and Socket.IO.
extension EventLoop {
    /// Sends a message on an endpoint that speaks Engine.IO alone.
    public func sendMessage(_ packet: EnginePacket, to client: EngineClient) {
        client.engine.send(packet)
        settle(client)
    }

    /// Lets a client into the namespace that it asked for; `sid` is its public name there.
    public func accept(_ socket: Socket, sid: String, members: JSONObject = JSONObject()) {
        socket.client.socketIO?.accept(socket.namespace, sid: sid, members: members)
        settle(socket.client)
    }

    /// Refuses the namespace that a client asked for, with CONNECT_ERROR.
    public func refuse(_ socket: Socket, message: String, data: JSONValue? = nil) {
        socket.client.socketIO?.refuse(socket.namespace, message: message, data: data)
        settle(socket.client)
    }

    /// Sends an event.
    public func emit(_ name: String, _ arguments: [JSONValue], attachments: [[UInt8]] = [], to socket: Socket) {
        socket.client.socketIO?.emit(name, arguments, attachments: attachments, in: socket.namespace)
        settle(socket.client)
    }

    /// Acknowledges the event that came with `id`.
    public func acknowledge(_ id: Int, _ arguments: [JSONValue], attachments: [[UInt8]] = [], to socket: Socket) {
        socket.client.socketIO?.acknowledge(id, arguments, attachments: attachments, in: socket.namespace)
        settle(socket.client)
    }

    /// Puts a client out of a namespace; what was sent before still arrives.
    public func disconnect(_ socket: Socket) {
        socket.client.socketIO?.disconnect(socket.namespace)
        settle(socket.client)
    }

    /// Closes a client's session; official clients then connect again by themselves.
    public func closeSession(of client: EngineClient) {
        client.engine.close(.forcedClose, now: now.monotonic)
        settle(client)
    }

    /// Sends an event that was encoded once for many: on a WebSocket the ready frame, otherwise the packet.
    ///
    /// - Parameters:
    ///   - packet: the event for this socket's namespace.
    ///   - frame: the WebSocket frame with that packet.
    /// - Returns: false if the client is not connected.
    @discardableResult
    public func emitEncoded(_ packet: EnginePacket, frame: [UInt8], to socket: Socket) -> Bool {
        let client = socket.client
        guard client.socketIO?.isConnected(to: socket.namespace) == true else { return false }
        if let direct = directWebSocket(of: client) { return sendFrames(frame, to: direct) }
        client.socketIO?.emit(packet, in: socket.namespace)
        settle(client)
        return true
    }

    /// Sends an event that the client is to acknowledge.
    ///
    /// - Returns: the id that `socketAcknowledged` will be told; nil, and nothing is sent, if the client is not
    ///   connected or owes too many acknowledgements.
    public func emitWithAcknowledgement(_ name: String, _ arguments: [JSONValue], to socket: Socket) -> Int? {
        let id = socket.client.socketIO?.emitWithAcknowledgement(name, arguments, in: socket.namespace)
        settle(socket.client)
        return id
    }

    /// Sends frames with packets that were encoded already, in one piece; false, and nothing is sent, if the client is
    /// not connected or no WebSocket carries it just now.
    public func emitFrames(_ frames: [UInt8], to socket: Socket) -> Bool {
        let client = socket.client
        guard client.socketIO?.isConnected(to: socket.namespace) == true, let direct = directWebSocket(of: client)
        else { return false }
        return sendFrames(frames, to: direct)
    }

    /// The WebSocket on which frames may overtake the client's session, because nothing waits in it.
    private func directWebSocket(of client: EngineClient) -> ConnectionID? {
        guard !client.isPumping, !client.isHeld else { return nil }
        return client.engine.directWebSocket.map { ConnectionID(rawValue: $0) }
    }

    /// Sends a ping before its time; see `EngineSession.pingNow`.
    ///
    /// - Returns: the number that `clientPonged` will be told; nil if the session is not open.
    public func pingClient(_ client: EngineClient) -> UInt32? {
        let number = client.engine.pingNow(now: now.monotonic)
        settle(client)
        return number
    }
}
