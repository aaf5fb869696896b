import Bytes

/// The state of a session's pings. A pong carries no number, so that only one ping is under way at a time.
struct EngineHeartbeat: Sendable, Equatable {
    /// When the next ping is due, or, while one is under way, when its pong is.
    var at: MonotonicTime
    /// How many pings were sent, which is the number of the last of them; it wraps.
    var pingsSent: UInt32 = 0
    var awaitsPong = false
    /// Whether one more ping was asked for while one was under way.
    var wantsPing = false

    init(nextPingAt: MonotonicTime) { at = nextPingAt }
}

extension EngineSession {
    /// When `expire` has something to do, or nil once the session is closed.
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

    /// Does what is due at `now`: a ping, the end of a session whose pong or last poll did not come, the end of an
    /// upgrade that was not completed.
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
            // The little by which a timer comes late does not add up: the pong's time runs from when the ping was due.
            // But where it is much, the process has paused, and the client is not to blame.
            let isPunctual = now.milliseconds(since: heartbeat.at) <= settings.pingTimeoutMillis / 10
            sendPing(now: isPunctual ? heartbeat.at : now)
        }
    }

    /// Sends a ping before its time, so that the pong proves what was sent so far; how often is the application's
    /// affair.
    ///
    /// - Returns: the number whose pong proves it, nil where the session is not open. A ping that is under way already
    ///   proves nothing about what was sent after it, so that the next one follows as soon as that is answered.
    public mutating func pingNow(now: MonotonicTime) -> UInt32? {
        guard phase == .open else { return nil }
        guard !heartbeat.awaitsPong else {
            heartbeat.wantsPing = true
            return heartbeat.pingsSent &+ 1
        }
        sendPing(now: now)
        return phase == .open ? heartbeat.pingsSent : nil
    }

    /// A pong that no ping asked for proves nothing and changes nothing.
    mutating func receivePong(now: MonotonicTime) {
        guard phase == .open, heartbeat.awaitsPong else { return }
        heartbeat.awaitsPong = false
        emit(.pong(ping: heartbeat.pingsSent))
        if heartbeat.wantsPing {
            heartbeat.wantsPing = false
            sendPing(now: now)
        } else {
            heartbeat.at = now.advanced(byMilliseconds: settings.pingIntervalMillis)
        }
    }

    /// Clients hold back their pong while they change to the WebSocket, so its time starts anew at the end of that.
    mutating func resumeHeartbeat(now: MonotonicTime) {
        guard heartbeat.awaitsPong else { return }
        heartbeat.at = max(heartbeat.at, now.advanced(byMilliseconds: settings.pingTimeoutMillis))
    }

    /// Whether a pong is due at no time: while the client may be about to complete an upgrade, which has its own
    /// timeout.
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
