import Bytes

/// One Engine.IO 4 session on the server's side, whatever carries it.
///
/// The session knows no sockets: polls, POSTs and WebSockets arrive as numbers of the caller's, and what is to be done
/// with them comes out of `nextAction`, which is to be called after each input until it gives nil. Call `expire` when
/// `deadline` has come. Packets go out in the order of `send` and come in in the order in which they were sent; none is
/// lost when the session changes from polling to WebSocket.
///
/// Packets sent while a poll waits are joined: the poll is answered when `nextAction` has given everything else. An
/// idle session owns no memory besides itself.
public struct EngineSession: Sendable {
    /// What carries the session: of polling the GET that waits to be answered, if one does.
    enum Carrier: Equatable {
        case polling(waiting: UInt64?)
        case webSocket(UInt64)
    }

    enum Phase: Equatable {
        case open
        /// Closed by us, over polling: what is left goes out with the next polls.
        case closing(EngineCloseReason, until: MonotonicTime)
        case closed
    }

    /// The WebSocket that may replace polling, until the time when it has to have done so.
    indirect enum Candidate: Equatable {
        case none
        case connected(UInt64, until: MonotonicTime)
        /// It answered a probe. The client now gives up polling: a poll that waits gets a `noop`, the next not before
        /// `noopAt`, so that a client that polls on does not do so as fast as it can.
        case probed(UInt64, until: MonotonicTime, noopAt: MonotonicTime)
    }

    let settings: EngineSettings
    var carrier: Carrier
    var phase = Phase.open
    var candidate = Candidate.none
    var heartbeat: EngineHeartbeat
    /// The exchange whose POST has begun and is not yet here.
    var postUnderWay: UInt64?
    /// What waits for a poll, and its size in a payload.
    private var outbox: [EnginePacket] = []
    public private(set) var bufferedBytes = 0
    private var actions: [EngineAction] = []
    private var actionsTaken = 0

    /// Opens a session; its first action tells the client so, by answering its GET or over its WebSocket.
    ///
    /// - Parameter id: the session's name, which clients send as `sid`.
    /// - Precondition: `id` is made of letters, digits, `-` and `_`. It is a secret: whoever knows it speaks for the
    ///   client, so it wants 120 bits of randomness or more.
    public init(
        id: String, transport: EngineTransport, connection: UInt64, settings: EngineSettings, now: MonotonicTime
    ) {
        precondition(
            !id.isEmpty && id.utf8.allSatisfy { $0.isASCIIDigit || $0.isASCIILetter || $0 == 0x2D || $0 == 0x5F },
            "a session's name must stand in a query and in JSON as it is")
        self.settings = settings
        heartbeat = EngineHeartbeat(nextPingAt: now.advanced(byMilliseconds: settings.pingIntervalMillis))
        switch transport {
        case .polling:
            carrier = .polling(waiting: nil)
            let packet = Self.openPacket(id: id, upgrades: settings.allowUpgrades, settings: settings)
            actions.append(.answer(connection, .payload(packet.bytes)))
        case .webSocket:
            carrier = .webSocket(connection)
            let packet = Self.openPacket(id: id, upgrades: false, settings: settings)
            actions.append(.sendWebSocket(connection, packet))
        }
    }

    /// The next thing to do, or nil when there is nothing more.
    public mutating func nextAction() -> EngineAction? {
        if actions.isEmpty { answerPoll() }
        guard actionsTaken < actions.count else { return nil }
        let action = actions[actionsTaken]
        actionsTaken += 1
        if actionsTaken == actions.count {
            actions = []
            actionsTaken = 0
        }
        return action
    }

    /// Whether the session takes messages to send.
    public var isOpen: Bool { phase == .open }

    /// The transport at this moment.
    public var transport: EngineTransport { if case .polling = carrier { .polling } else { .webSocket } }

    /// The WebSocket that carries the session, if one does.
    public var webSocket: UInt64? { if case .webSocket(let connection) = carrier { connection } else { nil } }

    /// The WebSocket that carries the open session, when all actions have been taken: a packet may then as well be
    /// written to it directly, which spares a fan-out the way through `send` and `nextAction`.
    public var directWebSocket: UInt64? {
        if case .webSocket(let connection) = carrier, phase == .open, actions.isEmpty { connection } else { nil }
    }

    /// Sends a packet, over polling with the next poll. False where the session is not open or where this closed it
    /// because too much waits already (`bufferFull`).
    @discardableResult
    public mutating func send(_ packet: EnginePacket) -> Bool {
        guard phase == .open else { return false }
        enqueue(packet)
        return phase == .open
    }

    /// Closes the session. What was sent before still goes out: over polling the session lasts until the client has
    /// fetched it, or until `closeTimeoutMillis` have passed. No message comes in any more.
    public mutating func close(_ reason: EngineCloseReason = .forcedClose, now: MonotonicTime) {
        guard phase == .open else { return }
        dropReceived()
        switch carrier {
        case .webSocket(let connection):
            actions.append(.closeWebSocket(connection))
            finish(reason)
        case .polling:
            phase = .closing(reason, until: now.advanced(byMilliseconds: settings.closeTimeoutMillis))
        }
    }

    // MARK: - What the parts of the session share

    mutating func emit(_ action: EngineAction) { actions.append(action) }

    var hasBufferedPackets: Bool { !outbox.isEmpty }

    /// Hands a packet to the WebSocket, or lets it wait for a poll.
    mutating func enqueue(_ packet: EnginePacket) {
        switch carrier {
        case .webSocket(let connection): actions.append(.sendWebSocket(connection, packet))
        case .polling:
            let size = EnginePayload.encodedSize(of: packet) + 1
            guard size <= settings.bufferedBytesMax - bufferedBytes else {
                fail(.bufferFull)
                return
            }
            outbox.append(packet)
            bufferedBytes += size
        }
    }

    /// Gives what waits to the WebSocket that takes over. A `noop` was for polls only.
    mutating func flush(to connection: UInt64) {
        for packet in outbox where packet.type != .noop { actions.append(.sendWebSocket(connection, packet)) }
        outbox = []
        bufferedBytes = 0
    }

    /// Ends the session at once, because of what the client did or did not do.
    ///
    /// - Parameter last: what a waiting poll gets: `close`, or `noop` where the client itself has closed.
    mutating func fail(_ reason: EngineCloseReason, last: EnginePacketType = .close) {
        guard phase != .closed else { return }
        switch carrier {
        case .polling(let connection?): actions.append(.answer(connection, .payload([last.rawValue])))
        case .polling(nil): break
        case .webSocket(let connection): actions.append(.closeWebSocket(connection))
        }
        finish(reason)
    }

    /// Gives up everything that the session holds.
    mutating func finish(_ reason: EngineCloseReason) {
        switch candidate {
        case .none: break
        case .connected(let connection, _), .probed(let connection, _, _): actions.append(.closeWebSocket(connection))
        }
        candidate = .none
        postUnderWay = nil
        outbox = []
        bufferedBytes = 0
        if case .polling = carrier { carrier = .polling(waiting: nil) }
        phase = .closed
        actions.append(.closed(reason))
    }

    // MARK: - Private

    /// Answers the poll that waits with as many packets as one payload takes, and at least one.
    private mutating func answerPoll() {
        guard case .polling(let connection?) = carrier, phase == .open ? hasBufferedPackets : phase != .closed else {
            return
        }
        var body: [UInt8] = []
        var taken = 0
        while taken < outbox.count && taken < settings.pollPacketsMax {
            let size = EnginePayload.encodedSize(of: outbox[taken]) + 1
            if taken > 0 && body.count + size > settings.maxPayload { break }
            EnginePayload.append(outbox[taken], to: &body)
            bufferedBytes -= size
            taken += 1
        }
        let fitsClose = taken < settings.pollPacketsMax && body.count + 2 <= settings.maxPayload
        if taken == outbox.count { outbox = [] } else { outbox.removeFirst(taken) }
        carrier = .polling(waiting: nil)
        if case .closing(let reason, _) = phase, outbox.isEmpty, taken == 0 || fitsClose {
            EnginePayload.append(EnginePacket(.close), to: &body)
            actions.append(.answer(connection, .payload(body)))
            finish(reason)
        } else {
            actions.append(.answer(connection, .payload(body)))
        }
    }

    /// Forgets what came in and was not yet taken by an application that has closed the session.
    private mutating func dropReceived() {
        actions.removeFirst(actionsTaken)
        actionsTaken = 0
        actions.removeAll {
            switch $0 {
            case .message, .pong: true
            default: false
            }
        }
    }

    /// The packet that opens the session, its members in the order of the protocol's description.
    private static func openPacket(id: String, upgrades: Bool, settings: EngineSettings) -> EnginePacket {
        var payload: [UInt8] = []
        payload.append(literal: "{\"sid\":\"")
        payload.append(utf8: id)
        payload.append(literal: "\",\"upgrades\":[")
        if upgrades { payload.append(literal: "\"websocket\"") }
        payload.append(literal: "],\"pingInterval\":")
        payload.append(decimal: settings.pingIntervalMillis)
        payload.append(literal: ",\"pingTimeout\":")
        payload.append(decimal: settings.pingTimeoutMillis)
        payload.append(literal: ",\"maxPayload\":")
        payload.append(decimal: settings.maxPayload)
        payload.append(literal: "}")
        return EnginePacket(.open, payload: payload)
    }
}
