import Bytes
import Domain
import Gateway
import HTTP
import JSON
import Platform
import SocketIO
import WebSocket

/// The entrances through which clients listen: the Socket.IO namespace `/notifications`, and the plain WebSocket at the
/// same path with `{"event":…,"data":…}` frames. The default namespace exists too, as on any Socket.IO server, and is
/// silent: it needs no token, so being there ends no timeout.
final class NotificationSockets: SocketHandler, WebSocketHandler, PresenceHandler, DeliveryHandler {
    private static let messageBytesMax = 64 * 1024
    private static let authenticationMillis: Int64 = 10_000
    /// Frames without an event from one plain WebSocket: one a second is more than any keep-alive sends.
    private static let ignoredFramesPerMinuteMax = 60

    private let accounts: Accounts
    private let writeQuota: WriteQuota
    private let delivery: Delivery
    private let inbox: InboxAPI
    private let configuration: LiveConfiguration
    private let resumption: Resumption
    private let jobs: JobQueue
    /// The subscribers whose channel is a plain WebSocket.
    private var plainSubscribers: [ConnectionID: Subscriber] = [:]
    private var ignoredFrames = MinuteQuota<ConnectionID>()
    /// Plain WebSockets whose clients have yet to authenticate, longest first.
    private var unauthenticated: [(connection: ConnectionID, deadline: MonotonicTime)] = []

    init(
        accounts: Accounts, writeQuota: WriteQuota, delivery: Delivery, inbox: InboxAPI,
        configuration: LiveConfiguration, resumption: Resumption, jobs: JobQueue
    ) {
        self.jobs = jobs
        self.accounts = accounts
        self.writeQuota = writeQuota
        self.delivery = delivery
        self.inbox = inbox
        self.configuration = configuration
        self.resumption = resumption
    }

    /// When `expire` is to be called, if at all.
    var deadline: MonotonicTime? { .earlier(unauthenticated.first?.deadline, delivery.subscribers.nextExpiry) }

    /// Closes the WebSockets whose clients have not authenticated in time, and the sockets whose tokens have expired.
    func expire(through loop: EventLoop, now: Moment) {
        for subscriber in delivery.subscribers.expired(at: now.monotonic) {
            subscriber.dismiss(reason: "The token has expired", through: loop)
        }
        while let first = unauthenticated.first, first.deadline <= now.monotonic {
            unauthenticated.removeFirst()
            refuse(first.connection, .unauthorized("No token was given in time"), through: loop)
        }
    }

    // MARK: Socket.IO

    func socketConnecting(_ socket: Socket, auth: JSONObject?, through loop: EventLoop, now: Moment) {
        let people = delivery.dependencyOnPeople
        guard socket.namespace == Subscriber.namespace else {
            return loop.accept(socket, sid: loop.makeName().description, isAuthenticated: false, after: .nothing)
        }
        do throws(Refusal) {
            let token = try Self.token(auth: auth, of: socket.client)
            let session = try accounts.tokens.session(Array(token.utf8)[...], now: now)
            let user = session.user
            let wishes = Subscriber.Wishes.socketIO(auth)
            // The session that it resumes is closed first, which makes room.
            let resumed = resumption.resume(auth, wishes, of: user.id, through: loop, now: now)
            try delivery.requireRoom(for: user, through: loop, now: now)
            let subscriber = Subscriber(
                user: user.id, socketID: resumed?.id.socketID ?? loop.makeName(),
                channel: .socketIO(socket.client), token: session.standing, expiresAt: session.end(now: now),
                wishes: wishes, connectedAt: now.wall)
            let start = resumed?.start ?? delivery.proofs.deliveredPosition(of: user.id)
            loop.accept(
                socket, sid: subscriber.socketID.description,
                members: resumption.connectMembers(
                    for: subscriber, resumed: resumed?.id, after: start?.sequence ?? 0),
                after: people)
            socket.client.attachment = subscriber
            delivery.join(subscriber, as: user, through: loop, now: now)
            loop.emit("connected", [Self.greeting(for: user)], to: socket, after: people)
            if let start { delivery.begin(with: subscriber, after: start, through: loop, now: now) }
        } catch {
            let reason = error.sentences.first ?? error.error
            loop.log.write(.info, "WebsocketGateway", "Connection refused: \(reason)", at: now)
            loop.accept(socket, sid: loop.makeName().description, isAuthenticated: false, after: people)
            loop.emit("error", [EncodedEvent.connectionRefused(error)], to: socket, after: people)
            // A client that the station has removed from the namespace does not come back by itself. One whose
            // transport was closed tries again.
            if case .tooMany = error { loop.closeSession(of: socket.client) } else { loop.disconnect(socket) }
        }
    }

    func socketReceived(_ event: SocketIOEvent, from socket: Socket, through loop: EventLoop, now: Moment) {
        guard let subscriber = subscriber(of: socket) else { return }
        if event.name == "notifications:list" {
            // Nobody hears the answer to an event without an id.
            guard let id = event.id else { return }
            let recipient = JobQueue.Recipient.acknowledgement(subscriber, id: id)
            return list(event.arguments.first, recipient, of: subscriber, through: loop, now: now)
        }
        let answer = answer(to: event.name, event.arguments.first, of: subscriber, through: loop, now: now)
        if let id = event.id, let answer { loop.acknowledge(id, [answer], to: socket) }
    }

    func socketDisconnected(_ socket: Socket, reason: String, through loop: EventLoop, now: Moment) {
        guard let subscriber = subscriber(of: socket) else { return }
        socket.client.attachment = nil
        delivery.leave(subscriber, reason: reason, through: loop, now: now)
    }

    private func subscriber(of socket: Socket) -> Subscriber? {
        socket.namespace == Subscriber.namespace ? socket.client.attachment as? Subscriber : nil
    }

    /// The token in the CONNECT payload, otherwise the one in the handshake's `Authorization` field or query.
    private static func token(auth: JSONObject?, of client: EngineClient) throws(Refusal) -> String {
        if let token = auth?["token"]?.stringValue, !token.isEmpty {
            // Some clients send the whole value of the header here.
            return BearerToken.parse(token) ?? token
        }
        if let authorization = client.authorization, let token = BearerToken.parse(authorization) { return token }
        if let token = client.queryToken, !token.isEmpty { return BearerToken.parse(token) ?? token }
        throw .unauthorized("No token was given")
    }

    // MARK: Plain WebSockets

    /// The answer to a request for the WebSocket's path; nil if the request is for something else.
    func upgrade(_ request: HTTPRequest) -> Answer? {
        guard request.path == Subscriber.namespace || request.path == Subscriber.namespace + "/", request.method == .get
        else { return nil }
        guard !request.upgradeProtocols.isEmpty else {
            var response = ErrorBody.response(
                .upgradeRequired, "This is a WebSocket; notifications over REST are at /api/v1/notifications")
            response.fields.set("Upgrade", "websocket")
            return .response(response, after: .nothing)
        }
        return .webSocket(
            WebSocketEndpoint(
                messageBytesMax: Self.messageBytesMax,
                pingIntervalMillis: Int64(configuration.limits.pingIntervalMillis)))
    }

    func webSocketOpened(
        _ connection: ConnectionID, endpoint: WebSocketEndpoint, request: HTTPRequest, through loop: EventLoop,
        now: Moment
    ) {
        let token = request.fields["Authorization"].flatMap { BearerToken.parse($0) } ?? request.query["token"]
        if let token {
            let wishes = Subscriber.Wishes.urgency(request.query["order"])
            admit(connection, token: token, wishes, through: loop, now: now)
        } else {
            // The first frame may bring the token.
            let deadline = now.monotonic.advanced(byMilliseconds: Self.authenticationMillis)
            unauthenticated.append((connection, deadline))
        }
    }

    func webSocketReceived(
        _ message: WebSocketMessage, from connection: ConnectionID, through loop: EventLoop, now: Moment
    ) {
        guard case .text(let text) = message else {
            return loop.closeWebSocket(connection, .unsupportedData, reason: "frames are JSON text")
        }
        guard let frame = try? JSONParser.parse(forgiving: text), let name = frame["event"]?.stringValue else {
            return ignore(connection, through: loop, now: now)
        }
        if name == "ping" {
            loop.sendFrames(EncodedEvent.pong, to: connection, after: .nothing)
            return
        }
        if let subscriber = subscriber(at: connection) {
            if name == "notifications:list" {
                let recipient = JobQueue.Recipient.frame(subscriber, name: name)
                return list(frame["data"], recipient, of: subscriber, through: loop, now: now)
            }
            guard let answer = answer(to: name, frame["data"], of: subscriber, through: loop, now: now) else { return }
            loop.sendFrames(EncodedEvent.plainFrame(name, data: answer.encoded()), to: connection)
        } else if name == "auth" {
            let wishes = Subscriber.Wishes.urgency(frame["data"]?["order"]?.stringValue)
            admit(connection, token: frame["data"]?["token"]?.stringValue, wishes, through: loop, now: now)
        } else {
            refuse(connection, .unauthorized("The first frame must be the event auth with a token"), through: loop)
        }
    }

    /// Ignores a frame without an event. Many libraries keep a connection alive with a text of their own (`ping`, an
    /// empty one, `{"type":"ping"}`), and the WebSocket's own pings do the rest. A client that sends many is at fault.
    private func ignore(_ connection: ConnectionID, through loop: EventLoop, now: Moment) {
        let quota = Self.ignoredFramesPerMinuteMax
        guard ignoredFrames.wait(connection, perMinute: quota, now: now.monotonic) == nil else {
            return loop.closeWebSocket(connection, .policyViolation, reason: #"a frame is {"event":"...","data":...}"#)
        }
        ignoredFrames.note(connection, perMinute: quota, now: now.monotonic)
    }

    func webSocketClosed(_ connection: ConnectionID, through loop: EventLoop, now: Moment) {
        unauthenticated.removeAll { $0.connection == connection }
        guard let subscriber = plainSubscribers.removeValue(forKey: connection), !subscriber.isGone else { return }
        delivery.leave(subscriber, reason: "transport close", through: loop, now: now)
    }

    /// The subscriber that listens on a plain WebSocket and has not left.
    private func subscriber(at connection: ConnectionID) -> Subscriber? {
        guard let subscriber = plainSubscribers[connection], !subscriber.isGone else { return nil }
        return subscriber
    }

    private func admit(
        _ connection: ConnectionID, token: String?, _ wishes: Subscriber.Wishes, through loop: EventLoop, now: Moment
    ) {
        unauthenticated.removeAll { $0.connection == connection }
        do throws(Refusal) {
            guard let token, !token.isEmpty else { throw .unauthorized("No token was given") }
            let session = try accounts.tokens.session(Array((BearerToken.parse(token) ?? token).utf8)[...], now: now)
            let user = session.user
            try delivery.requireRoom(for: user, through: loop, now: now)
            let subscriber = Subscriber(
                user: user.id, socketID: loop.makeName(), channel: .webSocket(connection),
                token: session.standing, expiresAt: session.end(now: now), wishes: wishes,
                connectedAt: now.wall)
            plainSubscribers[connection] = subscriber
            loop.noteAuthenticated(connection)
            delivery.join(subscriber, as: user, through: loop, now: now)
            loop.sendFrames(
                EncodedEvent.plainFrame("connected", data: Self.greeting(for: user).encoded()), to: connection,
                after: delivery.dependencyOnPeople)
            if let start = delivery.proofs.deliveredPosition(of: user.id) {
                delivery.begin(with: subscriber, after: start, through: loop, now: now)
            }
        } catch {
            let reason = error.sentences.first ?? error.error
            loop.log.write(.info, "WebsocketGateway", "Connection refused: \(reason)", at: now)
            refuse(connection, error, through: loop)
        }
    }

    private func refuse(_ connection: ConnectionID, _ refusal: Refusal, through loop: EventLoop) {
        loop.sendFrames(
            EncodedEvent.plainFrame("error", data: EncodedEvent.connectionRefused(refusal).encoded()), to: connection,
            after: delivery.dependencyOnPeople)
        if case .tooMany = refusal {
            loop.closeWebSocket(connection, .tryAgainLater, reason: "Too many sockets")
        } else {
            loop.closeWebSocket(connection, .policyViolation, reason: "Authentication required")
        }
    }

    // MARK: Proofs and room

    func clientPonged(_ client: EngineClient, ping: UInt32, through loop: EventLoop, now: Moment) {
        guard let subscriber = client.attachment as? Subscriber else { return }
        delivery.proofs.ponged(subscriber, ping, now: now)
    }

    func webSocketPonged(_ connection: ConnectionID, ping: UInt32, through loop: EventLoop, now: Moment) {
        guard let subscriber = subscriber(at: connection) else { return }
        delivery.proofs.ponged(subscriber, ping, now: now)
    }

    func socketAcknowledged(_ socket: Socket, id: Int, through loop: EventLoop, now: Moment) {
        guard let subscriber = subscriber(of: socket) else { return }
        delivery.proofs.acknowledged(subscriber, id: id, now: now)
        // The client may have owed too many acknowledgements to be sent more.
        delivery.catchUps.enqueue(subscriber)
    }

    func clientsHaveRoom(_ clients: [ClientWithRoom]) {
        for client in clients {
            let subscriber =
                switch client {
                case .engine(let client): client.attachment as? Subscriber
                case .webSocket(let connection): subscriber(at: connection)
                }
            guard let subscriber else { continue }
            delivery.announcer.changes.noteRoom(subscriber)
            delivery.catchUps.enqueue(subscriber)
            jobs.resume(subscriber)
        }
    }

    // MARK: Both kinds of sockets

    /// The payload of the event `connected`.
    private static func greeting(for user: User) -> JSONValue {
        [
            "message": "Successfully connected", "userId": .integer(Int64(user.id)),
            "role": .string(user.role.rawValue),
        ]
    }

    /// Answers `notifications:list`, now or later.
    private func list(
        _ payload: JSONValue?, _ recipient: JobQueue.Recipient, of subscriber: Subscriber, through loop: EventLoop,
        now: Moment
    ) {
        let scope = accounts.inboxScope(of: subscriber.user)
        let job: any Job
        do throws(Refusal) {
            job = try inbox.list(payload ?? .object(JSONObject()), by: .user(subscriber.user))
        } catch {
            job = RefusedJob(error)
        }
        jobs.answer(job, to: recipient, of: subscriber.user, showing: scope, through: loop, now: now)
    }

    /// Lets a socket go on with a new token of the same user.
    private func renew(
        _ subscriber: Subscriber, _ payload: JSONValue?, now: Moment
    ) throws(Refusal) -> JSONValue {
        guard let token = payload?["token"]?.stringValue else { throw .invalid(["token must be a string"]) }
        let session = try accounts.tokens.session(Array((BearerToken.parse(token) ?? token).utf8)[...], now: now)
        guard session.user.id == subscriber.user else { throw .forbidden("The token is another user's") }
        subscriber.token = session.standing
        delivery.subscribers.setExpiry(session.end(now: now), of: subscriber)
        return ["expires_in": .integer(max(0, session.expiresAt - now.wall.seconds))]
    }

    /// The acknowledgement of a client's event; nil if the event is unknown.
    private func answer(
        to name: String, _ payload: JSONValue?, of subscriber: Subscriber, through loop: EventLoop, now: Moment
    ) -> JSONValue? {
        do throws(Refusal) {
            switch name {
            case "auth:refresh": return try renew(subscriber, payload, now: now)
            case "notifications:read":
                if let user = accounts.user(subscriber.user) { try writeQuota.spend(user, now: now) }
                return try inbox.answerRead(
                    payload ?? .null, by: .user(subscriber.user), origin: subscriber.socketID, now: now)
            case "ticket:view":
                return try delivery.viewers.view(payload, by: subscriber, through: loop, now: now)
            case "ticket:leave":
                delivery.viewers.leave(subscriber, through: loop)
                return [:]
            default: return nil
            }
        } catch {
            var writer = JSONWriter()
            error.write(into: &writer)
            return ["error": (try? JSONParser.parse(writer.bytes)) ?? .null]
        }
    }
}
