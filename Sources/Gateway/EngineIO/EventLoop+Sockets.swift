import JSON
import Platform
import SocketIO
import WebSocket

/// What a service says to clients of Engine.IO and Socket.IO.
extension EventLoop {
    /// Sends a message on an endpoint that speaks Engine.IO alone.
    public func send(_ packet: EnginePacket, to client: EngineClient) {
        client.engine.send(packet)
        pump(client)
    }

    /// Lets a client into the namespace that it asked for; `sid` is its public name there.
    public func accept(_ socket: Socket, sid: String, members: JSONObject = JSONObject()) {
        socket.client.socketIO?.accept(socket.namespace, sid: sid, members: members)
        pump(socket.client)
    }

    /// Refuses the namespace that a client asked for, with CONNECT_ERROR.
    public func refuse(_ socket: Socket, message: String, data: JSONValue? = nil) {
        socket.client.socketIO?.refuse(socket.namespace, message: message, data: data)
        pump(socket.client)
    }

    /// Sends an event.
    public func emit(_ name: String, _ arguments: [JSONValue], attachments: [[UInt8]] = [], to socket: Socket) {
        socket.client.socketIO?.emit(name, arguments, attachments: attachments, in: socket.namespace)
        pump(socket.client)
    }

    /// Acknowledges the event that came with `id`.
    public func acknowledge(_ id: Int, _ arguments: [JSONValue], attachments: [[UInt8]] = [], to socket: Socket) {
        socket.client.socketIO?.acknowledge(id, arguments, attachments: attachments, in: socket.namespace)
        pump(socket.client)
    }

    /// Puts a client out of a namespace; what was sent before still arrives.
    public func disconnect(_ socket: Socket) {
        socket.client.socketIO?.disconnect(socket.namespace)
        pump(socket.client)
    }

    /// Closes a client's session; official clients then connect again by themselves.
    public func close(_ client: EngineClient) {
        client.engine.close(.forcedClose, now: now.monotonic)
        pump(client)
    }

    /// Sends an event that was encoded once for many: on a WebSocket the ready frame, else the packet.
    ///
    /// - Parameters:
    ///   - packet: the event for this socket's namespace.
    ///   - frame: the WebSocket frame with that packet.
    /// - Returns: false where the client is not connected.
    @discardableResult
    public func emit(_ packet: EnginePacket, frame: [UInt8], to socket: Socket) -> Bool {
        let client = socket.client
        guard client.socketIO?.isConnected(to: socket.namespace) == true else { return false }
        guard !client.isPumping, let direct = client.engine.directWebSocket else {
            client.socketIO?.emit(packet, in: socket.namespace)
            pump(client)
            return true
        }
        return sendFrames(frame, to: ConnectionID(rawValue: direct))
    }

    /// Sends an event that the client is to acknowledge.
    ///
    /// - Returns: the id that `socketAcknowledged` will be told; nil, and nothing is sent, where the client is not
    ///   connected or owes too many acknowledgements.
    public func emitWithAcknowledgement(_ name: String, _ arguments: [JSONValue], to socket: Socket) -> Int? {
        let id = socket.client.socketIO?.emitWithAcknowledgement(name, arguments, in: socket.namespace)
        pump(socket.client)
        return id
    }

    /// Sends frames with packets that were encoded already, in one piece; false, and nothing is sent, where the client
    /// is not connected or no WebSocket carries it just now.
    public func emit(frames: [UInt8], to socket: Socket) -> Bool {
        let client = socket.client
        guard client.socketIO?.isConnected(to: socket.namespace) == true, !client.isPumping,
            let direct = client.engine.directWebSocket
        else { return false }
        return sendFrames(frames, to: ConnectionID(rawValue: direct))
    }

    /// Sends a ping before its time; see `EngineSession.pingNow`.
    ///
    /// - Returns: the number that `clientPonged` will be told; nil where the session is not open.
    public func ping(_ client: EngineClient) -> UInt32? {
        let number = client.engine.pingNow(now: now.monotonic)
        pump(client)
        return number
    }
}
