import Bytes
import Platform
import SocketIO
import WebSocket

/// WebSocket messages in both directions.
extension EventLoop {
    func stepWebSocket(_ connection: Connection, _ webSocket: WebSocketStage) {
        while connection.isOpen, hasSendRoom(connection) {
            guard share.isLeft else { return connections.markActive(connection) }
            guard let event = webSocket.machine.nextEvent() else { break }
            share.spend()
            queueReplies(of: webSocket, on: connection)
            switch event {
            case .text(let text): deliver(.text(text), from: connection, webSocket)
            case .binary(let bytes): deliver(.binary(bytes), from: connection, webSocket)
            case .ping: break
            case .pong(let payload):
                handlePong(payload, on: connection, webSocket)
            case .close, .failure:
                // The owner hears of it now, before the peer has closed its side too.
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
        case .plain: service.presence?.webSocketClosed(connection.id, through: self, now: now)
        }
    }

    private func deliver(_ message: WebSocketMessage, from connection: Connection, _ webSocket: WebSocketStage) {
        switch (webSocket.owner, message) {
        case (.plain, _): service.webSockets?.webSocketReceived(message, from: connection.id, through: self, now: now)
        case (.engine(let client), .text(let text)): engineReceived(.text(text), on: connection, of: client)
        case (.engine(let client), .binary(let bytes)): engineReceived(.binary(bytes), on: connection, of: client)
        case (nil, _): break
        }
    }

    func queueReplies(of webSocket: WebSocketStage, on connection: Connection) {
        guard webSocket.machine.hasReplies else { return }
        queue(on: connection) { bytes in webSocket.machine.drainReplies(into: &bytes) }
    }

    func expireWebSocket(_ connection: Connection, _ webSocket: WebSocketStage) {
        if let deadline = webSocket.closeDeadline, deadline <= now.monotonic {
            guard connection.outbox.isHolding else { return closeConnection(connection) }
            // The peer has not been sent our Close frame yet.
            webSocket.closeDeadline = now.monotonic.advanced(byMilliseconds: Self.closeTimeoutMillis)
        }
        guard case .plain(let plain) = webSocket.owner, let deadline = plain.pingDeadline, deadline <= now.monotonic
        else { return }
        guard webSocket.machine.isOpen, let interval = plain.endpoint.pingIntervalMillis else {
            // Nothing follows a Close frame (RFC 6455, section 5.5.1).
            plain.pingDeadline = nil
            return
        }
        if plain.isAwaitingPong { return closeConnection(connection, reset: true) }
        sendPing(on: connection, plain, interval: interval)
    }

    private func sendPing(on connection: Connection, _ plain: PlainWebSocket, interval: Int64) {
        plain.pingsSent &+= 1
        plain.isAwaitingPong = true
        plain.pingDeadline = now.monotonic.advanced(byMilliseconds: interval)
        var number: [UInt8] = []
        number.append(decimal: plain.pingsSent)
        queue(on: connection) { bytes in WebSocketFrame.encode(.ping, number, into: &bytes) }
        arm(connection)
    }

    /// Any pong is a sign of life. A pong with a ping's number proves that everything before that ping was read.
    private func handlePong(_ payload: [UInt8], on connection: Connection, _ webSocket: WebSocketStage) {
        guard case .plain(let plain) = webSocket.owner, let interval = plain.endpoint.pingIntervalMillis else { return }
        plain.isAwaitingPong = false
        plain.heardAt = now.monotonic
        plain.pingDeadline = now.monotonic.advanced(byMilliseconds: interval)
        if let number = Decimal.parse(payload), let ping = UInt32(exactly: number) {
            service.delivery?.webSocketPonged(connection.id, ping: ping, through: self, now: now)
        }
        if plain.wantsPing, connection.isOpen {
            plain.wantsPing = false
            sendPing(on: connection, plain, interval: interval)
        }
    }

    // MARK: For services

    /// When the peer of a plain WebSocket last gave a sign of life, and since when it owes a pong, if it does; nil if
    /// there is no such WebSocket.
    public func signs(of id: ConnectionID) -> SignsOfLife? {
        guard case .webSocket(let webSocket) = connections[id]?.stage, case .plain(let plain) = webSocket.owner else {
            return nil
        }
        return SignsOfLife(heardAt: plain.heardAt, owesPongSince: plain.owesPongSince)
    }

    /// Queues bytes that are frames already.
    ///
    /// Callers check for room first, except for what must be sent regardless. A client with twice the window waiting is
    /// closed; it can come back for what it missed.
    ///
    /// - Returns: false if there is no such WebSocket, or if it was closed for that reason.
    @discardableResult
    public func sendFrames(
        _ frames: [UInt8], to id: ConnectionID, after dependency: Dependency = .everything
    ) -> Bool {
        guard let connection = connections[id], connection.isOpen, case .webSocket(let webSocket) = connection.stage,
            webSocket.machine.isOpen
        else { return false }
        guard connection.waitingCount < 2 * settings.sendWindowBytesMax else {
            log.write(.info, "Gateway", "\(connection.peer) reads too slowly: closed", at: now)
            connection.fate = .abandoned
            deferred.abandon(connection.id)
            return false
        }
        queue(frames, on: connection, after: pendingEvent(of: dependency))
        return true
    }

    /// Sends a numbered ping. Its pong proves that the peer has read everything sent before the ping.
    ///
    /// - Returns: the number that `webSocketPonged` will be told; nil if there is no such WebSocket or it has no pings.
    ///   A ping under way proves nothing about bytes sent after it: then this is the number of the next one, sent as
    ///   soon as that one is answered.
    public func pingWebSocket(_ id: ConnectionID) -> UInt32? {
        guard let connection = connections[id], connection.isOpen, case .webSocket(let webSocket) = connection.stage,
            webSocket.machine.isOpen, case .plain(let plain) = webSocket.owner,
            let interval = plain.endpoint.pingIntervalMillis
        else { return nil }
        guard !plain.isAwaitingPong else {
            plain.wantsPing = true
            return plain.pingsSent &+ 1
        }
        sendPing(on: connection, plain, interval: interval)
        return plain.pingsSent
    }

    /// Begins the closing handshake of a WebSocket. The peer has five seconds to answer it.
    public func closeWebSocket(_ id: ConnectionID, _ code: WebSocketCloseCode, reason: String) {
        guard let connection = connections[id], connection.isOpen, case .webSocket(let webSocket) = connection.stage
        else { return }
        webSocket.machine.close(code, reason: reason)
        queueReplies(of: webSocket, on: connection)
        webSocket.closeDeadline = now.monotonic.advanced(byMilliseconds: Self.closeTimeoutMillis)
        arm(connection)
    }
}
