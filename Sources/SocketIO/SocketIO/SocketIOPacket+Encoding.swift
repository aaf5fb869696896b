import Bytes
import JSON

/// Writing packets.
extension SocketIOPacket {
    /// Encodes the packet as messages: its text, then its attachments. They must go out with nothing between them.
    ///
    /// - Precondition: see `text`.
    public func encoded() -> [EnginePacket] { [text] + attachments.map(EnginePacket.init(binary:)) }

    /// The message with everything but the attachments.
    ///
    /// - Precondition: the namespace begins with a slash and has no comma; only events and acknowledgements have
    ///   attachments; an event's name is not reserved.
    public var text: EnginePacket {
        switch content {
        case .connect(let payload):
            precondition(attachments.isEmpty, "a CONNECT has no attachments")
            var bytes = head(.connect, id: nil)
            if let payload { JSONValue.object(payload).write(into: &bytes) }
            return EnginePacket(encodedMessage: bytes)
        case .disconnect:
            precondition(attachments.isEmpty, "a DISCONNECT has no attachments")
            return EnginePacket(encodedMessage: head(.disconnect, id: nil))
        case .event(let name, let arguments, let id):
            precondition(!Self.isReserved(event: name), "an event must not have a reserved name")
            var writer = JSONWriter(appendingTo: head(attachments.isEmpty ? .event : .binaryEvent, id: id))
            writer.beginArray()
            writer.string(name)
            for argument in arguments { writer.value(argument) }
            writer.endArray()
            return EnginePacket(encodedMessage: writer.bytes)
        case .acknowledgement(let id, let arguments):
            let type: SocketIOPacketType = attachments.isEmpty ? .acknowledgement : .binaryAcknowledgement
            var bytes = head(type, id: id)
            JSONValue.array(arguments).write(into: &bytes)
            return EnginePacket(encodedMessage: bytes)
        case .connectError(let message, let data):
            precondition(attachments.isEmpty, "a CONNECT_ERROR has no attachments")
            var error: JSONObject = ["message": .string(message)]
            if let data { error.append("data", data) }
            var bytes = head(.connectError, id: nil)
            JSONValue.object(error).write(into: &bytes)
            return EnginePacket(encodedMessage: bytes)
        }
    }

    /// Encodes an event without attachments from arguments that are already JSON, once for any number of sessions.
    ///
    /// - Parameter arguments: the arguments, each the text of one JSON value.
    /// - Precondition: see `text`.
    public static func encodedEvent(namespace: String, name: String, arguments: [[UInt8]]) -> EnginePacket {
        precondition(!isReserved(event: name), "an event must not have a reserved name")
        let packet = SocketIOPacket(namespace: namespace, content: .disconnect)
        var writer = JSONWriter(appendingTo: packet.head(.event, id: nil))
        writer.beginArray()
        writer.string(name)
        for argument in arguments { writer.raw(argument) }
        writer.endArray()
        return EnginePacket(encodedMessage: writer.bytes)
    }

    /// Encodes an acknowledgement without attachments from arguments that are already JSON.
    ///
    /// - Parameter arguments: the arguments, each the text of one JSON value.
    /// - Precondition: see `text`.
    public static func encodedAcknowledgement(namespace: String, id: Int, arguments: [[UInt8]]) -> EnginePacket {
        let packet = SocketIOPacket(namespace: namespace, content: .disconnect)
        var writer = JSONWriter(appendingTo: packet.head(.acknowledgement, id: id))
        writer.beginArray()
        for argument in arguments { writer.raw(argument) }
        writer.endArray()
        return EnginePacket(encodedMessage: writer.bytes)
    }

    /// The part of the text before the JSON.
    private func head(_ type: SocketIOPacketType, id: Int?) -> [UInt8] {
        precondition(namespace.utf8.first == 0x2F && !namespace.utf8.contains(0x2C), "not a namespace's name")
        var bytes: [UInt8] = [EnginePacketType.message.rawValue, type.rawValue]
        if type.isBinary {
            bytes.append(decimal: attachments.count)
            bytes.append(0x2D)
        }
        if namespace != "/" {
            bytes.append(utf8: namespace)
            bytes.append(0x2C)
        }
        if let id { bytes.append(decimal: id) }
        return bytes
    }
}
