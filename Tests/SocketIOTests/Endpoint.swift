import Bytes
import JSON

@testable import SocketIO

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
    var text: String { String(decoding: self, as: UTF8.self) }
}

extension EnginePacket {
    /// The packet as a line of a log: text unchanged, bytes as `b[1, 2]`.
    var log: String { isBinary ? "b\(bytes)" : bytes.text }

    /// Reads a packet from text.
    static func parsed(_ text: String) throws -> EnginePacket { try EnginePacket(text: [UInt8](text)) }
}

extension MonotonicTime: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int64) { self.init(milliseconds: value) }
}

/// A server without sockets: it routes requests to sessions, keeps their answers, and has its own clock. With
/// namespaces it speaks Socket.IO as the public test suite expects, otherwise it echoes every Engine.IO message.
final class Endpoint {
    struct Session {
        var engine: EngineSession
        var socketIO: SocketIOSession?
    }

    let settings: EngineSettings
    let socketIOSettings: SocketIOSettings?
    private(set) var now: MonotonicTime = 1_000_000
    private(set) var sessions: [String: Session] = [:]
    private var sessionOf: [UInt64: String] = [:]
    private var lastConnection: UInt64 = 0
    private var lastSession = 0

    /// The answer to each answered exchange, as `status body`.
    private(set) var answers: [UInt64: String] = [:]
    /// The packets that each WebSocket received since the last `dequeueFrames`.
    private(set) var frames: [UInt64: [String]] = [:]
    private(set) var closedWebSockets: Set<UInt64> = []
    /// Why sessions ended, in order.
    private(set) var reasons: [EngineCloseReason] = []

    init(settings: EngineSettings? = nil, namespaces: [String]? = nil) {
        self.settings = settings ?? EngineSettings(pingIntervalMillis: 300, pingTimeoutMillis: 200)
        socketIOSettings = namespaces.map { SocketIOSettings(namespaces: $0, connectTimeoutMillis: 1000) }
    }

    // MARK: - HTTP

    func get(_ query: String) -> UInt64 { request("GET", query, body: "") }

    func post(_ query: String, _ body: String) -> UInt64 { request("POST", query, body: body) }

    func request(_ method: String, _ query: String, body: String) -> UInt64 {
        lastConnection += 1
        let connection = lastConnection
        do {
            switch try EngineRequest(method: method, query: Self.parse(query), isWebSocket: false) {
            case .open(let transport):
                open(transport, connection)
            case .poll(let id):
                try withSession(id, connection) { $0.engine.pollArrived(connection, now: $1) }
            case .post(let id):
                try withSession(id, connection) { $0.engine.postArrived(connection, body: [UInt8](body), now: $1) }
            case .webSocket:
                answers[connection] = "unexpected"
            }
        } catch {
            answers[connection] = "\(error.status) \(error.body.text)"
        }
        return connection
    }

    /// The client aborts a request.
    func cancel(_ connection: UInt64) {
        guard let id = sessionOf[connection] else { return }
        try? withSession(id, connection) { session, _ in session.engine.pollGone(connection) }
    }

    /// The status of an exchange's answer, if it has one.
    func status(_ connection: UInt64) -> Int? { answers[connection].flatMap { Int($0.prefix(3)) } }

    func body(_ connection: UInt64) -> String? { answers[connection].map { String($0.dropFirst(4)) } }

    // MARK: - WebSocket

    /// Opens a WebSocket; nil if the handshake is refused with an HTTP status.
    func connect(_ query: String) -> UInt64? {
        lastConnection += 1
        let connection = lastConnection
        do {
            switch try EngineRequest(method: "GET", query: Self.parse(query), isWebSocket: true) {
            case .open(let transport): open(transport, connection)
            case .webSocket(let id):
                try withSession(id, connection) { $0.engine.webSocketArrived(connection, now: $1) }
            case .poll, .post: return nil
            }
        } catch {
            return nil
        }
        return connection
    }

    func send(_ connection: UInt64, _ text: String) { deliver(connection, [UInt8](text), isBinary: false) }

    func sendBinary(_ connection: UInt64, _ bytes: [UInt8]) { deliver(connection, bytes, isBinary: true) }

    private func deliver(_ connection: UInt64, _ bytes: [UInt8], isBinary: Bool) {
        guard let id = sessionOf[connection], !closedWebSockets.contains(connection) else { return }
        try? withSession(id, connection) {
            $0.engine.webSocketReceived(bytes, isBinary: isBinary, from: connection, now: $1)
        }
    }

    /// Returns the packets received since the last call.
    func dequeueFrames(_ connection: UInt64) -> [String] {
        defer { frames[connection] = [] }
        return frames[connection] ?? []
    }

    // MARK: - Time

    /// Lets time pass, and calls `expire` at each deadline to the millisecond.
    func advance(by milliseconds: Int64) {
        let end = now.advanced(byMilliseconds: milliseconds)
        while true {
            let due = sessions.values.compactMap { session in
                [session.engine.deadline, session.socketIO?.deadline].compactMap { $0 }.min()
            }.min()
            guard let due, due <= end else { break }
            now = max(now, due)
            for id in sessions.keys.sorted() {
                try? withSession(id, nil) { session, now in
                    session.engine.expire(now: now)
                    session.socketIO?.expire(now: now)
                }
            }
        }
        now = end
    }

    // MARK: - Private

    /// The id of the session opened last.
    var newestSession: String { "s\(lastSession)" }

    private func open(_ transport: EngineTransport, _ connection: UInt64) {
        lastSession += 1
        let id = newestSession
        sessions[id] = Session(
            engine: EngineSession(
                id: id, transport: transport, connection: connection, settings: settings, now: now),
            socketIO: socketIOSettings.map { SocketIOSession(settings: $0, now: now) })
        try? withSession(id, connection) { _, _ in }
    }

    func withSession(
        _ id: String, _ connection: UInt64?, _ body: (inout Session, MonotonicTime) -> Void
    ) throws(EngineHandshakeFault) {
        guard var session = sessions[id] else { throw .unknownSession }
        if let connection { sessionOf[connection] = id }
        body(&session, now)
        sessions[id] = drain(&session) ? session : nil
    }

    /// Carries out the session's actions; returns false once it is closed.
    private func drain(_ session: inout Session) -> Bool {
        var isAlive = true
        var isQuiet = false
        while !isQuiet {
            isQuiet = true
            while let action = session.engine.nextAction() {
                isQuiet = false
                switch action {
                case .answer(let connection, let response):
                    answers[connection] = "\(response.status) \(response.body.text)"
                case .sendWebSocket(let connection, let packet): frames[connection, default: []].append(packet.log)
                case .closeWebSocket(let connection): closedWebSockets.insert(connection)
                case .message(let packet):
                    if session.socketIO != nil {
                        session.socketIO?.receive(packet)
                        _ = drainSocketIO(&session)
                    } else {
                        session.engine.send(packet)
                    }
                case .pong, .upgraded: break
                case .closed(let reason):
                    reasons.append(reason)
                    session.socketIO?.engineClosed(reason)
                    isAlive = false
                }
            }
            if drainSocketIO(&session) { isQuiet = false }
        }
        return isAlive
    }

    private func drainSocketIO(_ session: inout Session) -> Bool {
        var hadActions = false
        while let action = session.socketIO?.nextAction() {
            hadActions = true
            switch action {
            case .send(let packet): session.engine.send(packet)
            case .connect(let namespace, let auth):
                session.socketIO?.accept(namespace, sid: "public")
                session.socketIO?.emit("auth", [.object(auth ?? [:])], in: namespace)
            case .event(let event) where event.name == "message":
                session.socketIO?.emit(
                    "message-back", event.arguments, attachments: event.attachments, in: event.namespace)
            case .event(let event):
                guard event.name == "message-with-ack", let id = event.id else { break }
                session.socketIO?.acknowledge(
                    id, event.arguments, attachments: event.attachments, in: event.namespace)
            case .acknowledgement, .disconnected: break
            case .close(let reason): session.engine.close(reason, now: now)
            }
        }
        return hadActions
    }

    private static func parse(_ query: String) -> [(name: String, value: String)] {
        query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
    }
}
