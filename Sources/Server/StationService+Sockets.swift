import Crypto
import Domain
import Gateway
import HTTP
import JSON
import Platform
import SocketIO

/// The Socket.IO namespace `/notifications`. The default namespace is there too, as with any Socket.IO server, and says
/// nothing.
extension StationService {
    static let namespace = "/notifications"

    public func socketConnecting(_ socket: Socket, auth: JSONObject?, through loop: EventLoop, now: Moment) {
        guard socket.namespace == Self.namespace else {
            return loop.accept(socket, sid: loop.makeName().description)
        }
        do throws(Refusal) {
            let token = try Self.token(auth: auth, authorization: socket.client.authorization)
            let user = try authenticate(token: token, now: now)
            let wishes = Subscriber.Wishes.socketIO(auth)
            // What it resumes goes first, and makes room for it.
            let resumed = resume(auth, wishes, of: user.id, through: loop, now: now)
            try mustHaveRoom(for: user, through: loop, now: now)
            let subscriber = Subscriber(
                user: user.id, socketID: resumed?.name.socketID ?? loop.makeName(),
                channel: .socketIO(socket.client), issuedAt: issuedAt(of: token, now: now), wishes: wishes)
            let start = resumed?.start ?? deliveredPosition(of: user.id)
            loop.accept(
                socket, sid: subscriber.socketID.description,
                members: recoveryMembers(for: subscriber, resumed: resumed?.name, behind: start?.sequence ?? 0))
            socket.client.attachment = subscriber
            join(subscriber, as: user, through: loop, now: now)
            loop.emit("connected", [greeting(for: subscriber)], to: socket)
            if let start { beginDelivery(to: subscriber, behind: start, through: loop, now: now) }
        } catch {
            let reason = error.sentences.first ?? error.error
            loop.log.write(.info, "WebsocketGateway", "Connection refused: \(reason)", at: now)
            loop.accept(socket, sid: loop.makeName().description)
            loop.emit("error", [Self.authenticationError(reason)], to: socket)
            loop.disconnect(socket)
        }
    }

    public func socketReceived(
        _ event: SocketIOEvent, from socket: Socket, through loop: EventLoop, now: Moment
    ) {
        guard let subscriber = subscriber(of: socket) else { return }
        let answer = answer(to: event.name, event.arguments.first, of: subscriber, now: now)
        if let id = event.id, let answer { loop.acknowledge(id, [answer], to: socket) }
    }

    public func socketDisconnected(_ socket: Socket, reason: String, through loop: EventLoop, now: Moment) {
        guard let subscriber = subscriber(of: socket) else { return }
        socket.client.attachment = nil
        leave(subscriber, reason: reason, through: loop, now: now)
    }

    public func engineReceived(
        _ message: EnginePacket, from client: EngineClient, through loop: EventLoop, now: Moment
    ) {}

    static func socket(of client: EngineClient) -> Socket { Socket(client: client, namespace: namespace) }

    private func subscriber(of socket: Socket) -> Subscriber? {
        socket.namespace == Self.namespace ? socket.client.attachment as? Subscriber : nil
    }

    // MARK: What both kinds of sockets share

    /// The token of the CONNECT payload, else of the handshake's `Authorization` field.
    private static func token(auth: JSONObject?, authorization: String?) throws(Refusal) -> String {
        if let token = auth?["token"]?.stringValue, !token.isEmpty {
            // Some clients send the whole value of the header here.
            return bearerToken(in: token) ?? token
        }
        if let authorization, let token = bearerToken(in: authorization) { return token }
        throw .unauthorized("No token was given")
    }

    /// Throws `tooMany` where the user may have no further socket.
    ///
    /// Over a bad line a client may come back several times before its earlier connections are known to be dead: one of
    /// these goes rather than the client.
    func mustHaveRoom(for user: User, through loop: EventLoop, now: Moment) throws(Refusal) {
        let others = subscribers.subscribers(of: user.id)
        guard others.count >= configuration.limits.socketsPerUserMax else { return }
        guard let dead = others.first(where: { isOverdue($0, now: now) }) else {
            throw .tooMany("Too many sockets of one user", retryAfterSeconds: 60)
        }
        close(dead, reason: "it does not answer, and its user has come back", through: loop, now: now)
    }

    /// The claim `iat` of a token that was accepted.
    func issuedAt(of token: String, now: Moment) -> Int64 {
        (try? verifiedTokens.verify(token, now: now.wall))?["iat"]?.integerValue ?? 0
    }

    /// Lets a socket listen.
    func join(_ subscriber: Subscriber, as user: User, through loop: EventLoop, now: Moment) {
        subscribers.insert(subscriber)
        knownReceivers = nil
        let (role, socketID) = (user.role.rawValue, subscriber.socketID)
        loop.log.write(
            .info, "WebsocketGateway", "New connection: userId=\(user.id), role=\(role), socketId=\(socketID)", at: now)
        loop.log.write(
            .info, "WebsocketGateway", "User \(user.id) is now connected with socket \(socketID)", at: now)
        if user.role == .admin {
            loop.log.write(.info, "WebsocketGateway", "Admin socket added: \(socketID)", at: now)
        }
    }

    func leave(_ subscriber: Subscriber, reason: String, through loop: EventLoop, now: Moment) {
        subscriber.isGone = true
        subscribers.remove(subscriber)
        knownReceivers = nil
        loop.log.write(
            .info, "WebsocketGateway",
            "User \(subscriber.user) disconnected from socket \(subscriber.socketID): \(reason)", at: now)
    }

    /// The payload of the event `connected`.
    func greeting(for subscriber: Subscriber) -> JSONValue {
        [
            "message": "Successfully connected", "userId": .integer(Int64(subscriber.user)),
            "role": .string(desk.user(subscriber.user)?.role.rawValue ?? ""),
        ]
    }

    /// What an event of a client is acknowledged with; nil where it is none that is known.
    func answer(to name: String, _ payload: JSONValue?, of subscriber: Subscriber, now: Moment) -> JSONValue? {
        let caller = Caller.user(subscriber.user)
        do throws(Refusal) {
            switch name {
            case "notifications:read":
                let mark = try ReadForm(payload ?? .null).mark(epoch: epoch)
                _ = try execute(.markRead(mark), by: caller, origin: subscriber, now: now)
                return ["unread": .integer(Int64(try desk.unreadCount(for: caller, now: now.wall)))]
            case "notifications:list":
                let filter = try InboxFilter(payload ?? .object(JSONObject()))
                var writer = JSONWriter()
                try writeInbox(filter, for: caller, now: now, into: &writer)
                return try? JSONParser.parse(writer.bytes)
            default: return nil
            }
        } catch {
            var writer = JSONWriter()
            error.write(into: &writer)
            return ["error": (try? JSONParser.parse(writer.bytes)) ?? .null]
        }
    }
}
