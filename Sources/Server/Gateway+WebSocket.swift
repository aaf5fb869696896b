import Bytes
import SocketIO
import WebSocket

/// WebSocket messages in both directions.
extension Gateway {
    func step(_ connection: Connection, _ webSocket: WebSocketStage) {
        while connection.isOpen, hasRoom(connection), let event = webSocket.machine.nextEvent() {
            queueReplies(of: webSocket, on: connection)
            switch event {
            case .text(let text): deliver(.text(text), from: connection, webSocket)
            case .binary(let bytes): deliver(.binary(bytes), from: connection, webSocket)
            case .ping: break
            case .pong(let payload):
                webSocket.isAwaitingPong = false
                if case .plain(let endpoint) = webSocket.owner {
                    if let interval = endpoint.pingIntervalMillis {
                        webSocket.pingDeadline = now.monotonic.advanced(byMilliseconds: interval)
                    }
                    service.webSocketReceived(.pong(payload), from: connection.id, through: self, now: now)
                }
            case .close, .failure:
                // Whoever stands on it hears of it now, and not when the peer has closed its side too.
                finish(connection)
                detach(webSocket, from: connection)
            }
        }
    }

    /// Tells the owner, once, that this WebSocket is gone.
    func detach(_ webSocket: WebSocketStage, from connection: Connection) {
        guard let owner = webSocket.owner else { return }
        webSocket.owner = nil
        switch owner {
        case .engine(let client): webSocketGone(connection, of: client)
        case .plain: service.webSocketClosed(connection.id, through: self, now: now)
        }
    }

    private func deliver(_ message: WebSocketMessage, from connection: Connection, _ webSocket: WebSocketStage) {
        switch (webSocket.owner, message) {
        case (.plain, _): service.webSocketReceived(message, from: connection.id, through: self, now: now)
        case (.engine(let client), .text(let text)): webSocketReceived(.text(text), on: connection, of: client)
        case (.engine(let client), .binary(let bytes)): webSocketReceived(.binary(bytes), on: connection, of: client)
        case (.engine, .pong), (nil, _): break
        }
    }

    func queueReplies(of webSocket: WebSocketStage, on connection: Connection) {
        guard webSocket.machine.hasReplies else { return }
        connection.outbound.append { bytes in webSocket.machine.takeReplies(into: &bytes) }
        markDirty(connection)
    }

    func expire(_ connection: Connection, _ webSocket: WebSocketStage) {
        if let deadline = webSocket.closeDeadline, deadline <= now.monotonic { return close(connection) }
        guard let deadline = webSocket.pingDeadline, deadline <= now.monotonic else { return }
        guard webSocket.machine.isOpen, case .plain(let endpoint) = webSocket.owner,
            let interval = endpoint.pingIntervalMillis
        else {
            // Nothing follows a Close frame (RFC 6455, section 5.5.1).
            webSocket.pingDeadline = nil
            return
        }
        if webSocket.isAwaitingPong { return close(connection, reset: true) }
        webSocket.isAwaitingPong = true
        webSocket.pingDeadline = now.monotonic.advanced(byMilliseconds: interval)
        connection.outbound.append { bytes in WebSocketFrame.encode(.ping, [], into: &bytes) }
        markDirty(connection)
    }

    // MARK: For services

    /// Queues bytes that are frames already; false where there is no such WebSocket or no room for more.
    ///
    /// - Parameter cutting: close the connection of a client for whom too much waits already; it can come back for what
    ///   it missed.
    @discardableResult
    public func sendFrames(_ frames: [UInt8], to id: ConnectionID, cutting: Bool = false) -> Bool {
        guard let connection = connection(id), connection.isOpen, case .webSocket(let webSocket) = connection.stage,
            webSocket.machine.isOpen
        else { return false }
        guard hasRoom(connection) || hasRoomForBurst(connection) else {
            if cutting { cut(connection) }
            return false
        }
        connection.outbound.append(frames)
        markDirty(connection)
        return true
    }

    /// Nothing is sent before the end of the turn, so that what one turn makes for a client may exceed the window
    /// though the client reads well. Only one who is known to leave things lying is held to the window.
    private func hasRoomForBurst(_ connection: Connection) -> Bool {
        connection.stalledSince == nil && connection.outbound.count < Self.burstWindows * settings.sendWindowBytesMax
    }

    private func cut(_ connection: Connection) {
        log.write(.info, "Gateway", "\(connection.peer) reads too slowly and is cut", at: now)
        close(connection, reset: true)
    }

    /// Begins the closing handshake of a plain WebSocket; the peer has five seconds to answer it.
    public func closeWebSocket(_ id: ConnectionID, _ code: WebSocketCloseCode, reason: String) {
        guard let connection = connection(id), connection.isOpen, case .webSocket(let webSocket) = connection.stage
        else { return }
        webSocket.machine.close(code, reason: reason)
        queueReplies(of: webSocket, on: connection)
        webSocket.closeDeadline = now.monotonic.advanced(byMilliseconds: Self.closeTimeoutMillis)
        arm(connection)
    }

    /// Whether the kernel takes what is sent to this connection.
    public func isStalled(_ id: ConnectionID) -> Bool { connection(id)?.stalledSince != nil }
}
