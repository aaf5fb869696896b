import JSON
import SocketIO
import WebSocket

/// An event for sockets, encoded once for each way of framing, however many it goes to.
final class EncodedEvent {
    /// How a socket wants its events.
    enum Framing {
        /// For Socket.IO.
        case packet
        /// For Socket.IO, with the offset as last argument, for clients that can recover their connection's state.
        case packetWithOffset
        /// For plain WebSocket: `{"event":…,"data":…}`.
        case plain
    }

    let name: String
    /// The text of a JSON value.
    let data: [UInt8]
    /// The notification's id; empty for events that are none. The official client takes any string that is an event's
    /// last argument for an offset.
    let offset: [UInt8]

    /// For Socket.IO: the packet, and the WebSocket frame with it.
    private(set) lazy var packet = Self.packet(name, data)
    private(set) lazy var packetFrame = Self.frame(packet.bytes)
    private(set) lazy var packetWithOffset = offset.isEmpty ? packet : Self.packet(name, data, offset: offset)
    private(set) lazy var packetFrameWithOffset = offset.isEmpty ? packetFrame : Self.frame(packetWithOffset.bytes)
    private(set) lazy var plainFrame = Self.plainFrame(name, data: data)

    func frame(_ framing: Framing) -> [UInt8] {
        switch framing {
        case .packet: packetFrame
        case .packetWithOffset: packetFrameWithOffset
        case .plain: plainFrame
        }
    }

    init(_ name: String, data: [UInt8], offset: [UInt8] = []) {
        self.name = name
        self.data = data
        self.offset = offset
    }

    /// The same as values.
    func arguments(_ framing: Framing) -> [JSONValue] {
        let value = (try? JSONParser.parse(data)) ?? .null
        guard framing == .packetWithOffset, !offset.isEmpty else { return [value] }
        return [value, .string(String(decoding: offset, as: UTF8.self))]
    }

    private static func packet(_ name: String, _ data: [UInt8], offset: [UInt8] = []) -> EnginePacket {
        var arguments = [data]
        if !offset.isEmpty { arguments.append([UInt8(ascii: "\"")] + offset + [UInt8(ascii: "\"")]) }
        return SocketIOPacket.encodedEvent(namespace: StationService.namespace, name: name, arguments: arguments)
    }

    private static func frame(_ text: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        WebSocketFrame.encode(.text, text, into: &frame)
        return frame
    }

    static func plainFrame(_ name: String, data: [UInt8]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("event", name)
        writer.key("data")
        writer.raw(data)
        writer.endObject()
        return frame(writer.bytes)
    }
}
