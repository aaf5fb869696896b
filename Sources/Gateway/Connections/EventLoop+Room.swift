import Platform
import WebSocket

/// Room to send: how a service keeps to the pace of a client, and hears when there is room again.
extension EventLoop {
    /// Whether fewer than `bytes` wait to be sent to the client.
    public func hasRoom(for client: EngineClient, within bytes: Int) -> Bool {
        guard let id = client.engine.webSocket else { return client.engine.bufferedBytes < bytes }
        guard let connection = connections[ConnectionID(rawValue: id)] else { return false }
        return connection.waitingCount < bytes
    }

    /// Whether fewer than `bytes` wait to be sent to a plain WebSocket.
    public func hasRoom(on id: ConnectionID, within bytes: Int) -> Bool {
        guard let connection = connections[id] else { return false }
        return connection.waitingCount < bytes
    }

    /// Asks for one report to `DeliveryHandler.clientsHaveRoom` once little waits to be sent to the client.
    public func awaitRoom(for client: EngineClient) { client.isAwaitingRoom = true }

    /// Asks for one report to `DeliveryHandler.clientsHaveRoom` once little waits to be sent to a plain WebSocket.
    public func awaitRoom(on id: ConnectionID) {
        if case .webSocket(let webSocket) = connections[id]?.stage, case .plain(let plain) = webSocket.owner {
            plain.isAwaitingRoom = true
        }
    }

    /// There is room again once no more than this waits; it keeps the connection busy until more is queued.
    private var lowWaterBytes: Int { settings.catchUpWindowBytes / 2 }

    /// Notes that bytes were sent on a connection.
    func noteRoom(on connection: Connection) {
        guard case .webSocket(let webSocket) = connection.stage else { return }
        switch webSocket.owner {
        case .engine(let client): noteRoom(for: client)
        case .plain(let plain):
            guard plain.isAwaitingRoom, connection.waitingCount <= lowWaterBytes else { return }
            plain.isAwaitingRoom = false
            deferred.noteRoom(.webSocket(connection.id))
        case nil: break
        }
    }

    /// Notes that bytes of a client's session were sent, or handed to a poll.
    func noteRoom(for client: EngineClient) {
        guard client.isAwaitingRoom, hasRoom(for: client, within: lowWaterBytes + 1) else { return }
        client.isAwaitingRoom = false
        deferred.noteRoom(.engine(client))
    }
}
