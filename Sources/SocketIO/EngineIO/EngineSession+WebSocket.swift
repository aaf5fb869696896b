import Bytes

/// The WebSocket transport, and the change to it from polling:
///
///     client   opens a WebSocket with the session's sid, sends 2probe
///     server   answers 3probe, and a waiting poll with 6
///     client   has stopped to poll, sends 5
///     server   sends what waited for polls over the WebSocket, and from now on everything
extension EngineSession {
    /// Milliseconds between two `noop`s that end polls during an upgrade.
    private static let noopIntervalMillis: Int64 = 100

    /// A WebSocket with this session's name was opened. It is closed where the session has one, or is no longer open.
    public mutating func webSocketArrived(_ connection: UInt64, now: MonotonicTime) {
        expire(now: now)
        guard phase == .open, case .polling = carrier, case .none = candidate, settings.allowUpgrades else {
            emit(.closeWebSocket(connection))
            return
        }
        candidate = .connected(connection, until: now.advanced(byMilliseconds: settings.upgradeTimeoutMillis))
    }

    /// A message came over a WebSocket: text that is valid UTF-8, or bytes.
    public mutating func webSocketReceived(
        _ message: [UInt8], isBinary: Bool, from connection: UInt64, now: MonotonicTime
    ) {
        guard phase != .closed else { return }
        let packet: EnginePacket?
        do { packet = isBinary ? EnginePacket(binary: message) : try EnginePacket(text: message) } catch {
            packet = nil
        }
        if carrier == .webSocket(connection) {
            if let packet { receive(packet, now: now) } else { fail(.parseError) }
            return
        }
        switch candidate {
        case .connected(connection, let until):
            if packet?.isProbe == true {
                answerProbe(connection, until: until, now: now)
            } else {
                dropCandidate(now: now)
            }
        case .probed(connection, let until, _):
            if packet?.type == .upgrade {
                upgrade(to: connection, now: now)
            } else if packet?.isProbe == true {
                answerProbe(connection, until: until, now: now)
            } else {
                dropCandidate(now: now)
            }
        default: break
        }
    }

    /// A WebSocket was closed or lost. If it carried the session, that is the session's end; if it was to replace
    /// polling, polling goes on.
    public mutating func webSocketGone(_ connection: UInt64, now: MonotonicTime) {
        if carrier == .webSocket(connection), phase != .closed {
            finish(.transportClose)
            return
        }
        switch candidate {
        case .connected(connection, _), .probed(connection, _, _):
            candidate = .none
            resumeHeartbeat(now: now)
        default: break
        }
    }

    /// Takes a packet from the transport that carries the session.
    mutating func receive(_ packet: EnginePacket, now: MonotonicTime) {
        guard phase != .closed else { return }
        guard packet.type.isSentByClients else {
            fail(.parseError)
            return
        }
        switch packet.type {
        case .message: if phase == .open { emit(.message(packet)) }
        case .pong: receivePong(now: now)
        case .close: fail(.transportClose, last: .noop)
        default: break
        }
    }

    /// Drops a candidate whose time is over, and ends the poll that a candidate waits for.
    mutating func expireCandidate(now: MonotonicTime) {
        switch candidate {
        case .connected(_, let until) where now >= until, .probed(_, let until, _) where now >= until:
            dropCandidate(now: now)
        default: endPollForUpgrade(now: now)
        }
    }

    /// Lets the poll that waits go with a `noop` where the client is about to give up polling.
    mutating func endPollForUpgrade(now: MonotonicTime) {
        guard case .probed(let connection, let until, let noopAt) = candidate, phase == .open, pollWaitsIdly,
            now >= noopAt
        else { return }
        let next = now.advanced(byMilliseconds: Self.noopIntervalMillis)
        candidate = .probed(connection, until: until, noopAt: next)
        enqueue(EnginePacket(.noop))
    }

    private mutating func answerProbe(_ connection: UInt64, until: MonotonicTime, now: MonotonicTime) {
        emit(.sendWebSocket(connection, EnginePacket(.pong, payload: "probe".utf8)))
        if case .connected = candidate { candidate = .probed(connection, until: until, noopAt: now) }
        endPollForUpgrade(now: now)
    }

    private mutating func upgrade(to connection: UInt64, now: MonotonicTime) {
        if case .polling(let waiting?) = carrier {
            emit(.answer(waiting, .payload([EnginePacketType.noop.rawValue])))
        }
        candidate = .none
        postUnderWay = nil
        carrier = .webSocket(connection)
        resumeHeartbeat(now: now)
        if phase == .open { emit(.upgraded) }
        flush(to: connection)
        if case .closing(let reason, _) = phase {
            emit(.closeWebSocket(connection))
            finish(reason)
        }
    }

    /// Closes the WebSocket that did not do what an upgrade asks for; polling goes on.
    private mutating func dropCandidate(now: MonotonicTime) {
        switch candidate {
        case .none: return
        case .connected(let connection, _), .probed(let connection, _, _): emit(.closeWebSocket(connection))
        }
        candidate = .none
        resumeHeartbeat(now: now)
    }
}

extension EnginePacket {
    /// `2probe`
    fileprivate var isProbe: Bool { !isBinary && type == .ping && payload.elementsEqual("probe".utf8) }
}
