import Bytes
import HTTP
import JSON
import Server
import SocketIO
import WebSocket

/// The station with a planted bug: in the order of a turn, the rights of callers, or what counts as delivered.
final class PlantedService: Service {
    private let service: StationService
    private let bug: PlantedBug
    private let adminToken: () -> String
    private var requestCount = 0
    private var clients: [(client: EngineClient, ping: UInt32)] = []

    init(_ service: StationService, _ bug: PlantedBug, adminToken: @escaping () -> String) {
        self.service = service
        self.bug = bug
        self.adminToken = adminToken
    }

    func answer(
        _ request: HTTPRequest, from exchange: Exchange, through gateway: Gateway, now: Moment
    ) -> Answer {
        var request = request
        requestCount += 1
        if bug == .wrongCaller, request.method == .get, requestCount % 3 == 0 {
            request.fields.set("Authorization", "Bearer \(adminToken())")
        }
        return service.answer(request, from: exchange, through: gateway, now: now)
    }

    func commit(now: Moment) throws(ServiceFailure) {
        if bug != .replyBeforeCommit { try service.commit(now: now) }
    }

    func release(through gateway: Gateway, now: Moment) {
        service.release(through: gateway, now: now)
        guard bug == .deliveredWhenWritten else { return }
        for index in clients.indices {
            for number in 1...2 {
                let ping = clients[index].ping &+ UInt32(number)
                service.clientPonged(clients[index].client, ping: ping, through: gateway, now: now)
            }
        }
    }

    func catchUp(through gateway: Gateway, now: Moment) {
        service.catchUp(through: gateway, now: now)
        // By now every reply of the turn has left.
        if bug == .replyBeforeCommit { try? service.commit(now: now) }
    }

    func socketConnecting(_ socket: Socket, auth: JSONObject?, through gateway: Gateway, now: Moment) {
        if bug == .deliveredWhenWritten { clients.append((socket.client, 0)) }
        service.socketConnecting(socket, auth: auth, through: gateway, now: now)
    }

    func clientPonged(_ client: EngineClient, ping: UInt32, through gateway: Gateway, now: Moment) {
        for index in clients.indices where clients[index].client === client { clients[index].ping = ping }
        service.clientPonged(client, ping: ping, through: gateway, now: now)
    }

    // MARK: Passed on unchanged

    var deadline: MonotonicTime? { service.deadline }

    func expire(through gateway: Gateway, now: Moment) { service.expire(through: gateway, now: now) }

    func reload(through gateway: Gateway, now: Moment) { service.reload(through: gateway, now: now) }

    func webSocketOpened(
        _ connection: ConnectionID, endpoint: WebSocketEndpoint, request: HTTPRequest, through gateway: Gateway,
        now: Moment
    ) {
        service.webSocketOpened(connection, endpoint: endpoint, request: request, through: gateway, now: now)
    }

    func webSocketReceived(
        _ message: WebSocketMessage, from connection: ConnectionID, through gateway: Gateway, now: Moment
    ) {
        service.webSocketReceived(message, from: connection, through: gateway, now: now)
    }

    func webSocketPonged(_ connection: ConnectionID, ping: UInt32, through gateway: Gateway, now: Moment) {
        service.webSocketPonged(connection, ping: ping, through: gateway, now: now)
    }

    func webSocketHasRoom(_ connection: ConnectionID) { service.webSocketHasRoom(connection) }

    func webSocketClosed(_ connection: ConnectionID, through gateway: Gateway, now: Moment) {
        service.webSocketClosed(connection, through: gateway, now: now)
    }

    func engineReceived(_ message: EnginePacket, from client: EngineClient, through gateway: Gateway, now: Moment) {
        service.engineReceived(message, from: client, through: gateway, now: now)
    }

    func socketReceived(_ event: SocketIOEvent, from socket: Socket, through gateway: Gateway, now: Moment) {
        service.socketReceived(event, from: socket, through: gateway, now: now)
    }

    func socketAcknowledged(_ socket: Socket, id: Int, through gateway: Gateway, now: Moment) {
        service.socketAcknowledged(socket, id: id, through: gateway, now: now)
    }

    func clientHasRoom(_ client: EngineClient) { service.clientHasRoom(client) }

    func socketDisconnected(_ socket: Socket, reason: String, through gateway: Gateway, now: Moment) {
        service.socketDisconnected(socket, reason: reason, through: gateway, now: now)
    }

    func childEnded(_ child: ConnectionID, output: [UInt8], through gateway: Gateway, now: Moment) {
        service.childEnded(child, output: output, through: gateway, now: now)
    }

    func outgoingConnected(_ connection: ConnectionID, through gateway: Gateway, now: Moment) {
        service.outgoingConnected(connection, through: gateway, now: now)
    }

    func outgoingReceived(_ bytes: Span<UInt8>, from connection: ConnectionID, through gateway: Gateway, now: Moment) {
        service.outgoingReceived(bytes, from: connection, through: gateway, now: now)
    }

    func outgoingEnded(_ connection: ConnectionID, _ end: OutgoingEnd, through gateway: Gateway, now: Moment) {
        service.outgoingEnded(connection, end, through: gateway, now: now)
    }
}
