import Bytes
import Generators
import Testing

@testable import SocketIO

/// The machines neither trap nor break their promises, whatever clients send and whenever they send it.
@Suite struct RandomInputTests {
    private static let fragments = [
        "0", "1", "2", "3", "4", "5", "6", "b", "2probe", "40", "41", "42", "43", "44", "451-", "461-", "/", "/custom",
        ",",
        "[", "]", "{", "}", "\"a\"", "\"connect\"", "{\"_placeholder\":true,\"num\":0}", "AQID", "=", "\u{1E}", "12",
        "é",
        "-", "99999999999999999999", " ", "null", "?x=1", "42[\"message\",1]", "40/custom", "421[\"message-with-ack\"]",
    ]

    private func bytes(_ generator: inout RepeatableGenerator) -> [UInt8] {
        if Bool.random(using: &generator) {
            return (0..<Int.random(in: 0..<6, using: &generator)).flatMap { _ in
                Array((Self.fragments.randomElement(using: &generator) ?? "").utf8)
            }
        }
        return (0..<Int.random(in: 0..<20, using: &generator)).map { _ in .random(in: .min ... .max, using: &generator)
        }
    }

    @Test func `garbage in any order never traps`() {
        var generator = RepeatableGenerator.announced("RandomInputTests")
        for _ in 0..<2000 {
            let settings = EngineSettings(
                pingIntervalMillis: 300, pingTimeoutMillis: 200, upgradeTimeoutMillis: 500, closeTimeoutMillis: 400,
                maxPayload: 40, pollPacketsMax: .random(in: 1...4, using: &generator), bufferedBytesMax: 200)
            let socketIOSettings = SocketIOSettings(namespaces: ["/", "/custom"], connectTimeoutMillis: 700)
            var now: MonotonicTime = 0
            let transport: EngineTransport = Bool.random(using: &generator) ? .polling : .webSocket
            var engine = EngineSession(id: "s", transport: transport, connection: 1, settings: settings, now: now)
            var socketIO = SocketIOSession(settings: socketIOSettings, now: now)
            var watch = Watch()
            for _ in 0..<40 {
                let connection = UInt64.random(in: 1...6, using: &generator)
                switch Int.random(in: 0..<16, using: &generator) {
                case 0, 1:
                    if !watch.waiting.contains(connection) {
                        watch.waiting.append(connection)
                        engine.pollArrived(connection, now: now)
                    }
                case 2:
                    engine.pollGone(connection)
                    watch.waiting.removeAll { $0 == connection }
                case 3: engine.postBegan(connection + 10)
                case 4, 5:
                    engine.postArrived(connection + 10, body: bytes(&generator), now: now)
                case 6: engine.postGone(connection + 10)
                case 7: engine.webSocketArrived(connection, now: now)
                case 8, 9, 10:
                    let isBinary = Int.random(in: 0..<4, using: &generator) == 0
                    engine.webSocketReceived(bytes(&generator), isBinary: isBinary, from: connection, now: now)
                case 11: engine.webSocketGone(connection, now: now)
                case 12: _ = engine.pingNow(now: now)
                case 13:
                    if Int.random(in: 0..<8, using: &generator) == 0 { engine.close(now: now) }
                    socketIO.emit("out", [1], attachments: [[1]], in: "/custom")
                default:
                    now = now.advanced(byMilliseconds: .random(in: 0..<300, using: &generator))
                    engine.expire(now: now)
                    socketIO.expire(now: now)
                }
                drain(&engine, &socketIO, &watch, now: now)
            }
            let isClosed = engine.deadline == nil
            #expect(isClosed == watch.isClosed, "seed \(generator.seed)")
            #expect(watch.unexpected == [], "seed \(generator.seed)")
            // Only one poll may be unanswered: the one that waits in an open session.
            #expect(watch.waiting.count <= (isClosed ? 0 : 1), "seed \(generator.seed)")
        }
    }

    /// Checks the promises of every run: one answer per request, and only refusals after the end.
    private struct Watch {
        var waiting: [UInt64] = []
        var isClosed = false
        var unexpected: [String] = []
    }

    private func drain(
        _ engine: inout EngineSession, _ socketIO: inout SocketIOSession, _ watch: inout Watch, now: MonotonicTime
    ) {
        var isQuiet = false
        while !isQuiet {
            isQuiet = true
            while let action = engine.nextAction() {
                isQuiet = false
                switch action {
                case .answer(let connection, let response):
                    if watch.isClosed && response.status == 200 { watch.unexpected.append("\(action)") }
                    watch.waiting.removeAll { $0 == connection }
                case .message(let packet):
                    if watch.isClosed { watch.unexpected.append("\(action)") }
                    socketIO.receive(packet)
                case .closed(let reason):
                    if watch.isClosed { watch.unexpected.append("\(action)") }
                    watch.isClosed = true
                    socketIO.engineClosed(reason)
                case .sendWebSocket, .pong, .upgraded: if watch.isClosed { watch.unexpected.append("\(action)") }
                case .closeWebSocket: break
                }
            }
            while let action = socketIO.nextAction() {
                isQuiet = false
                switch action {
                case .send(let packet): engine.send(packet)
                case .connect(let namespace, _): socketIO.accept(namespace, sid: "x")
                case .event(let event):
                    socketIO.emit("back", event.arguments, attachments: event.attachments, in: event.namespace)
                case .acknowledgement, .disconnected: break
                case .close(let reason): engine.close(reason, now: now)
                }
            }
        }
    }
}
