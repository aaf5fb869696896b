import Bytes

/// The server's side of one Engine.IO 4 session, over any transport.
///
/// The session knows no sockets: the caller numbers its polls, POSTs and WebSockets, and `nextAction` says what to do
/// with them. Call `nextAction` after each input until it returns nil, and call `expire` at `deadline`. Packets go out
/// in the order of `send` and come in in the order in which the client sent them; the upgrade from polling to WebSocket
/// loses none.
///
/// Packets sent while a poll waits share one answer: `nextAction` answers the poll after all other actions. An idle
/// session owns no memory besides itself.
public struct EngineSession: Sendable {
    /// The transport that carries the session; for polling, with the GET that waits for an answer, if there is one.
    enum Carrier: Equatable {
        case polling(waiting: UInt64?)
        case webSocket(UInt64)
    }

    enum Phase: Equatable {
        case open
        /// We closed the session over polling: the remaining packets go out with the next polls.
        case closing(EngineCloseReason, until: MonotonicTime)
        case closed
    }

    /// The WebSocket that may replace polling, and its deadline for doing so.
    indirect enum Candidate: Equatable {
        case none
        case connected(UInt64, until: MonotonicTime)
        /// We answered its probe, so the client is about to stop polling: a waiting poll gets a `noop`. The next `noop`
        /// goes out at `noopAt` at the earliest, so that a client that keeps polling does not spin.
        case probed(UInt64, until: MonotonicTime, noopAt: MonotonicTime)
    }

    let settings: EngineSettings
    var carrier: Carrier
    var phase = Phase.open
    var candidate = Candidate.none
    var heartbeat: EngineHeartbeat
    /// The exchange whose POST has begun and is not complete.
    var postUnderWay: UInt64?
    /// The packets that wait for a poll.
    private var outbox: [EnginePacket] = []
    /// The bytes that wait for a poll, as a payload with its separators.
    public private(set) var bufferedBytes = 0
    private var actions: [EngineAction] = []
    private var actionsConsumed = 0

    /// Opens a session. Its first action tells the client, in the answer to its GET or over its WebSocket.
    ///
    /// - Parameter id: the session's name, which clients send as `sid`. It is a secret: anyone who knows it can speak
    ///   for the client, so it needs at least 120 random bits.
    /// - Precondition: `id` consists of letters, digits, `-` and `_`.
    public init(
        id: String, transport: EngineTransport, connection: UInt64, settings: EngineSettings, now: MonotonicTime
    ) {
        precondition(
            !id.isEmpty && id.utf8.allSatisfy { $0.isASCIIDigit || $0.isASCIILetter || $0 == 0x2D || $0 == 0x5F },
            "a session's name must need no escapes in a query or in JSON")
        self.settings = settings
        heartbeat = EngineHeartbeat(openedAt: now, pingIntervalMillis: settings.pingIntervalMillis)
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

    /// Returns the next thing to do, or nil if nothing is left.
    public mutating func nextAction() -> EngineAction? {
        if actions.isEmpty { answerPoll() }
        guard actionsConsumed < actions.count else { return nil }
        let action = actions[actionsConsumed]
        actionsConsumed += 1
        if actionsConsumed == actions.count {
            actions = []
            actionsConsumed = 0
        }
        return action
    }

    /// Whether messages can be sent.
    public var isOpen: Bool { phase == .open }

    /// The transport that carries the session now.
    public var transport: EngineTransport { if case .polling = carrier { .polling } else { .webSocket } }

    /// The WebSocket that carries the session, or nil over polling.
    public var webSocket: UInt64? { if case .webSocket(let connection) = carrier { connection } else { nil } }

    /// The WebSocket that carries the open session if no actions are left. Packets may then be written to it directly,
    /// which spares a fan-out the way through `send` and `nextAction`.
    public var directWebSocket: UInt64? {
        if case .webSocket(let connection) = carrier, phase == .open, actions.isEmpty { connection } else { nil }
    }

    /// Sends a packet; over polling it goes out with the next poll.
    ///
    /// - Returns: false if the session is not open, or if this packet overfilled the buffer and so closed the session
    ///   (`bufferFull`).
    @discardableResult
    public mutating func send(_ packet: EnginePacket) -> Bool {
        guard phase == .open else { return false }
        enqueue(packet)
        return phase == .open
    }

    /// Closes the session. Packets sent before still go out: over polling the session lasts until the client has
    /// fetched them, for at most `closeTimeoutMillis`. Nothing more is received.
    public mutating func close(_ reason: EngineCloseReason = .forcedClose, now: MonotonicTime) {
        guard phase == .open else { return }
        dropReceived()
        switch carrier {
        case .webSocket(let connection):
            actions.append(.closeWebSocket(connection))
            finish(reason)
        case .polling:
            // A client that is changing its transport has stopped polling, and would not hear of the end before a ping
            // timeout. It gets the rest, and the end, over its WebSocket.
            guard hasBufferedPackets || isUpgrading else { return fail(reason) }
            phase = .closing(reason, until: now.advanced(byMilliseconds: settings.closeTimeoutMillis))
        }
    }

    /// Ends the session at once; packets that wait are dropped.
    public mutating func abandon(_ reason: EngineCloseReason) { fail(reason) }

    // MARK: - Shared by the extensions

    mutating func emit(_ action: EngineAction) { actions.append(action) }

    var hasBufferedPackets: Bool { !outbox.isEmpty }

    /// Whether the client is about to stop polling, or has.
    var isUpgrading: Bool { if case .probed = candidate { true } else { false } }

    /// Ends a session that is closing, if the client has fetched everything and will poll again.
    mutating func finishClosing() {
        guard case .closing(let reason, _) = phase, outbox.isEmpty, !isUpgrading else { return }
        fail(reason)
    }

    /// Sends a packet over the WebSocket, or buffers it for a poll.
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

    /// Sends the buffered packets over the WebSocket that replaces polling, except `noop`s, which are for polls only.
    mutating func flush(to connection: UInt64) {
        for packet in outbox where packet.type != .noop { actions.append(.sendWebSocket(connection, packet)) }
        outbox = []
        bufferedBytes = 0
    }

    /// Ends the session at once, because of something the client did or failed to do.
    ///
    /// - Parameter last: the answer to a waiting poll: `close` after a fault of the client, and `noop` if it has closed
    ///   the session itself. Otherwise the session is unknown from now on. After `close` some clients stay away; after
    ///   that they come back.
    mutating func fail(_ reason: EngineCloseReason, last: EngineResponse = .gone) {
        guard phase != .closed else { return }
        switch carrier {
        case .polling(let connection?): actions.append(.answer(connection, last))
        case .polling(nil): break
        case .webSocket(let connection): actions.append(.closeWebSocket(connection))
        }
        finish(reason)
    }

    /// Releases everything that the session holds.
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

    /// Answers the waiting poll with as many packets as fit into one payload, and with at least one.
    private mutating func answerPoll() {
        guard case .polling(let connection?) = carrier, phase != .closed, hasBufferedPackets else { return }
        var body: [UInt8] = []
        var count = 0
        while count < outbox.count && count < settings.pollPacketsMax {
            let size = EnginePayload.encodedSize(of: outbox[count]) + 1
            if count > 0 && body.count + size > settings.maxPayload { break }
            EnginePayload.append(outbox[count], to: &body)
            bufferedBytes -= size
            count += 1
        }
        if count == outbox.count { outbox = [] } else { outbox.removeFirst(count) }
        carrier = .polling(waiting: nil)
        actions.append(.answer(connection, .payload(body)))
        // The next poll finds no session. Official clients drop packets that come in one payload with `close`.
        finishClosing()
    }

    /// Drops messages that the application had not consumed when it closed the session.
    private mutating func dropReceived() {
        actions.removeFirst(actionsConsumed)
        actionsConsumed = 0
        actions.removeAll {
            switch $0 {
            case .message, .pong: true
            default: false
            }
        }
    }

    /// The packet that opens the session, with its members in the order of the protocol's description.
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
