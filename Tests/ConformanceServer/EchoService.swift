import Bytes
import HTTP
import JSON
import Platform
import Server
import SocketIO
import WebSocket

/// What the protocols' public test suites speak to: Socket.IO on `/socket.io/` with the namespaces `/` and `/custom`,
/// an Engine.IO echo on `/engine.io/`, and a WebSocket echo on `/echo`.
final class EchoService: Service {
    static let echoBytesMax = 16 * 1024 * 1024

    func answer(
        _ request: HTTPRequest, from exchange: Exchange, through gateway: Gateway, now: Moment
    ) -> Answer {
        guard request.path == "/echo" else {
            return .response(.text("There is /socket.io/, /engine.io/ and /echo here.\n", status: .notFound))
        }
        return .webSocket(WebSocketEndpoint(messageBytesMax: Self.echoBytesMax, pingIntervalMillis: nil))
    }

    func webSocketOpened(
        _ connection: ConnectionID, endpoint: WebSocketEndpoint, request: HTTPRequest, through gateway: Gateway,
        now: Moment
    ) {}

    func webSocketReceived(
        _ message: WebSocketMessage, from connection: ConnectionID, through gateway: Gateway, now: Moment
    ) {
        var frame: [UInt8] = []
        switch message {
        case .text(let text): WebSocketFrame.encode(.text, text, into: &frame)
        case .binary(let bytes): WebSocketFrame.encode(.binary, bytes, into: &frame)
        }
        gateway.sendFrames(frame, to: connection)
    }

    func webSocketPonged(_ connection: ConnectionID, ping: UInt32, through gateway: Gateway, now: Moment) {}

    func webSocketHasRoom(_ connection: ConnectionID) {}

    func webSocketClosed(_ connection: ConnectionID, through gateway: Gateway, now: Moment) {}

    func engineReceived(_ message: EnginePacket, from client: EngineClient, through gateway: Gateway, now: Moment) {
        gateway.send(message, to: client)
    }

    func childEnded(_ child: ConnectionID, output: [UInt8], through gateway: Gateway, now: Moment) {}

    var deadline: MonotonicTime? { nil }

    func expire(through gateway: Gateway, now: Moment) {}

    func commit(now: Moment) {}

    func release(through gateway: Gateway, now: Moment) {}

    func catchUp(through gateway: Gateway, now: Moment) {}

    func reload(through gateway: Gateway, now: Moment) {}

    // MARK: Socket.IO

    func socketConnecting(_ socket: Socket, auth: JSONObject?, through gateway: Gateway, now: Moment) {
        gateway.accept(socket, sid: gateway.makeName().description)
        gateway.emit("auth", [.object(auth ?? JSONObject())], to: socket)
    }

    func socketReceived(_ event: SocketIOEvent, from socket: Socket, through gateway: Gateway, now: Moment) {
        switch event.name {
        case "message":
            gateway.emit("message-back", event.arguments, attachments: event.attachments, to: socket)
        case "message-with-ack":
            if let id = event.id {
                gateway.acknowledge(id, event.arguments, attachments: event.attachments, to: socket)
            }
        default: break
        }
    }

    func socketAcknowledged(_ socket: Socket, id: Int, through gateway: Gateway, now: Moment) {}

    func clientPonged(_ client: EngineClient, ping: UInt32, through gateway: Gateway, now: Moment) {}

    func clientHasRoom(_ client: EngineClient) {}

    func socketDisconnected(_ socket: Socket, reason: String, through gateway: Gateway, now: Moment) {}
}
