import Foundation

/// A WebSocket client (RFC 6455), written for the tests alone so that it shares no fault with the server.
final class WebSocketClient {
    enum Message: Equatable {
        case text(String)
        case binary([UInt8])
        case ping([UInt8])
        case pong([UInt8])
        case close(code: Int?, reason: String)
    }

    let wire: Wire
    /// The answer to the handshake.
    let handshake: HTTPAnswer
    private var maskingKey: UInt32 = 0x2545_F491

    /// Opens a WebSocket. Throws if the answer is not 101.
    convenience init(
        port: UInt16, target: String, fields: [(String, String)] = [], patience: Double = 20,
        receiveBufferBytes: Int? = nil
    ) throws {
        let (wire, answer) = try Self.ask(
            port: port, target: target, fields: fields, patience: patience, receiveBufferBytes: receiveBufferBytes)
        guard answer.status == 101 else {
            throw HarnessFault("the WebSocket handshake was answered \(answer.status): \(answer.excerpt)")
        }
        guard answer["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" else {
            throw HarnessFault("Sec-WebSocket-Accept is \(answer["Sec-WebSocket-Accept"] ?? "missing")")
        }
        self.init(wire: wire, handshake: answer)
    }

    private init(wire: Wire, handshake: HTTPAnswer) {
        self.wire = wire
        self.handshake = handshake
    }

    /// Sends the handshake of the RFC's own example and returns its answer.
    static func ask(
        port: UInt16, target: String, fields: [(String, String)] = [], patience: Double = 20,
        receiveBufferBytes: Int? = nil
    ) throws -> (wire: Wire, answer: HTTPAnswer) {
        let wire = try Wire(port: port, receiveBufferBytes: receiveBufferBytes)
        wire.patience = patience
        var head = "GET \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        head += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        try wire.send(head + "\r\n")
        return (wire, try HTTPClient.readAnswer(from: wire))
    }

    // MARK: Out

    func send(_ text: String) throws { try send(opcode: 1, Array(text.utf8)) }

    func sendClose(_ code: Int) throws { try send(opcode: 8, [UInt8(code >> 8 & 0xFF), UInt8(code & 0xFF)]) }

    /// Sends a frame. No client may send one unmasked, but a test can.
    func send(opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, isMasked: Bool = true) throws {
        var frame: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
        let flag: UInt8 = isMasked ? 0x80 : 0
        switch payload.count {
        case 0..<126: frame.append(flag | UInt8(payload.count))
        case 126..<65_536: frame += [flag | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            frame.append(flag | 127)
            for shift in stride(from: 56, through: 0, by: -8) { frame.append(UInt8(payload.count >> shift & 0xFF)) }
        }
        if isMasked {
            maskingKey = maskingKey &* 1_664_525 &+ 1_013_904_223
            let key = [24, 16, 8, 0].map { UInt8(maskingKey >> $0 & 0xFF) }
            frame += key
            frame += payload.enumerated().map { $1 ^ key[$0 & 3] }
        } else {
            frame += payload
        }
        try wire.send(bytes: frame)
    }

    // MARK: In

    /// The next message or control frame. Pings are answered and skipped, unless `pings` asks for them.
    func receive(pings: Bool = false) throws -> Message {
        var message: [UInt8] = []
        var kind: UInt8?
        while true {
            let head = try wire.read(2, "a frame")
            guard head[0] & 0x70 == 0 else { throw HarnessFault("a reserved bit is set") }
            guard head[1] & 0x80 == 0 else { throw HarnessFault("a server's frame is masked") }
            var length = Int(head[1] & 0x7F)
            if length >= 126 {
                length = try wire.read(length == 126 ? 2 : 8, "a frame's length").reduce(0) { $0 << 8 | Int($1) }
            }
            let payload = try wire.read(length, "a frame's payload")
            switch head[0] & 0x0F {
            case 0x8:
                let code = payload.count < 2 ? nil : Int(payload[0]) << 8 | Int(payload[1])
                return .close(code: code, reason: String(decoding: payload.dropFirst(2), as: UTF8.self))
            case 0x9:
                if pings { return .ping(payload) }
                try send(opcode: 0xA, payload)
                continue
            case 0xA: return .pong(payload)
            case 0x0 where kind != nil: message += payload
            case let opcode where (opcode == 1 || opcode == 2) && kind == nil:
                kind = opcode
                message = payload
            default: throw HarnessFault("opcode \(head[0] & 0x0F) is unexpected here")
            }
            if head[0] & 0x80 != 0 {
                guard kind == 1 else { return .binary(message) }
                guard let text = String(validating: message, as: UTF8.self) else {
                    throw HarnessFault("text is not UTF-8")
                }
                return .text(text)
            }
        }
    }

    func receiveText() throws -> String {
        let message = try receive()
        guard case .text(let text) = message else { throw HarnessFault("not a text message: \(message)") }
        return text
    }
}
