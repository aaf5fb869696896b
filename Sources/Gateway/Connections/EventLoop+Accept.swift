import Bytes
import HTTP
import Platform

/// Who comes in, and the limits on that; and how the loop stops.
extension EventLoop {
    private static let acceptPauseMillis: Int64 = 100
    private static let acceptWarningMillis: Int64 = 10_000
    /// Connections beyond a limit that are told so at the same time, and for how long each may ask.
    private static let refusedConnectionsMax = 64
    private static let refusedTimeoutMillis: Int64 = 5_000

    func acceptAll(from listener: ListenerID) {
        guard let isControl = listeners[listener], acceptPausedUntil == nil || isControl else { return }
        for _ in 0..<Self.acceptsPerTurnMax {
            switch network.accept(from: listener) {
            case .connection(let id, let peer): admit(id, from: peer, isControl: isControl)
            case .none: return
            case .exhausted: return pauseAccepting(control: isControl)
            }
        }
    }

    /// No descriptor is left for those who come in. Those who are connected go on; the listeners are tried again in a
    /// moment.
    ///
    /// - Parameter control: also those for the operator, for whom some are kept.
    private func pauseAccepting(control: Bool) {
        acceptPausedUntil = now.monotonic.advanced(byMilliseconds: Self.acceptPauseMillis)
        // A listener that stays ready must not keep the loop awake.
        for (listener, isControl) in listeners where control || !isControl {
            network.watch(listener, accepting: false)
        }
        warn("no descriptor is left for a new connection (\(connectionCount) are open): raise LimitNOFILE")
    }

    private func admit(_ id: ConnectionID, from peer: PeerAddress, isControl: Bool) {
        if !isControl, let refusal = refusal(of: peer) { return refuse(id, from: peer, with: refusal) }
        let stage = HTTPStage(machine: HTTPServerMachine(limits: settings.http, now: now.monotonic))
        let connection = Connection(id: id, peer: peer, isControl: isControl, stage: .http(stage))
        insert(connection)
        connectionCount += 1
        if !isControl { connectionsBySite[peer.site, default: 0] += 1 }
        arm(connection)
        // Most clients have sent their request by now. Reading it here keeps it before what others send later.
        receive(from: connection)
    }

    /// Why one more connection is too many.
    private func refusal(of peer: PeerAddress) -> HTTPResponse? {
        if connectionCount >= settings.connectionsMax {
            warn("connection from \(peer) refused: limits.connections_max (\(settings.connectionsMax)) is reached")
            return Self.tryLater(.serviceUnavailable, "Too many connections")
        }
        let max = settings.connectionsPerAddressMax
        if connectionsBySite[peer.site, default: 0] >= max {
            warn("connection from \(peer) refused: limits.connections_per_address_max (\(max)) is reached")
            return Self.tryLater(.tooManyRequests, "Too many connections from this address")
        }
        return nil
    }

    /// Who is over a limit gets the reason as the answer to his request, if that comes soon; a crowd of such gets
    /// nothing. They count for no limit but their own, so that who has none to spare cannot use up those of others.
    private func refuse(_ id: ConnectionID, from peer: PeerAddress, with refusal: HTTPResponse) {
        guard refusedCount < Self.refusedConnectionsMax else { return network.close(id, reset: true) }
        var limits = settings.http
        limits.idleTimeoutMillis = min(limits.idleTimeoutMillis, Self.refusedTimeoutMillis)
        limits.headTimeoutMillis = min(limits.headTimeoutMillis, Self.refusedTimeoutMillis)
        limits.bodyTimeoutMillis = min(limits.bodyTimeoutMillis, Self.refusedTimeoutMillis)
        let stage = HTTPStage(machine: HTTPServerMachine(limits: limits, now: now.monotonic))
        stage.refusal = refusal
        let connection = Connection(id: id, peer: peer, isControl: false, stage: .http(stage))
        insert(connection)
        refusedCount += 1
        arm(connection)
        receive(from: connection)
    }

    /// Why one more Engine.IO session is too many. One that polls has no connection between its requests, so that the
    /// limits on connections do not bound sessions.
    func refusalOfSession(of peer: PeerAddress) -> HTTPResponse? {
        if engineClients.count >= settings.connectionsMax {
            let max = settings.connectionsMax
            warn("session of \(peer) refused: limits.connections_max (\(max)) is reached by sessions")
            return Self.tryLater(.serviceUnavailable, "Too many sessions")
        }
        let max = settings.connectionsPerAddressMax
        if sessionsBySite[peer.site, default: 0] >= max {
            warn("session of \(peer) refused: limits.connections_per_address_max (\(max)) is reached by sessions")
            return Self.tryLater(.tooManyRequests, "Too many sessions from this address")
        }
        return nil
    }

    private static func tryLater(_ status: HTTPStatus, _ message: String) -> HTTPResponse {
        var response = ErrorBody.response(status, message)
        response.fields.set("Retry-After", "5")
        response.close = true
        return response
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

    /// Child processes are waited for only a moment: they end with this one, and what they were doing is done again.
    var isDrained: Bool {
        guard isDraining, connectionCount == 0, let childDeadline else { return false }
        return childCount == 0 || childDeadline <= now.monotonic
    }

    /// Nobody new comes in; those who are here get the answers they are owed, then the end of the connection.
    func beginDraining() {
        guard !isDraining else { return }
        drainDeadline = now.monotonic.advanced(byMilliseconds: settings.drainTimeoutMillis)
        childDeadline = now.monotonic.advanced(byMilliseconds: min(Self.childGraceMillis, settings.drainTimeoutMillis))
        for listener in listeners.keys { network.close(listener) }
        listeners = [:]
        acceptPausedUntil = nil
        log.write(.info, "Gateway", "Stopping: \(connectionCount) connection(s) are being closed", at: now)
        // In an order of their own: that of a hash table differs from process to process.
        for client in engineClients.values.sorted(by: { $0.name < $1.name }) { closeForDrain(client) }
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
            case .outgoing: end(connection, .failed(Self.drainingWords))
            }
        }
    }

    func finishDraining() {
        guard let deadline = drainDeadline else { return }
        guard deadline <= now.monotonic else { return }
        for case let connection? in connections { close(connection, reset: true) }
    }
}
