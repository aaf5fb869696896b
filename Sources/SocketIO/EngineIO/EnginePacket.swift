/// The types of Engine.IO 4 packets; the raw value is the digit before a packet's payload.
public enum EnginePacketType: UInt8, Sendable {
    case open = 0x30
    case close = 0x31
    case ping = 0x32
    case pong = 0x33
    case message = 0x34
    case upgrade = 0x35
    case noop = 0x36

    /// Whether a client may send this type outside an upgrade. Since protocol version 4 the server sends the pings.
    var isSentByClients: Bool {
        switch self {
        case .close, .pong, .message, .noop: true
        case .open, .ping, .upgrade: false
        }
    }
}

/// One Engine.IO 4 packet, kept in the form that a WebSocket carries.
///
///     text     one digit for the type, then the payload in UTF-8      "4hello"  "2probe"  "3"
///     binary   the payload of a message and nothing else
///
/// A packet is encoded once; sending it to a thousand sessions shares its bytes. Only the polling transport writes
/// binary packets differently (`b` and base64), see `EnginePayload`.
public struct EnginePacket: Hashable, Sendable {
    /// The payload of a WebSocket frame. In text its first byte is the type's digit, so text is never empty.
    public let bytes: [UInt8]

    /// Whether the bytes go into a binary frame; such a packet is always a message.
    public let isBinary: Bool

    /// Creates a binary message.
    public init(binary bytes: [UInt8]) {
        self.bytes = bytes
        isBinary = true
    }

    /// Creates a text message, or a packet of another type, with `payload` after the type's digit.
    ///
    /// For polling the payload must not contain U+001E, which separates packets there; JSON never does.
    public init(_ type: EnginePacketType = .message, payload: some Collection<UInt8>) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(payload.count + 1)
        bytes.append(type.rawValue)
        bytes.append(contentsOf: payload)
        self.bytes = bytes
        isBinary = false
    }

    /// Creates a packet without payload.
    public init(_ type: EnginePacketType) {
        bytes = [type.rawValue]
        isBinary = false
    }

    /// Reads a packet that a peer sent as text: a digit and a payload, or `b` and a binary message in base64.
    ///
    /// The caller must have checked that the text is valid UTF-8.
    /// - Throws: `emptyPacket`, `unknownType` or `invalidBase64`.
    public init(text: [UInt8]) throws(PacketFault) {
        guard let first = text.first else { throw .emptyPacket }
        if first == EnginePayload.binaryPrefix {
            self = try EnginePayload.binaryPacket(text[...])
            return
        }
        guard EnginePacketType(rawValue: first) != nil else { throw .unknownType }
        bytes = text
        isBinary = false
    }

    /// Wraps a message that an encoder wrote in place: `bytes` begins with the digit of a message.
    init(encodedMessage bytes: [UInt8]) {
        assert(bytes.first == EnginePacketType.message.rawValue)
        self.bytes = bytes
        isBinary = false
    }

    /// The packet's type; always `message` for a binary packet.
    public var type: EnginePacketType {
        guard !isBinary, let first = bytes.first else { return .message }
        return EnginePacketType(rawValue: first) ?? .noop
    }

    /// The bytes after the type's digit, or all bytes of a binary message. O(1); shares the packet's storage.
    public var payload: ArraySlice<UInt8> { isBinary ? bytes[...] : bytes.dropFirst() }
}
