import Bytes

/// The WebSocket transport, and the upgrade to it from polling:
///
///     client   opens a WebSocket with the session's sid and sends 2probe
///     server   answers 3probe, and answers a waiting poll with 6
///     client   stops polling and sends 5
///     server   sends the buffered packets over the WebSocket, and everything after them
extension EngineSession {
    /// Milliseconds between two `noop`s that end polls during an upgrade.
    private static let noopIntervalMillis: Int64 = 100

    /// Handles a new WebSocket with this session's id. It is closed if the session already has one or is not open.
    public mutating func webSocketArrived(_ connection: UInt64, now: MonotonicTime) {
        expire(now: now)
        guard phase == .open, case .polling = carrier, case .none = candidate, settings.allowUpgrades else {
            emit(.closeWebSocket(connection))
            return
        }
        candidate = .connected(connection, until: now.advanced(byMilliseconds: settings.upgradeTimeoutMillis))
    }

    /// Handles a message from a WebSocket: bytes, or text that is valid UTF-8.
    public mutating func webSocketReceived(
        _ message: [UInt8], isBinary: Bool, from connection: UInt64, now: MonotonicTime
    ) {
        guard phase != .closed else { return }
        let packet: EnginePacket?
        do { packet = isBinary ? EnginePacket(binary: message) : try EnginePacket(text: message) } catch {
            packet = nil
        }
        if carrier == .webSocket(connection) {
            if let packet { receive(packet, now: now) } else { fail(.parseError, last: .packet(.close)) }
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

    /// Handles a WebSocket that was closed or lost. The session ends if the WebSocket carried it; if the WebSocket was
    /// only to replace polling, polling continues.
    public mutating func webSocketGone(_ connection: UInt64, now: MonotonicTime) {
        if carrier == .webSocket(connection), phase != .closed {
            finish(.transportClose)
            return
        }
        switch candidate {
        case .connected(connection, _), .probed(connection, _, _):
            candidate = .none
            resumeHeartbeat(now: now)
            finishClosing()
        default: break
        }
    }

    /// Handles a packet from the transport that carries the session.
    mutating func receive(_ packet: EnginePacket, now: MonotonicTime) {
        guard phase != .closed else { return }
        guard packet.type.isSentByClients else {
            fail(.parseError, last: .packet(.close))
            return
        }
        switch packet.type {
        case .message: if phase == .open { emit(.message(packet)) }
        case .pong: receivePong(now: now)
        case .close: fail(.transportClose, last: .packet(.noop))
        default: break
        }
    }

    /// Closes a candidate whose time is over; otherwise ends the poll that holds up the candidate's upgrade.
    mutating func expireCandidate(now: MonotonicTime) {
        switch candidate {
        case .connected(_, let until) where now >= until, .probed(_, let until, _) where now >= until:
            dropCandidate(now: now)
        default: endPollForUpgrade(now: now)
        }
    }

    /// Answers the waiting poll with a `noop` if the client is about to stop polling.
    mutating func endPollForUpgrade(now: MonotonicTime) {
        guard case .probed(let connection, let until, let noopAt) = candidate, phase != .closed, pollWaitsIdly,
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

    /// Closes a WebSocket that did not follow the upgrade's steps; polling continues.
    private mutating func dropCandidate(now: MonotonicTime) {
        switch candidate {
        case .none: return
        case .connected(let connection, _), .probed(let connection, _, _): emit(.closeWebSocket(connection))
        }
        candidate = .none
        resumeHeartbeat(now: now)
        finishClosing()
    }
}

extension EnginePacket {
    /// `2probe`
    fileprivate var isProbe: Bool { !isBinary && type == .ping && payload.elementsEqual("probe".utf8) }
}
