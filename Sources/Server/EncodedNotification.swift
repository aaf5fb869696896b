import JSON
import SocketIO
import WebSocket

/// An event for sockets, encoded once for each way of framing, however many it goes to.
struct EncodedNotification {
    let name: String
    /// For Socket.IO: the packet, and the WebSocket frame with it.
    let packet: EnginePacket
    let packetFrame: [UInt8]
    /// For plain WebSocket: `{"event":…,"data":…}` in a frame.
    let plainFrame: [UInt8]

    /// - Parameter data: the text of a JSON value.
    init(_ name: String, data: [UInt8], namespace: String) {
        self.name = name
        packet = SocketIOPacket.encodedEvent(namespace: namespace, name: name, arguments: [data])
        var frame: [UInt8] = []
        WebSocketFrame.encode(.text, packet.bytes, into: &frame)
        packetFrame = frame
        plainFrame = Self.plainFrame(name, data: data)
    }

    static func plainFrame(_ name: String, data: [UInt8]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("event", name)
        writer.key("data")
        writer.raw(data)
        writer.endObject()
        var frame: [UInt8] = []
        WebSocketFrame.encode(.text, writer.bytes, into: &frame)
        return frame
    }
}
