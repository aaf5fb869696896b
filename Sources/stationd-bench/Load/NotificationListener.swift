/// One Socket.IO client over a WebSocket that listens for notifications.
final class NotificationListener {
    private enum Stage { case upgrading, opening, joining, joined }

    let descriptor: Int32
    /// The JWT to join with.
    private let token: String
    private var stage = Stage.upgrading
    private var input = PartialInput()
    /// How far it has got in the order of events.
    var position = ReceiptLedger.Position()
    /// The number of pings it has answered.
    private(set) var pings = 0
    /// The number of its own pings that the server has answered.
    private(set) var pongs = 0

    /// Connects and asks for a WebSocket (RFC 6455, section 4.1).
    init(_ target: Target, token: String) throws(BenchFault) {
        descriptor = try Sockets.connect(port: target.port)
        self.token = token
        let request =
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:\(target.port)\r\n"
            + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "Sec-WebSocket-Version: 13\r\n\r\n"
        try send(Array(request.utf8))
    }

    deinit { Sockets.close(descriptor) }

    /// Whether it has joined the namespace.
    var isJoined: Bool { stage == .joined }

    /// Sends a ping of WebSocket (RFC 6455, section 5.5.2).
    func ping() throws(BenchFault) { try send(ClientFrame.ping) }

    private func send(_ bytes: [UInt8]) throws(BenchFault) {
        let count = unsafe bytes.withUnsafeBytes { unsafe Sockets.send($0, to: descriptor) }
        guard count == bytes.count else { throw BenchFault("the server accepts no data from a listener") }
    }

    private func sendPong(_ frame: [UInt8]) throws(BenchFault) {
        pings += 1
        try send(frame)
        Sockets.acknowledgeWhenReading(descriptor)
    }

    /// Receives what has arrived, through a buffer that all connections share, and calls `body` with the payload of
    /// each notification.
    @inline(__always)
    func receive(
        _ buffer: UnsafeMutableRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) throws(BenchFault) -> Void
    ) throws(BenchFault) {
        let kept = unsafe input.restore(into: buffer)
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[kept...])
        var count = kept
        switch unsafe Sockets.receive(descriptor, into: room) {
        case .bytes(let received): count += received
        case .nothing: break
        case .end: throw BenchFault("the server has closed a listener's connection")
        }
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
        var start = 0
        if stage == .upgrading { start = unsafe try upgraded(bytes) }
        walk: while stage != .upgrading {
            switch unsafe FrameWalker.step(bytes, from: start) {
            case .incomplete: break walk
            case .malformed: throw BenchFault("the server has sent a malformed frame")
            case .frame(let frame):
                let payload = unsafe UnsafeRawBufferPointer(rebasing: bytes[frame.payload..<frame.end])
                if frame.opcode == 1, unsafe NotificationPlaces.isNotification(payload) {
                    unsafe try body(payload)
                } else {
                    unsafe try handle(frame.opcode, payload)
                }
                start = frame.end
            }
        }
        unsafe input.keep(bytes, from: start)
    }

    /// Reads the answer to the handshake. Returns where the frames begin, or 0 if the answer is incomplete.
    private func upgraded(_ bytes: UnsafeRawBufferPointer) throws(BenchFault) -> Int {
        guard let end = unsafe MessageScan.extent(of: bytes)?.end else { return 0 }
        guard unsafe bytes[9] == 0x31 && bytes[10] == 0x30 && bytes[11] == 0x31 else {
            throw BenchFault("a listener was refused:\n\(unsafe String(decoding: bytes, as: UTF8.self))")
        }
        stage = .opening
        return end
    }

    /// Handles every frame but notifications.
    private func handle(_ opcode: UInt8, _ payload: UnsafeRawBufferPointer) throws(BenchFault) {
        switch opcode {
        case 9:
            try sendPong(ClientFrame.pong(unsafe Array(payload)))
        case 10: pongs += 1
        case 1: unsafe try handlePacket(payload)
        case 8: throw BenchFault("the server has closed a listener: \(unsafe String(decoding: payload, as: UTF8.self))")
        default: break
        }
    }

    private func handlePacket(_ payload: UnsafeRawBufferPointer) throws(BenchFault) {
        guard let type = unsafe payload.first else { return }
        switch (type, stage) {
        case (0x32, _):
            try sendPong(ClientFrame.enginePong)
        case (0x30, .opening):
            stage = .joining
            try send(ClientFrame.text("40/notifications,{\"token\":\"\(token)\"}"))
        case (0x34, .joining) where unsafe payload.count > 1 && payload[1] == 0x30: stage = .joined
        case (0x34, .joining):
            throw BenchFault("a listener was refused: \(unsafe String(decoding: payload, as: UTF8.self))")
        default: break
        }
    }
}

/// Frames as a client sends them, masked (RFC 6455, section 5.3). The key never changes: masking protects proxies from
/// web pages, and there are none here.
enum ClientFrame {
    private static let key: [UInt8] = [0x5A, 0xC3, 0x69, 0x17]

    /// The pong of Engine.IO.
    static let enginePong = text("3")

    /// A text frame. The text must be shorter than 65,536 bytes.
    static func text(_ text: String) -> [UInt8] { frame(opcode: 1, Array(text.utf8)) }

    /// A ping of WebSocket.
    static let ping = frame(opcode: 9, [])

    /// The pong of WebSocket.
    static func pong(_ payload: [UInt8]) -> [UInt8] { frame(opcode: 10, payload) }

    private static func frame(opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = [0x80 | opcode]
        if payload.count < 126 {
            frame.append(0x80 | UInt8(payload.count))
        } else {
            frame += [0x80 | 126, UInt8(payload.count >> 8 & 0xFF), UInt8(payload.count & 0xFF)]
        }
        frame += key
        for (place, byte) in payload.enumerated() { frame.append(byte ^ key[place & 3]) }
        return frame
    }
}
