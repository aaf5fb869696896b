import Bytes
import Domain
import Gateway
import HTTP
import JSON
import Platform
import WebSocket

/// Plain WebSocket at `/notifications`: the same events as `{"event":…,"data":…}`, for wscat and for pages without a
/// library.
extension StationService {
    private static let path = "/notifications"
    private static let messageBytesMax = 64 * 1024
    static let authenticationMillis: Int64 = 10_000

    /// Nil where the request is for something else.
    func notificationsUpgrade(_ request: HTTPRequest) -> Answer? {
        guard request.path == Self.path || request.path == Self.path + "/", request.method == .get else { return nil }
        guard !request.upgradeProtocols.isEmpty else {
            var response = ErrorBody.response(
                .upgradeRequired, "This is a WebSocket; notifications over REST are at /api/v1/notifications")
            response.fields.set("Upgrade", "websocket")
            return .response(response)
        }
        return .webSocket(
            WebSocketEndpoint(
                messageBytesMax: Self.messageBytesMax,
                pingIntervalMillis: Int64(configuration.limits.pingIntervalMillis)))
    }

    public func webSocketOpened(
        _ connection: ConnectionID, endpoint: WebSocketEndpoint, request: HTTPRequest, through loop: EventLoop,
        now: Moment
    ) {
        let token = request.fields["Authorization"].flatMap(Self.bearerToken(in:)) ?? request.query["token"]
        if let token {
            let wishes = Subscriber.Wishes.urgency(request.query["order"])
            admit(connection, token: token, wishes, through: loop, now: now)
        } else {
            // The first frame may bring the token.
            let deadline = now.monotonic.advanced(byMilliseconds: Self.authenticationMillis)
            unauthenticated.append(UnauthenticatedSocket(connection: connection, deadline: deadline))
        }
    }

    public func webSocketReceived(
        _ message: WebSocketMessage, from connection: ConnectionID, through loop: EventLoop, now: Moment
    ) {
        guard case .text(let text) = message else {
            return loop.closeWebSocket(connection, .unsupportedData, reason: "frames are JSON text")
        }
        guard let frame = try? JSONParser.parse(text), let name = frame["event"]?.stringValue else {
            return loop.closeWebSocket(
                connection, .policyViolation, reason: #"a frame is {"event":"...","data":...}"#)
        }
        if let subscriber = plainSubscribers[connection] {
            guard let answer = answer(to: name, frame["data"], of: subscriber, now: now) else { return }
            loop.sendFrames(EncodedEvent.plainFrame(name, data: answer.encoded()), to: connection)
        } else if name == "auth" {
            let wishes = Subscriber.Wishes.urgency(frame["data"]?["order"]?.stringValue)
            admit(connection, token: frame["data"]?["token"]?.stringValue, wishes, through: loop, now: now)
        } else {
            refuse(connection, reason: "The first frame must be the event auth with a token", through: loop)
        }
    }

    public func webSocketClosed(_ connection: ConnectionID, through loop: EventLoop, now: Moment) {
        unauthenticated.removeAll { $0.connection == connection }
        guard let subscriber = plainSubscribers.removeValue(forKey: connection) else { return }
        leave(subscriber, reason: "transport close", through: loop, now: now)
    }

    /// Cuts those who have not said in time who they are.
    func expireUnauthenticated(through loop: EventLoop, now: Moment) {
        while let first = unauthenticated.first, first.deadline <= now.monotonic {
            unauthenticated.removeFirst()
            refuse(first.connection, reason: "No token was given in time", through: loop)
        }
    }

    private func admit(
        _ connection: ConnectionID, token: String?, _ wishes: Subscriber.Wishes, through loop: EventLoop, now: Moment
    ) {
        unauthenticated.removeAll { $0.connection == connection }
        do throws(Refusal) {
            guard let token, !token.isEmpty else { throw .unauthorized("No token was given") }
            let user = try authenticate(token: token, now: now)
            try mustHaveRoom(for: user, through: loop, now: now)
            let subscriber = Subscriber(
                user: user.id, socketID: loop.makeName(), channel: .webSocket(connection),
                issuedAt: issuedAt(of: token, now: now), wishes: wishes)
            plainSubscribers[connection] = subscriber
            join(subscriber, as: user, through: loop, now: now)
            loop.sendFrames(
                EncodedEvent.plainFrame("connected", data: greeting(for: subscriber).encoded()), to: connection)
            if let start = deliveredPosition(of: user.id) {
                beginDelivery(to: subscriber, behind: start, through: loop, now: now)
            }
        } catch {
            loop.log.write(.info, "WebsocketGateway", "Connection refused: \(error.sentences.first ?? "")", at: now)
            refuse(connection, reason: error.sentences.first ?? error.error, through: loop)
        }
    }

    private func refuse(_ connection: ConnectionID, reason: String, through loop: EventLoop) {
        loop.sendFrames(
            EncodedEvent.plainFrame("error", data: Self.authenticationError(reason).encoded()), to: connection)
        loop.closeWebSocket(connection, .policyViolation, reason: "Authentication required")
    }
}

/// A plain WebSocket that has not yet said who it is.
struct UnauthenticatedSocket {
    let connection: ConnectionID
    let deadline: MonotonicTime
}
