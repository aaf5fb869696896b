/// Puts packets together from Engine.IO messages: a text, and the attachments that it announces.
///
/// Idle it owns no memory. After a fault it is of no more use; the session is closed.
public struct SocketIODecoder: Sendable {
    private indirect enum State {
        case idle
        /// A packet whose attachments are not all here; its bytes so far.
        case awaiting(SocketIOPacket, expected: Int, bytes: Int)
    }

    private var state = State.idle
    private let settings: SocketIOSettings

    public init(settings: SocketIOSettings) { self.settings = settings }

    /// Takes the next message and gives the packet that is complete with it, if one is.
    ///
    /// - Throws: for a malformed packet, bytes that no packet announced, text where bytes are due, too many of either.
    public mutating func receive(_ message: EnginePacket) throws(PacketFault) -> SocketIOPacket? {
        switch state {
        case .idle:
            guard !message.isBinary else { throw .unexpectedBinary }
            let (packet, expected) = try SocketIOPacket.decode(text: message, settings: settings)
            if expected == 0 { return packet }
            state = .awaiting(packet, expected: expected, bytes: 0)
            return nil
        case .awaiting(var packet, let expected, let bytes):
            guard message.isBinary else { throw .unexpectedText }
            guard message.bytes.count <= settings.attachmentBytesMax - bytes else { throw .attachmentsTooLarge }
            state = .idle
            packet.attachments.append(message.bytes)
            if packet.attachments.count == expected { return packet }
            state = .awaiting(packet, expected: expected, bytes: bytes + message.bytes.count)
            return nil
        }
    }
}
