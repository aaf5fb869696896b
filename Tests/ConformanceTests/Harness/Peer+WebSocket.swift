/// A frame of RFC 6455, section 5.2, as a client writes and reads it.
struct Frame: Equatable, CustomStringConvertible {
    var isFinal = true
    var reserved: UInt8 = 0
    var opcode: UInt8
    var payload: [UInt8]
    var maskingKey: [UInt8]? = [0x37, 0xFA, 0x21, 0x3D]

    init(_ opcode: UInt8, _ payload: [UInt8] = [], isFinal: Bool = true, reserved: UInt8 = 0) {
        self.opcode = opcode
        self.payload = payload
        self.isFinal = isFinal
        self.reserved = reserved
    }

    static func text(_ text: String, isFinal: Bool = true) -> Frame { Frame(1, Array(text.utf8), isFinal: isFinal) }
    static func binary(_ bytes: [UInt8], isFinal: Bool = true) -> Frame { Frame(2, bytes, isFinal: isFinal) }
    static func more(_ text: String, isFinal: Bool) -> Frame { Frame(0, Array(text.utf8), isFinal: isFinal) }
    static func ping(_ payload: [UInt8] = []) -> Frame { Frame(9, payload) }
    static func pong(_ payload: [UInt8] = []) -> Frame { Frame(10, payload) }
    static func close(_ code: UInt16, _ reason: [UInt8] = []) -> Frame {
        Frame(8, [UInt8(code >> 8), UInt8(code & 0xFF)] + reason)
    }

    /// Compares everything but the masking key, which a server's frame does not have.
    static func == (left: Frame, right: Frame) -> Bool {
        left.isFinal == right.isFinal && left.reserved == right.reserved && left.opcode == right.opcode
            && left.payload == right.payload
    }

    var description: String {
        let shown =
            payload.count > 40 ? "\(payload.count) bytes" : String(decoding: payload, as: UTF8.self).debugDescription
        return "(\(isFinal ? "" : "not final, ")\(opcode): \(shown))"
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | reserved << 4 | opcode]
        let mask: UInt8 = maskingKey == nil ? 0 : 0x80
        if payload.count < 126 {
            bytes.append(mask | UInt8(payload.count))
        } else if payload.count < 65_536 {
            bytes += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        } else {
            bytes.append(mask | 127)
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(payload.count >> shift & 0xFF)) }
        }
        guard let key = maskingKey else { return bytes + payload }
        let start = bytes.count + 4
        bytes += key
        bytes += payload
        bytes.withUnsafeMutableBufferPointer { bytes in
            for index in start..<bytes.count { bytes[index] ^= key[(index - start) & 3] }
        }
        return bytes
    }
}

extension ConformanceProcess {
    /// Opens a WebSocket; throws if the server refuses the handshake.
    func webSocket(_ target: String = "/echo") throws -> Peer {
        let peer = try connect()
        let reply = try peer.ask("GET", target, fields: Peer.upgradeFields)
        // The key and accept value are the example of RFC 6455, section 1.3.
        guard reply.status == 101, reply["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" else {
            throw WireFault("the handshake was answered \(reply.status) \(reply.text)")
        }
        return peer
    }
}

extension Peer {
    static let upgradeFields = [
        "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]

    func send(_ frame: Frame) throws { try send(frame.bytes) }

    func sendText(_ text: String) throws { try send(Frame.text(text)) }

    /// Reads the next frame, which must not be masked.
    func frame() throws -> Frame {
        let head = try read(2)
        guard head[1] & 0x80 == 0 else { throw WireFault("a server's frame is masked") }
        var count = Int(head[1])
        if count > 125 { count = try read(count == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) } }
        return Frame(head[0] & 0x0F, try read(count), isFinal: head[0] & 0x80 != 0, reserved: head[0] >> 4 & 7)
    }

    /// Reads the next frame, which must be a text message.
    func text() throws -> String {
        let frame = try frame()
        guard frame.opcode == 1, frame.isFinal else { throw WireFault("not a text message: \(frame)") }
        return String(decoding: frame.payload, as: UTF8.self)
    }

    /// Reads the next frame, which must be a Close frame, and returns its code; nil if it is empty.
    func closeCode() throws -> Int? {
        let frame = try frame()
        guard frame.opcode == 8 else { throw WireFault("not a Close frame: \(frame)") }
        guard frame.payload.count >= 2 else { return nil }
        return Int(frame.payload[0]) << 8 | Int(frame.payload[1])
    }
}
