import Platform
import WebSocket

/// Room to send: how a service limits itself to what a client reads, and hears when there is room again.
extension EventLoop {
    /// Whether less than `bytes` wait to be sent to the client.
    public func hasRoom(for client: EngineClient, within bytes: Int) -> Bool {
        guard let id = client.engine.webSocket else { return client.engine.bufferedBytes < bytes }
        guard let connection = connections[ConnectionID(rawValue: id)] else { return false }
        return connection.outbound.count < bytes
    }

    /// Whether less than `bytes` wait to be sent to a plain WebSocket.
    public func hasRoom(on id: ConnectionID, within bytes: Int) -> Bool {
        guard let connection = connections[id] else { return false }
        return connection.outbound.count < bytes
    }

    /// Has the client reported, once, when little waits to be sent to it.
    public func awaitRoom(for client: EngineClient) { client.isAwaitingRoom = true }

    /// Has this plain WebSocket reported, once, when little waits to be sent to it.
    public func awaitRoom(on id: ConnectionID) {
        if case .webSocket(let webSocket) = connections[id]?.stage, case .plain(let plain) = webSocket.owner {
            plain.isAwaitingRoom = true
        }
    }

    /// This much may still wait when there is room again, so that the connection does not run dry meanwhile.
    private var lowWaterBytes: Int { settings.catchUpWindowBytes / 2 }

    /// Something was sent on a connection.
    func noteRoom(on connection: Connection) {
        guard case .webSocket(let webSocket) = connection.stage else { return }
        switch webSocket.owner {
        case .engine(let client): noteRoom(for: client)
        case .plain(let plain):
            guard plain.isAwaitingRoom, connection.outbound.count <= lowWaterBytes else { return }
            plain.isAwaitingRoom = false
            deferred.noteRoom(.webSocket(connection.id))
        case nil: break
        }
    }

    /// Something of a client's session was sent, or given to a poll.
    func noteRoom(for client: EngineClient) {
        guard client.isAwaitingRoom, hasRoom(for: client, within: lowWaterBytes + 1) else { return }
        client.isAwaitingRoom = false
        deferred.noteRoom(.engine(client))
    }
}
