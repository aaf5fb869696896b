import Bytes

/// The state of a session's pings. Pongs carry no number, so at most one ping is outstanding.
struct EngineHeartbeat: Sendable, Equatable {
    /// When the next ping is due or, while one is outstanding, its pong.
    var at: MonotonicTime
    /// The number of pings sent, which is also the number of the last ping; it wraps.
    var pingsSent: UInt32 = 0
    var awaitsPong = false
    /// Whether another ping was requested while one was outstanding.
    var wantsPing = false
    /// When the last pong came, or the session was opened.
    var heardAt: MonotonicTime

    init(openedAt: MonotonicTime, pingIntervalMillis: Int64) {
        at = openedAt.advanced(byMilliseconds: pingIntervalMillis)
        heardAt = openedAt
    }
}

extension EngineSession {
    /// When the client last gave a sign of life by a pong, or opened the session.
    public var heardAt: MonotonicTime { heartbeat.heardAt }

    /// Since when the client owes a pong; nil if it owes none.
    public var owesPongSince: MonotonicTime? {
        heartbeat.awaitsPong ? heartbeat.at.advanced(byMilliseconds: -settings.pingTimeoutMillis) : nil
    }

    /// When `expire` next has something to do, or nil once the session is closed.
    public var deadline: MonotonicTime? {
        var earliest: MonotonicTime?
        func consider(_ time: MonotonicTime) { earliest = earliest.map { min($0, time) } ?? time }
        switch phase {
        case .closed: return nil
        case .closing(_, let until): consider(until)
        case .open: if !isHeartbeatSuspended { consider(heartbeat.at) }
        }
        switch candidate {
        case .none: break
        case .connected(_, let until): consider(until)
        case .probed(_, let until, let noopAt):
            consider(until)
            if pollWaitsIdly { consider(noopAt) }
        }
        return earliest
    }

    /// Does what is due at `now`: sends a ping, ends a session whose pong or last poll did not come, or ends an
    /// unfinished upgrade.
    public mutating func expire(now: MonotonicTime) {
        if case .closing(let reason, let until) = phase, now >= until {
            finish(reason)
            return
        }
        expireCandidate(now: now)
        guard phase == .open, now >= heartbeat.at, !isHeartbeatSuspended else { return }
        if heartbeat.awaitsPong {
            fail(.pingTimeout)
        } else {
            // Small timer delays must not add up, so the pong's time runs from when the ping was due. After a long
            // delay the process itself has paused, and the client is not to blame.
            let isPunctual = now.milliseconds(since: heartbeat.at) <= settings.pingTimeoutMillis / 10
            sendPing(now: isPunctual ? heartbeat.at : now)
        }
    }

    /// Sends a ping ahead of time, so that its pong proves receipt of everything sent so far. The application decides
    /// how often.
    ///
    /// - Returns: the number of the ping whose pong is the proof, or nil if the session is not open. An outstanding
    ///   ping proves nothing about packets sent after it, so in that case the next ping follows its pong at once.
    public mutating func pingNow(now: MonotonicTime) -> UInt32? {
        guard phase == .open else { return nil }
        guard !heartbeat.awaitsPong else {
            heartbeat.wantsPing = true
            return heartbeat.pingsSent &+ 1
        }
        sendPing(now: now)
        return phase == .open ? heartbeat.pingsSent : nil
    }

    /// Handles a pong. An unrequested pong proves nothing and changes nothing.
    mutating func receivePong(now: MonotonicTime) {
        guard phase == .open, heartbeat.awaitsPong else { return }
        heartbeat.awaitsPong = false
        heartbeat.heardAt = now
        emit(.pong(ping: heartbeat.pingsSent))
        if heartbeat.wantsPing {
            heartbeat.wantsPing = false
            sendPing(now: now)
        } else {
            heartbeat.at = now.advanced(byMilliseconds: settings.pingIntervalMillis)
        }
    }

    /// Restarts the pong's time at the end of an upgrade: clients hold back their pong while they switch transports.
    mutating func resumeHeartbeat(now: MonotonicTime) {
        guard heartbeat.awaitsPong else { return }
        heartbeat.at = max(heartbeat.at, now.advanced(byMilliseconds: settings.pingTimeoutMillis))
    }

    /// Whether the pong has no deadline: the client may be about to complete an upgrade, which has its own timeout.
    private var isHeartbeatSuspended: Bool {
        if case .probed = candidate { heartbeat.awaitsPong } else { false }
    }

    private mutating func sendPing(now: MonotonicTime) {
        heartbeat.pingsSent &+= 1
        heartbeat.awaitsPong = true
        heartbeat.at = now.advanced(byMilliseconds: settings.pingTimeoutMillis)
        enqueue(EnginePacket(.ping))
    }
}
