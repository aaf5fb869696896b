import Domain
import Gateway
import JSON
import SocketIO
import WebSocket

/// An event for sockets, encoded once for each framing, however many sockets it goes to.
final class EncodedEvent {
    /// The form in which a socket gets its events.
    enum Framing {
        /// For Socket.IO.
        case packet
        /// For Socket.IO clients that can resume, with the offset as the last argument.
        case packetWithOffset
        /// For plain WebSockets: `{"event":…,"data":…}`.
        case plain
    }

    let name: String
    /// The text of a JSON value.
    let data: [UInt8]
    /// The identity, as text, of the event up to which a client has everything once it has this one; empty if this one
    /// says nothing about that. The official client treats any string that is an event's last argument as an offset.
    let reached: [UInt8]

    /// For Socket.IO without offset: the packet, and the WebSocket frame with it.
    private lazy var packet = Self.packet(name, data)
    private lazy var packetFrame = Self.frame(packet.bytes)
    private(set) lazy var plainFrame = Self.plainFrame(name, data: data)
    /// For Socket.IO with the offset of one user, who may have several sockets.
    private var offsetPacket: (user: Identifier, packet: EnginePacket, frame: [UInt8])?

    init(_ name: String, data: [UInt8], reached: [UInt8] = []) {
        self.name = name
        self.data = data
        self.reached = reached
    }

    /// The Socket.IO packet for a socket.
    func packet(for subscriber: Subscriber) -> EnginePacket {
        hasOffset(for: subscriber) ? packetWithOffset(for: subscriber.user).packet : packet
    }

    /// The WebSocket frame for all Socket.IO clients without offsets.
    var sharedPacketFrame: [UInt8] { packetFrame }

    /// The WebSocket frame for a socket.
    func frame(for subscriber: Subscriber) -> [UInt8] {
        switch subscriber.framing {
        case .plain: plainFrame
        case .packet: packetFrame
        case .packetWithOffset:
            hasOffset(for: subscriber) ? packetWithOffset(for: subscriber.user).frame : packetFrame
        }
    }

    /// The event's arguments for a socket as values.
    func arguments(for subscriber: Subscriber) -> [JSONValue] {
        let value = (try? JSONParser.parse(data)) ?? .null
        guard hasOffset(for: subscriber) else { return [value] }
        let offset = ResumeOffset.text(id: reached, user: subscriber.user)
        return [value, .string(String(decoding: offset, as: UTF8.self))]
    }

    /// The payload of the event `error` for a client that may not listen, or not now.
    static func connectionRefused(_ refusal: Refusal) -> JSONValue {
        let reason = refusal.sentences.first ?? refusal.error
        guard case .tooMany = refusal else { return authenticationError(reason) }
        return ["message": "Too many sockets", "reason": .string(reason)]
    }

    /// The payload of the event `error`.
    static func authenticationError(_ reason: String) -> JSONValue {
        ["message": "Authentication required", "reason": .string(reason)]
    }

    /// The answer to the event `ping` of a plain WebSocket, which some libraries send to keep a connection alive.
    static let pong: [UInt8] = {
        var frame: [UInt8] = []
        WebSocketFrame.encode(.text, Array(#"{"event":"pong"}"#.utf8), into: &frame)
        return frame
    }()

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
