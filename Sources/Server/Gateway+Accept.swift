import Bytes
import HTTP

/// Who comes in, and the limits on that; and how the gateway stops.
extension Gateway {
    private static let acceptPauseMillis: Int64 = 100
    private static let acceptWarningMillis: Int64 = 10_000
    /// Connections beyond the limit that are told so.
    private static let refusedConnectionsMax = 64

    func acceptAll(from listener: ListenerID) {
        guard let isControl = listeners[listener], acceptPausedUntil == nil else { return }
        for _ in 0..<Self.acceptsPerTurnMax {
            switch network.accept(from: listener) {
            case .connection(let id, let peer): admit(id, from: peer, isControl: isControl)
            case .none: return
            case .exhausted: return pauseAccepting()
            }
        }
    }

    /// No descriptor is left. Those who are connected go on; the listener is tried again in a moment.
    private func pauseAccepting() {
        acceptPausedUntil = now.monotonic.advanced(byMilliseconds: Self.acceptPauseMillis)
        // A listener that stays ready must not keep the loop awake.
        for listener in listeners.keys { network.watch(listener, accepting: false) }
        warn("no descriptor is left for a new connection (\(connectionCount) are open): raise LimitNOFILE")
    }

    private func admit(_ id: ConnectionID, from peer: PeerAddress, isControl: Bool) {
        let stage = HTTPStage(machine: HTTPServerMachine(limits: settings.http, now: now.monotonic))
        let connection = Connection(id: id, peer: peer, isControl: isControl, stage: .http(stage))
        insert(connection)
        connectionCount += 1
        if !isControl {
            connectionsBySite[peer.site, default: 0] += 1
            stage.refusal = refusal(of: peer)
            stage.refusal?.fields.set("Retry-After", "5")
            stage.refusal?.close = true
        }
        // Who is over a limit gets the reason as the answer to his request; a crowd of such gets nothing.
        if stage.refusal != nil && connectionCount > settings.connectionsMax + Self.refusedConnectionsMax {
            return close(connection, reset: true)
        }
        arm(connection)
    }

    /// Why one more connection is too many.
    private func refusal(of peer: PeerAddress) -> HTTPResponse? {
        if connectionCount > settings.connectionsMax {
            warn("connection from \(peer) refused: limits.connections_max (\(settings.connectionsMax)) is reached")
            return ErrorBody.response(.serviceUnavailable, "Too many connections")
        }
        let max = settings.connectionsPerAddressMax
        if connectionsBySite[peer.site, default: 0] > max {
            warn("connection from \(peer) refused: limits.connections_per_address_max (\(max)) is reached")
            return ErrorBody.response(.tooManyRequests, "Too many connections from this address")
        }
        return nil
    }

    /// One line in ten seconds: a flood must not fill the log.
    private func warn(_ message: String) {
        if let last = lastAcceptWarning, now.monotonic.milliseconds(since: last) < Self.acceptWarningMillis { return }
        lastAcceptWarning = now.monotonic
        log.write(.warning, "Gateway", message, at: now)
    }

    func resumeAccepting() {
        guard let until = acceptPausedUntil, until <= now.monotonic else { return }
        acceptPausedUntil = nil
        for listener in listeners.keys { network.watch(listener, accepting: true) }
    }

    // MARK: Stopping

    /// Whether a stop was asked for.
    public var isDraining: Bool { drainDeadline != nil }

    var isDrained: Bool { isDraining && connections.allSatisfy { $0 == nil } }

    /// Nobody new comes in; those who are here get the answers they are owed, then the end of the connection.
    func beginDraining() {
        guard !isDraining else { return }
        drainDeadline = now.monotonic.advanced(byMilliseconds: settings.drainTimeoutMillis)
        for listener in listeners.keys { network.close(listener) }
        listeners = [:]
        acceptPausedUntil = nil
        log.write(.info, "Gateway", "Stopping: \(connectionCount) connection(s) are being closed", at: now)
        for client in Array(engineClients.values) { closeForDrain(client) }
        for case let connection? in connections where connection.isOpen {
            switch connection.stage {
            case .http(let http):
                http.machine.drain()
                if http.machine.wantsClose { finish(connection) }
            case .webSocket(let webSocket):
                webSocket.machine.close(.goingAway, reason: "the station is stopping")
                queueReplies(of: webSocket, on: connection)
                finish(connection)
            case .child: break
            }
        }
        flush()
    }

    func finishDraining() {
        guard let deadline = drainDeadline else { return }
        guard deadline <= now.monotonic else { return }
        for case let connection? in connections { close(connection, reset: true) }
    }
}
