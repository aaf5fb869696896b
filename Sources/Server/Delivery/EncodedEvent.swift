import Domain
import Gateway
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
    /// Up to which event a client has everything with this one: the text of that event's identity; empty where this
    /// says nothing. The official client takes any string that is an event's last argument for an offset.
    let reached: [UInt8]

    /// For Socket.IO: the packet, and the WebSocket frame with it.
    private lazy var packet = Self.packet(name, data)
    private lazy var packetFrame = Self.frame(packet.bytes)
    private(set) lazy var plainFrame = Self.plainFrame(name, data: data)
    /// The packet with the offset of one user, who may have several sockets.
    private var offsetPacket: (user: Identifier, packet: EnginePacket, frame: [UInt8])?

    init(_ name: String, data: [UInt8], reached: [UInt8] = []) {
        self.name = name
        self.data = data
        self.reached = reached
    }

    /// The event as this socket's client gets it in a packet of Socket.IO.
    func packet(for subscriber: Subscriber) -> EnginePacket {
        hasOffset(for: subscriber) ? packetWithOffset(for: subscriber.user).packet : packet
    }

    /// The frame for all clients of Socket.IO that want no offset.
    var sharedPacketFrame: [UInt8] { packetFrame }

    /// The event as this socket's client gets it over a WebSocket.
    func frame(for subscriber: Subscriber) -> [UInt8] {
        switch subscriber.framing {
        case .plain: plainFrame
        case .packet: packetFrame
        case .packetWithOffset:
            hasOffset(for: subscriber) ? packetWithOffset(for: subscriber.user).frame : packetFrame
        }
    }

    /// The event's arguments as values.
    func arguments(for subscriber: Subscriber) -> [JSONValue] {
        let value = (try? JSONParser.parse(data)) ?? .null
        guard hasOffset(for: subscriber) else { return [value] }
        let offset = ResumeOffset.text(id: reached, user: subscriber.user)
        return [value, .string(String(decoding: offset, as: UTF8.self))]
    }

    /// The payload of the event `error`.
    static func authenticationError(_ reason: String) -> JSONValue {
        ["message": "Authentication required", "reason": .string(reason)]
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

    // MARK: - Private

    private func hasOffset(for subscriber: Subscriber) -> Bool {
        subscriber.framing == .packetWithOffset && !reached.isEmpty
    }

    private func packetWithOffset(for user: Identifier) -> (packet: EnginePacket, frame: [UInt8]) {
        if let offsetPacket, offsetPacket.user == user { return (offsetPacket.packet, offsetPacket.frame) }
        let packet = Self.packet(name, data, offset: ResumeOffset.text(id: reached, user: user))
        let frame = Self.frame(packet.bytes)
        offsetPacket = (user, packet, frame)
        return (packet, frame)
    }

    private static func packet(_ name: String, _ data: [UInt8], offset: [UInt8] = []) -> EnginePacket {
        var arguments = [data]
        if !offset.isEmpty { arguments.append([UInt8(ascii: "\"")] + offset + [UInt8(ascii: "\"")]) }
        return SocketIOPacket.encodedEvent(namespace: Subscriber.namespace, name: name, arguments: arguments)
    }

    private static func frame(_ text: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        WebSocketFrame.encode(.text, text, into: &frame)
        return frame
    }
}
