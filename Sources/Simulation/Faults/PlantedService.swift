import Bytes
import Gateway
import HTTP
import JSON
import Platform
import Server
import SocketIO
import WebSocket

/// The station with a planted bug: in the order of a turn, the rights of callers, or what counts as delivered.
final class PlantedService: RequestHandler, SocketHandler, DeliveryHandler, TurnHandler {
    private let service: Service
    private let bug: PlantedBug
    private let adminToken: () -> String
    private var requestCount = 0
    /// The last event that was written, for `releasedEarly`.
    private var writtenSequence: UInt64 = 0
    private var clients: [(client: EngineClient, ping: UInt32)] = []

    init(_ service: Service, _ bug: PlantedBug, adminToken: @escaping () -> String) {
        self.service = service
        self.bug = bug
        self.adminToken = adminToken
    }

    func answer(
        _ request: HTTPRequest, from exchange: Exchange, through gateway: EventLoop, now: Moment
    ) -> Answer {
        var request = request
        requestCount += 1
        if bug == .wrongCaller, request.method == .get, requestCount % 3 == 0 {
            request.fields.set("Authorization", "Bearer \(adminToken())")
        }
        let answer = service.requests.answer(request, from: exchange, through: gateway, now: now)
        if bug == .unheldReads, request.method == .get, case .response(let response, _) = answer {
            return .response(response, after: .nothing)
        }
        return answer
    }

    var lastSequence: UInt64 { service.turn?.lastSequence ?? 0 }

    var durableSequence: UInt64 {
        switch bug {
        case .replyBeforeCommit: lastSequence
        case .releasedEarly: max(writtenSequence, service.turn?.durableSequence ?? 0)
        default: service.turn?.durableSequence ?? 0
        }
    }

    func beginCommit(now: Moment) throws(ServiceFailure) -> SyncRequest? {
        let request = try service.turn?.beginCommit(now: now)
        if request != nil { writtenSequence = lastSequence }
        return request
    }

    func endCommit(_ outcome: SyncOutcome, now: Moment) throws(ServiceFailure) {
        try service.turn?.endCommit(outcome, now: now)
    }

    func release(through gateway: EventLoop, now: Moment) {
        service.turn?.release(through: gateway, now: now)
        guard bug == .deliveredWhenWritten else { return }
        for index in clients.indices {
            for number in 1...2 {
                let ping = clients[index].ping &+ UInt32(number)
                service.delivery?.clientPonged(clients[index].client, ping: ping, through: gateway, now: now)
            }
        }
    }

    func catchUp(through gateway: EventLoop, now: Moment) {
        service.turn?.catchUp(through: gateway, now: now)
    }

    func socketConnecting(_ socket: Socket, auth: JSONObject?, through gateway: EventLoop, now: Moment) {
        if bug == .deliveredWhenWritten { clients.append((socket.client, 0)) }
        service.sockets?.socketConnecting(socket, auth: auth, through: gateway, now: now)
    }

    func clientPonged(_ client: EngineClient, ping: UInt32, through gateway: EventLoop, now: Moment) {
        for index in clients.indices where clients[index].client === client { clients[index].ping = ping }
        service.delivery?.clientPonged(client, ping: ping, through: gateway, now: now)
    }

    // MARK: Passed on unchanged

    /// The service, with this in place of the handlers that a bug may change.
    var handlers: Service {
        var handlers = service
        handlers.requests = self
        handlers.sockets = self
        handlers.delivery = self
        handlers.turn = self
        return handlers
    }

    var deadline: MonotonicTime? { service.turn?.deadline }

    func expire(through gateway: EventLoop, now: Moment) { service.turn?.expire(through: gateway, now: now) }

    func announce(toNext countMax: Int, through gateway: EventLoop, now: Moment) -> Bool {
        service.turn?.announce(toNext: countMax, through: gateway, now: now) ?? false
    }

    func reload(through gateway: EventLoop, now: Moment) { service.turn?.reload(through: gateway, now: now) }

    func socketReceived(_ event: SocketIOEvent, from socket: Socket, through gateway: EventLoop, now: Moment) {
        service.sockets?.socketReceived(event, from: socket, through: gateway, now: now)
    }

    func webSocketPonged(_ connection: ConnectionID, ping: UInt32, through gateway: EventLoop, now: Moment) {
        service.delivery?.webSocketPonged(connection, ping: ping, through: gateway, now: now)
    }

    func socketAcknowledged(_ socket: Socket, id: Int, through gateway: EventLoop, now: Moment) {
        service.delivery?.socketAcknowledged(socket, id: id, through: gateway, now: now)
    }

    func clientsHaveRoom(_ clients: [ClientWithRoom]) { service.delivery?.clientsHaveRoom(clients) }
}
