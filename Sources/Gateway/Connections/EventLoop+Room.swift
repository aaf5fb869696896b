import Platform
import WebSocket

/// Room to send: how a service holds itself to what a client takes, and hears when there is room again.
extension EventLoop {
    /// Whether less than `bytes` wait to be sent to the client.
    public func hasRoom(for client: EngineClient, within bytes: Int) -> Bool {
        guard let id = client.engine.webSocket else { return client.engine.bufferedBytes < bytes }
        guard let connection = connection(ConnectionID(rawValue: id)) else { return false }
        return connection.outbound.count < bytes
    }

    /// Whether less than `bytes` wait to be sent to a plain WebSocket.
    public func hasRoom(on id: ConnectionID, within bytes: Int) -> Bool {
        guard let connection = connection(id) else { return false }
        return connection.outbound.count < bytes
    }

    /// Calls `clientHasRoom`, once, when little waits to be sent to the client.
    public func awaitRoom(for client: EngineClient) { client.isAwaitingRoom = true }

    /// Calls `webSocketHasRoom`, once, when little waits to be sent to this plain WebSocket.
    public func awaitRoom(on id: ConnectionID) {
        if case .webSocket(let webSocket) = connection(id)?.stage, case .plain(let plain) = webSocket.owner {
            plain.isAwaitingRoom = true
        }
    }

    /// So much may still wait when there is room again: the connection does not run dry meanwhile.
    private var lowWaterBytes: Int { settings.catchUpWindowBytes / 2 }

    /// Something of a connection was sent.
    func offerRoom(on connection: Connection) {
        guard case .webSocket(let webSocket) = connection.stage else { return }
        switch webSocket.owner {
        case .engine(let client): offerRoom(to: client)
        case .plain(let plain):
            guard plain.isAwaitingRoom, connection.outbound.count <= lowWaterBytes else { return }
            plain.isAwaitingRoom = false
            service.delivery?.webSocketHasRoom(connection.id)
        case nil: break
        }
    }

    /// Something of a client's session was sent, or given to a poll.
    func offerRoom(to client: EngineClient) {
        guard client.isAwaitingRoom, hasRoom(for: client, within: lowWaterBytes + 1) else { return }
        client.isAwaitingRoom = false
        service.delivery?.clientHasRoom(client)
    }
}
