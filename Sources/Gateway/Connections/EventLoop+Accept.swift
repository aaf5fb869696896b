import Bytes
import HTTP
import Platform

/// Accepting connections within the limits, and stopping.
extension EventLoop {
    /// How long a connection over a limit may take to send the request that is refused.
    private static let refusedTimeoutMillis: Int64 = 5_000
    /// How much of that request's body is read before it is refused.
    private static let refusedBodyBytesMax = 16 * 1024

    func acceptAll(from listener: ListenerID) {
        guard let accepting = admission.listener(listener) else { return }
        for _ in 0..<Admission.acceptsPerTurnMax {
            switch network.accept(from: listener) {
            case .connection(let id, let peer): admit(id, from: peer, at: accepting)
            case .none: return
            case .exhausted: return pauseAccepting(control: accepting.use == .control)
            }
        }
    }

    /// Stops accepting for a moment, because no descriptor is left. Connected clients are served as before.
    ///
    /// - Parameter control: whether the owner's listener, for which some descriptors are reserved, has none either.
    private func pauseAccepting(control: Bool) {
        admission.pause(now: now.monotonic)
        // A listener that stays ready must not keep the loop awake.
        for (id, listener) in admission.listeners where control || listener.use != .control {
            network.watch(id, accepting: false)
        }
        warn("no descriptor is left for a new connection (\(connectionCount) are open): raise LimitNOFILE")
    }

    private func admit(_ id: ConnectionID, from peer: PeerAddress, at listener: Listener) {
        let use = listener.use
        let isProxy = use == .clients && isTrustedProxy(peer)
        if use != .control, let refusal = (isProxy ? nil : refusalOfAddress(peer)) ?? refusalOfAny(peer) {
            return refuse(id, from: peer, at: listener, with: refusal)
        }
        let kind: Connection.Kind =
            switch use {
            case .clients: isProxy ? .proxied : .client
            case .control: .control
            case .metrics: .metrics
            }
        let stage: Connection.Stage
        if isProxy {
            let deadline = now.monotonic.advanced(byMilliseconds: settings.http.idleTimeoutMillis)
            stage = .preface(PrefaceStage(isSecure: listener.isSecure, deadline: deadline))
        } else {
            stage = .http(HTTPStage(machine: HTTPServerMachine(limits: settings.http, now: now.monotonic)))
        }
        let connection = Connection(id: id, peer: peer, kind: kind, stage: stage)
        if use != .control {
            connection.silentNumber = connections.silent.insert(id, from: peer.site, turn: turnCount)
        }
        // A trusted proxy's preface comes before TLS.
        begin(connection, isSecure: listener.isSecure && !isProxy)
    }

    private func begin(_ connection: Connection, isSecure: Bool) {
        connections.insert(connection)
        if isSecure { secure(connection) }
        guard !connection.isClosed else { return }
        arm(connection)
        // Most clients have sent their request by now. Reading it here keeps it ahead of later requests.
        receive(from: connection)
    }

    /// The refusal if one more connection from an address would be too many and no silent client's place there is to be
    /// had.
    func refusalOfAddress(_ peer: PeerAddress) -> HTTPResponse? {
        let max = settings.connectionsPerAddressMax
        guard connections.count(from: peer.site) >= max, !makePlace(for: peer, isOfSite: true) else { return nil }
        warn("connection from \(peer) refused: limits.connections_per_address_max (\(max)) is reached")
        noteRefusal(.connectionsPerAddress)
        return Self.tryLater(.tooManyRequests, "Too many connections from this address")
    }

    /// The same for one more connection from anywhere.
    private func refusalOfAny(_ peer: PeerAddress) -> HTTPResponse? {
        let max = settings.connectionsMax
        guard connectionCount >= max, !makePlace(for: peer, isOfSite: false) else { return nil }
        warn("connection from \(peer) refused: limits.connections_max (\(max)) is reached")
        noteRefusal(.connections)
        return Self.tryLater(.serviceUnavailable, "Too many connections")
    }

    /// A client over a limit gets the reason as the answer to its request, if that comes soon; beyond 64 such clients
    /// we reset without a reply. They count for no limit but their own, so that they cannot use up those of others.
    private func refuse(
        _ id: ConnectionID, from peer: PeerAddress, at listener: Listener, with refusal: HTTPResponse
    ) {
        guard connections.refusedCount < Admission.refusedConnectionsMax else {
            return network.close(id, reset: true)
        }
        let stage = Connection.Stage.http(refusedStage(with: refusal))
        begin(Connection(id: id, peer: peer, kind: .refused, stage: stage), isSecure: listener.isSecure)
    }

    /// The stage of a connection that gets this answer to its first request.
    func refusedStage(with refusal: HTTPResponse) -> HTTPStage {
        var limits = settings.http
        limits.idleTimeoutMillis = min(limits.idleTimeoutMillis, Self.refusedTimeoutMillis)
        limits.headTimeoutMillis = min(limits.headTimeoutMillis, Self.refusedTimeoutMillis)
        limits.bodyTimeoutMillis = min(limits.bodyTimeoutMillis, Self.refusedTimeoutMillis)
        limits.bodyBytesMax = min(limits.bodyBytesMax, Self.refusedBodyBytesMax)
        let stage = HTTPStage(machine: HTTPServerMachine(limits: limits, now: now.monotonic))
        stage.refusal = refusal
        return stage
    }

    /// The refusal if one more Engine.IO session would be too many. A polling client has no connection between its
    /// requests, so the limits on connections do not bound sessions.
    func refusalOfSession(of peer: PeerAddress) -> HTTPResponse? {
        if sessions.count >= settings.connectionsMax, !makeSessionPlace(for: peer, isOfSite: false) {
            let max = settings.connectionsMax
            warn("session of \(peer) refused: limits.connections_max (\(max)) is reached by sessions")
            noteRefusal(.connections)
            return Self.tryLater(.serviceUnavailable, "Too many sessions")
        }
        let max = settings.connectionsPerAddressMax
        if sessions.count(from: peer.site) >= max, !makeSessionPlace(for: peer, isOfSite: true) {
            warn("session of \(peer) refused: limits.connections_per_address_max (\(max)) is reached by sessions")
            noteRefusal(.connectionsPerAddress)
            return Self.tryLater(.tooManyRequests, "Too many sessions from this address")
        }
        return nil
    }

    static func tryLater(_ status: HTTPStatus, _ message: String) -> HTTPResponse {
        var response = ErrorBody.response(status, message)
        response.fields.set("Retry-After", "5")
        response.close = true
        return response
    }

    func warn(_ message: String) {
        if admission.mayWarn(now: now.monotonic) { log.write(.warning, "Gateway", message, at: now) }
    }

    func resumeAccepting() {
        guard admission.resume(now: now.monotonic) else { return }
        for listener in admission.listeners.keys { network.watch(listener, accepting: true) }
    }

    // MARK: Stopping

    /// Whether a stop was requested.
    public var isDraining: Bool { drain.isDraining }

    /// A stop waits for the commit under way, however long it takes: its end tells whether it has succeeded.
    var isDrained: Bool {
        connectionCount == 0 && drain.isDone(now: now.monotonic) && !pace.isUnderWay
            && pendingEvent(of: .everything) == nil
    }

    /// Stops accepting clients. Connected ones still get the answers that they are owed, then the connection ends.
    func beginDraining() {
        guard !isDraining else { return }
        drain.begin(timeoutMillis: settings.drainTimeoutMillis, now: now.monotonic)
        for listener in admission.removeListeners() { network.close(listener) }
        log.write(.info, "Gateway", "Stopping: \(connectionCount) connection(s) are being closed", at: now)
        // In the order of names: a hash table's order differs from process to process.
        for client in sessions.all { closeForDrain(client) }
        for connection in connections.all where connection.isOpen {
            switch connection.stage {
            case .http(let http):
                http.machine.drain()
                if http.machine.wantsClose { finish(connection) }
            case .webSocket(let webSocket):
                webSocket.machine.close(.goingAway, reason: "the station is stopping")
                queueReplies(of: webSocket, on: connection)
                finish(connection)
            case .preface: closeConnection(connection)
            case .child: break
            case .outgoing: endOutgoing(connection, .failed(Self.drainingWords))
            }
        }
    }

    func finishDraining() {
        guard let deadline = drain.deadline, deadline <= now.monotonic, !pace.isUnderWay else { return }
        // A reset would take from a client what it has been sent and not read yet.
        for connection in connections.all { closeConnection(connection, reset: connection.waitingCount > 0) }
    }
}
