import Bytes
import Gateway
import HTTP
import JSON
import Platform
import SocketIO
import WebSocket

/// The service that the protocols' public test suites expect: Socket.IO on `/socket.io/` with the namespaces `/` and
/// `/custom`, an Engine.IO echo on `/engine.io/`, and a WebSocket echo on `/echo`. An answer that no socket's buffer
/// takes at once is at `/long`.
final class EchoService: RequestHandler, SocketHandler, WebSocketHandler, EngineHandler {
    static let echoBytesMax = 16 * 1024 * 1024
    private static let longBytes = 8 * 1024 * 1024

    /// The parts that the loop calls, all of them this object.
    var handlers: Service {
        var service = Service(requests: self)
        service.sockets = self
        service.webSockets = self
        service.engine = self
        return service
    }

    func answer(
        _ request: HTTPRequest, from exchange: Exchange, through loop: EventLoop, now: Moment
    ) -> Answer {
        if request.path == "/long" {
            return .response(.text(String(repeating: "a", count: Self.longBytes)), after: .nothing)
        }
        guard request.path == "/echo" else {
            return .response(.text("This server has /socket.io/, /engine.io/ and /echo.\n", status: .notFound))
        }
        return .webSocket(WebSocketEndpoint(messageBytesMax: Self.echoBytesMax, pingIntervalMillis: nil))
    }

    func webSocketReceived(
        _ message: WebSocketMessage, from connection: ConnectionID, through loop: EventLoop, now: Moment
    ) {
        var frame: [UInt8] = []
        switch message {
        case .text(let text): WebSocketFrame.encode(.text, text, into: &frame)
        case .binary(let bytes): WebSocketFrame.encode(.binary, bytes, into: &frame)
        }
        loop.sendFrames(frame, to: connection)
    }

    func engineReceived(_ message: EnginePacket, from client: EngineClient, through loop: EventLoop, now: Moment) {
        loop.sendMessage(message, to: client)
    }

    // MARK: Socket.IO

    func socketConnecting(_ socket: Socket, auth: JSONObject?, through loop: EventLoop, now: Moment) {
        loop.accept(socket, sid: loop.makeName().description)
        loop.emit("auth", [.object(auth ?? JSONObject())], to: socket)
    }

    func socketReceived(_ event: SocketIOEvent, from socket: Socket, through loop: EventLoop, now: Moment) {
        switch event.name {
        case "message":
            loop.emit("message-back", event.arguments, attachments: event.attachments, to: socket)
        case "message-with-ack":
            if let id = event.id {
                loop.acknowledge(id, event.arguments, attachments: event.attachments, to: socket)
            }
        default: break
        }
    }
}
