import Bytes
import JSON
import SocketIO

extension FuzzMachine {
    /// Engine.IO packets: the body of a POST, and the text of a frame.
    static let enginePackets = FuzzMachine(
        "engine-packets",
        words: ["\u{1E}", "b", "AQID", "=", "2probe", "4", "é"],
        seeds: {
            let packets = [
                EnginePacket(payload: "hello é".utf8), EnginePacket(.ping, payload: "probe".utf8), EnginePacket(.close),
                EnginePacket(binary: [1, 2, 3]), EnginePacket(binary: []), EnginePacket(.noop),
            ]
            return [EnginePayload.encode(packets)] + packets.map { EnginePayload.encode([$0]) } + [
                [], [0x1E], [UInt8]("4a\u{1E}"), [UInt8]("b=="), [UInt8]("bAQ"), [0x34, 0xC3], [UInt8]("9"),
                [UInt8]("4\u{1E}4\u{1E}bAQIDBA==\u{1E}b"),
            ]
        },
        body: { bytes in
            if let packet = try? EnginePacket(text: bytes) {
                expect(packet.isBinary || packet.bytes == bytes, "text is not changed")
                _ = packet.type
                _ = packet.payload
            }
            guard let packets = try? EnginePayload.decode(bytes) else { return }
            expect(!packets.isEmpty && packets.count <= (bytes.count + 2) / 2, "every packet has a byte")
            expect(packets.reduce(0) { $0 + $1.bytes.count } <= bytes.count, "packets are no larger than the input")
            let again = EnginePayload.encode(packets)
            // The bytes may differ, because base64 may have padding or not.
            expect((try? EnginePayload.decode(again)) == packets, "packets survive writing and reading")
        })
}

// MARK: - Sessions

// The first byte chooses the transport and the sizes. Then each step is a byte for what happens, one for the
// connection, and its data: a message with its length before it, or a time.

extension FuzzMachine {
    /// An Engine.IO session with a Socket.IO session on top, driven by clients, the network and the application.
    static let engineSession = FuzzMachine(
        "engine-session", bytesMax: 512,
        words: [
            "2probe", "5", "3", "40/custom,", "40", "42[\"a\",1]", "421[\"a\"]",
            "451-[\"a\",{\"_placeholder\":true,\"num\":0}]",
            "41", "431[]", "\u{1E}", "bAQID", "6", "1",
        ],
        seeds: { engineSeeds() },
        body: { bytes in
            var client = EngineFuzzClient(bytes)
            client.run()
        })

    private static func engineSeeds() -> [[UInt8]] {
        func message(_ step: UInt8, _ text: String) -> [UInt8] {
            [step, 1, UInt8(truncatingIfNeeded: text.utf8.count)] + [UInt8](text)
        }
        let connect = message(4, "40/custom,{\"token\":\"a\"}") + message(4, "42/custom,7[\"a\",1]")
        let upgrade: [UInt8] = [0, 1, 7, 2] + [8, 2, 6] + [UInt8]("2probe") + [8, 2, 1, 0x35]
        let binary = message(8, "451-/custom,[\"a\",{\"_placeholder\":true,\"num\":0}]") + [9, 1, 3, 1, 2, 3]
        return [
            [0] + connect + [0, 1] + message(4, "3"), [0] + connect + upgrade + message(8, "42/custom,[\"b\"]"),
            [1] + message(8, "40/custom,") + binary,
            [1] + message(8, "40") + [12, 0, 14, 200, 14, 250] + message(8, "3"),
            [0, 0, 1, 0, 2], [0, 3, 1, 3, 2], [0] + message(4, "9"),
            [3] + message(8, "40") + [13, 8] + message(8, "3"),
            [0] + connect + [13, 1, 0, 1, 14, 255, 14, 255],
            [2] + message(4, "40/custom,\u{1E}42/custom,[\"x\"]\u{1E}41/custom,"),
        ]
    }
}

/// Checks the promises of the sessions: each request gets one answer, and only refusals come after the end.
private struct EngineFuzzClient {
    private var input: FuzzInput
    private var engine: EngineSession
    private var socketIO: SocketIOSession
    private var now = MonotonicTime(milliseconds: 0)
    private var waiting: [UInt64] = []
    private var isClosed = false
    private var nextPing: UInt32 = 0

    init(_ bytes: [UInt8]) {
        input = FuzzInput(bytes)
        let choice = input.byte()
        let settings = EngineSettings(
            pingIntervalMillis: 300, pingTimeoutMillis: 200, upgradeTimeoutMillis: 500, closeTimeoutMillis: 400,
            maxPayload: 60, pollPacketsMax: 1 + Int(choice >> 1) % 4, bufferedBytesMax: 200)
        engine = EngineSession(
            id: "s", transport: choice & 1 == 0 ? .polling : .webSocket, connection: 1, settings: settings, now: now)
        socketIO = SocketIOSession(
            settings: SocketIOSettings(
                namespaces: ["/", "/custom"], connectTimeoutMillis: 700, attachmentsMax: 3, attachmentBytesMax: 50,
                acknowledgementsMax: 4, depthMax: 16), now: now)
        if choice & 1 == 0 { waiting = [1] }
    }

    mutating func run() {
        drain()
        while !input.isAtEnd {
            step()
            drain()
        }
        expect((engine.deadline == nil) == isClosed, "a session has a deadline until it is closed")
        // A POST that has only begun gets no answer yet.
        expect(waiting.count { $0 <= 10 } <= (isClosed ? 0 : 1), "at most one poll waits for an answer: \(waiting)")
    }

    private mutating func step() {
        let step = input.number(below: 16)
        let connection = UInt64(input.number(below: 6)) + 1
        switch step {
        case 0, 1: ask(connection) { $0.pollArrived(connection, now: $1) }
        case 2:
            waiting.removeAll { $0 == connection }
            engine.pollGone(connection)
        case 3: ask(connection + 10) { engine, _ in engine.postBegan(connection + 10) }
        case 4, 5:
            // A POST that has begun before is the same request.
            waiting.removeAll { $0 == connection + 10 }
            let body = input.piece()
            ask(connection + 10) { $0.postArrived(connection + 10, body: body, now: $1) }
        case 6:
            waiting.removeAll { $0 == connection + 10 }
            engine.postGone(connection + 10)
        case 7: engine.webSocketArrived(connection, now: now)
        case 8, 9, 10:
            engine.webSocketReceived(input.piece(), isBinary: step == 9, from: connection, now: now)
        case 11: engine.webSocketGone(connection, now: now)
        case 12: if let ping = engine.pingNow(now: now) { nextPing = max(nextPing, ping) }
        case 13: act(as: connection)
        default:
            now = now.advanced(byMilliseconds: Int64(input.byte()) * 3)
            engine.expire(now: now)
            socketIO.expire(now: now)
        }
    }

    private mutating func ask(_ connection: UInt64, _ arrive: (inout EngineSession, MonotonicTime) -> Void) {
        guard !waiting.contains(connection) else { return }
        waiting.append(connection)
        arrive(&engine, now)
    }

    /// Does something that the application may do at any time.
    private mutating func act(as choice: UInt64) {
        switch choice {
        case 1: engine.close(now: now)
        case 2: socketIO.close(.serverShutdown)
        case 3: socketIO.disconnect("/custom")
        case 4: _ = socketIO.emitWithAcknowledgement("out", [1], in: "/custom")
        case 5: socketIO.emit("out", [SocketIOPacket.placeholder(0)], attachments: [[1, 2]], in: "/")
        default: engine.send(EnginePacket(payload: [UInt8](repeating: 0x78, count: 70)))
        }
    }

    private mutating func drain() {
        var isQuiet = false
        while !isQuiet {
            isQuiet = true
            while let action = engine.nextAction() {
                isQuiet = false
                perform(action)
            }
            while let action = socketIO.nextAction() {
                isQuiet = false
                performSocketIO(action)
            }
        }
        expect(engine.bufferedBytes <= 200, "the buffer is within its limit")
        if let deadline = engine.deadline, isClosed { expect(false, "a closed session has no deadline: \(deadline)") }
    }

    private mutating func perform(_ action: EngineAction) {
        switch action {
        case .answer(let connection, let response):
            expect(!isClosed || response.status != 200, "a closed session gives only refusals")
            expect(waiting.contains(connection), "a request gets one answer: \(connection)")
            waiting.removeAll { $0 == connection }
            if response.status == 200, response.body != [UInt8]("ok") {
                expect((try? EnginePayload.decode(response.body)) != nil, "the answer to a poll can be read")
            }
        case .message(let packet):
            expect(!isClosed, "no message comes after the end")
            socketIO.receive(packet)
        case .pong(let ping): expect(!isClosed && (nextPing == 0 || ping > 0), "a pong belongs to a ping")
        case .closed(let reason):
            expect(!isClosed, "a session ends once")
            isClosed = true
            socketIO.engineClosed(reason)
        case .sendWebSocket, .upgraded: expect(!isClosed, "nothing is sent after the end")
        case .closeWebSocket: break
        }
    }

    private mutating func performSocketIO(_ action: SocketIOAction) {
        switch action {
        case .send(let packet): engine.send(packet)
        case .connect(let namespace, let auth):
            if auth?["refuse"] != nil {
                socketIO.refuse(namespace, message: "no")
            } else if auth?["later"] == nil {
                socketIO.accept(namespace, sid: "x")
            }
        case .event(let event):
            socketIO.emit("back", event.arguments, attachments: event.attachments, in: event.namespace)
            if let id = event.id {
                socketIO.acknowledge(id, event.arguments, attachments: event.attachments, in: event.namespace)
            }
        case .acknowledgement, .disconnected: break
        case .close(let reason): engine.close(reason, now: now)
        }
    }
}
