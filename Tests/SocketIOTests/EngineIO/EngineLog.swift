import Bytes

@testable import SocketIO

extension EngineSession {
    /// A session with id `s` whose opening packet is out of the way.
    static func opened(
        _ transport: EngineTransport, settings: EngineSettings = EngineSettings(), now: MonotonicTime = 0
    ) -> EngineSession {
        var session = EngineSession(id: "s", transport: transport, connection: 1, settings: settings, now: now)
        _ = session.log()
        return session
    }

    /// A session opened over polling, with WebSocket 9 already probed.
    static func probed(settings: EngineSettings = EngineSettings(), now: MonotonicTime = 0) -> EngineSession {
        var session = opened(.polling, settings: settings, now: now)
        session.webSocketArrived(9, now: now)
        session.webSocketText("2probe", from: 9, now: now)
        _ = session.log()
        return session
    }

    /// Returns the session's actions, a line for each.
    mutating func log() -> [String] {
        var lines: [String] = []
        while let action = nextAction() {
            switch action {
            case .answer(let connection, let response):
                lines.append("\(connection): \(response.status) \(response.body.text)")
            case .sendWebSocket(let connection, let packet): lines.append("\(connection): \(packet.log)")
            case .closeWebSocket(let connection): lines.append("\(connection): close")
            case .message(let packet): lines.append("message \(packet.log)")
            case .pong(let ping): lines.append("pong \(ping)")
            case .upgraded: lines.append("upgraded")
            case .closed(let reason): lines.append("closed: \(reason.text)")
            }
        }
        return lines
    }

    mutating func webSocketText(_ text: String, from connection: UInt64, now: MonotonicTime = 0) {
        webSocketReceived([UInt8](text), isBinary: false, from: connection, now: now)
    }

    mutating func post(_ body: String, _ connection: UInt64 = 5, now: MonotonicTime = 0) {
        postArrived(connection, body: [UInt8](body), now: now)
    }

    mutating func sendText(_ text: String) { send(EnginePacket(payload: text.utf8)) }
}
