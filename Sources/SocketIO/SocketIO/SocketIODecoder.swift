import Bytes
import JSON

/// Assembles packets from Engine.IO messages: a text, then the attachments that it announces.
///
/// An idle decoder owns no memory. After a fault it must not be used again; the session is closed.
public struct SocketIODecoder: Sendable {
    private indirect enum State {
        case idle
        /// A packet with missing attachments; `bytes` is the size of those received so far.
        case awaiting(SocketIOPacket, expected: Int, bytes: Int)
    }

    private var state = State.idle
    private let settings: SocketIOSettings

    /// Creates a decoder with the limits of `settings`.
    public init(settings: SocketIOSettings) { self.settings = settings }

    /// Whether attachments of an announced packet are missing.
    public var isAwaitingAttachments: Bool { if case .awaiting = state { true } else { false } }

    /// Receives the next message and returns the packet that it completes, if any.
    ///
    /// - Throws: for a malformed packet, unannounced bytes, text where bytes are due, or attachments over a limit.
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

/// Reading packets.
extension SocketIOPacket {
    /// The longest accepted name of a namespace, in bytes.
    static let namespaceBytesMax = 256

    /// Reads the text of a packet; its `expected` attachments are still to come.
    ///
    /// - Throws: if the text breaks the protocol. The JSON of a CONNECT must be an object or missing, that of an event
    ///   an array that begins with an unreserved name, that of an acknowledgement an array.
    static func decode(
        text message: EnginePacket, settings: SocketIOSettings
    ) throws(PacketFault) -> (packet: SocketIOPacket, expected: Int) {
        var reader = PacketReader(bytes: message.bytes, position: 1)
        guard let digit = reader.next(), let type = SocketIOPacketType(rawValue: digit) else { throw .unknownType }
        var expected = 0
        if type.isBinary {
            guard let count = reader.number(), reader.next() == 0x2D, count > 0 else { throw .invalidAttachmentCount }
            guard count <= settings.attachmentsMax else { throw .tooManyAttachments }
            expected = count
        }
        let namespace = try reader.namespace()
        let id = try reader.acknowledgementID()
        let json = try reader.json(depthMax: settings.depthMax)
        let content = try content(of: type, id: id, json: json)
        if type.isBinary {
            var placeholders = PlaceholderCheck(count: expected)
            if let json { try placeholders.visit(json) }
            guard placeholders.isComplete else { throw .invalidPlaceholder }
        }
        return (SocketIOPacket(namespace: namespace, content: content), expected)
    }

    private static func content(
        of type: SocketIOPacketType, id: Int?, json: JSONValue?
    ) throws(PacketFault) -> Content {
        switch (type, json) {
        case (.connect, nil) where id == nil: return .connect(nil)
        case (.connect, .object(let payload)?) where id == nil: return .connect(payload)
        case (.disconnect, nil) where id == nil: return .disconnect
        case (.event, .array(let values)?), (.binaryEvent, .array(let values)?):
            return .event(name: try eventName(values.first), arguments: Array(values.dropFirst()), id: id)
        case (.acknowledgement, .array(let values)?), (.binaryAcknowledgement, .array(let values)?):
            guard let id else { throw .invalidAcknowledgementID }
            return .acknowledgement(id: id, arguments: values)
        case (.connectError, .object(let error)?) where id == nil:
            return .connectError(message: error["message"]?.stringValue ?? "", data: error["data"])
        default: throw .invalidPayload
        }
    }

    /// Reads an event's name. JavaScript clients may use numbers as names; listeners know them by their digits.
    private static func eventName(_ value: JSONValue?) throws(PacketFault) -> String {
        switch value {
        case .string(let name)?:
            guard !isReserved(event: name) else { throw .reservedEvent }
            return name
        case .integer(let number)?: return String(number)
        default: throw .invalidPayload
        }
    }
}

/// Reads the parts of a packet's text one after the other.
private struct PacketReader {
    let bytes: [UInt8]
    var position: Int

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func next() -> UInt8? {
        guard let byte = peek else { return nil }
        position += 1
        return byte
    }

    /// Reads the digits from here on as a number; nil if there are none or the number does not fit.
    mutating func number() -> Int? {
        let start = position
        while let byte = peek, byte.isASCIIDigit { position += 1 }
        return Decimal.parse(bytes[start..<position]).flatMap(Int.init(exactly:))
    }

    /// Reads a name up to its comma or the end, without any query; `/` if there is no name.
    mutating func namespace() throws(PacketFault) -> String {
        guard peek == 0x2F else { return "/" }
        let end = bytes[position...].firstIndex(of: 0x2C) ?? bytes.endIndex
        let name = bytes[position..<end].prefix { $0 != 0x3F }
        guard end - position <= SocketIOPacket.namespaceBytesMax else { throw .invalidNamespace }
        position = end == bytes.endIndex ? end : end + 1
        return String(decoding: name, as: UTF8.self)
    }

    mutating func acknowledgementID() throws(PacketFault) -> Int? {
        guard let byte = peek, byte.isASCIIDigit else { return nil }
        guard let id = number() else { throw .invalidAcknowledgementID }
        return id
    }

    /// Reads the rest; nil if nothing is left.
    mutating func json(depthMax: Int) throws(PacketFault) -> JSONValue? {
        guard position < bytes.count else { return nil }
        let limits = JSONLimits(depthMax: depthMax, bytesMax: bytes.count)
        do { return try JSONParser.parse(forgiving: bytes.span.extracting(position...), limits: limits) } catch {
            throw .invalidPayload
        }
    }
}

/// Checks that each placeholder names an announced attachment and that each attachment has a placeholder.
private struct PlaceholderCheck {
    private var isUsed: [Bool]

    init(count: Int) { isUsed = [Bool](repeating: false, count: count) }

    var isComplete: Bool { isUsed.allSatisfy { $0 } }

    /// Recursive; the parser has bounded the depth.
    mutating func visit(_ value: JSONValue) throws(PacketFault) {
        switch value {
        case .array(let values):
            for value in values { try visit(value) }
        case .object(let object) where object["_placeholder"] == .bool(true):
            guard let index = SocketIOPacket.attachmentIndex(of: value), isUsed.indices.contains(index) else {
                throw .invalidPlaceholder
            }
            isUsed[index] = true
        case .object(let object):
            for member in object.members { try visit(member.value) }
        default: break
        }
    }
}
