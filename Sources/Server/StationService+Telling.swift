import JSON
import SocketIO
import Station
import WebSocket

/// Telling people what has become durable.
extension StationService {
    /// An event that goes to more sockets than this names them in the log only at level debug.
    private static let namedReceiversMax = 16

    /// Queues the notifications of this turn's events, in their order, for all who are connected.
    func tell(through gateway: Gateway, now: Moment) {
        guard !untold.isEmpty else { return }
        let events = untold
        untold.removeAll(keepingCapacity: true)
        for event in events {
            if let notification = desk.notification(for: event) { deliver(notification, through: gateway, now: now) }
            dismissSockets(after: event, through: gateway, now: now)
        }
    }

    private func deliver(_ notification: Notification, through gateway: Gateway, now: Moment) {
        let name = notification.eventName
        let receivers: [Subscriber]
        switch notification.audience {
        case .user(let id):
            receivers = desk.includes(id, in: notification.audience) ? subscribers.subscribers(of: id) : []
            gateway.log.write(.info, "WebsocketGateway", "Sending event \(name) to user \(id)", at: now)
        case .adminsAndStaff:
            receivers = subscribers.users.filter { desk.includes($0, in: notification.audience) }
                .flatMap(subscribers.subscribers(of:))
            let adminCount = receivers.count { desk.user($0.user)?.role == .admin }
            let staffCount = receivers.count - adminCount
            let staff = staffCount > 0 ? " and \(staffCount) station staff" : ""
            gateway.log.write(
                .info, "WebsocketGateway", "Sending event \(name) to \(adminCount) admin(s)\(staff)", at: now)
        }
        guard !receivers.isEmpty else { return }
        var writer = JSONWriter()
        notification.write(into: &writer, epoch: epoch)
        let encoded = EncodedNotification(name, data: writer.bytes, namespace: Self.namespace)
        let level: Log.Level = receivers.count > Self.namedReceiversMax ? .debug : .info
        var sentCount = 0
        for receiver in receivers where send(encoded, to: receiver, through: gateway) {
            sentCount += 1
            if case .adminsAndStaff = notification.audience {
                gateway.log.write(
                    level, "WebsocketGateway", "Event \(name) sent to socket \(receiver.socketID)", at: now)
            }
        }
        if case .user(let id) = notification.audience, sentCount > 0 {
            gateway.log.write(.info, "WebsocketGateway", "Event sent successfully to user \(id)", at: now)
        }
    }

    private func send(_ encoded: EncodedNotification, to receiver: Subscriber, through gateway: Gateway) -> Bool {
        switch receiver.channel {
        case .socketIO(let socket): gateway.emit(encoded.packet, frame: encoded.packetFrame, to: socket)
        case .webSocket(let connection): gateway.sendFrames(encoded.plainFrame, to: connection, cutting: true)
        }
    }

    /// Whoever may no longer log in does not listen on either; nor does who came with a token that has ended.
    private func dismissSockets(after event: Event, through gateway: Gateway, now: Moment) {
        let id: Identifier
        switch event.change {
        case .userUpdated(let user, _): id = user.id
        case .userDeleted(let user, _): id = user
        default: return
        }
        for subscriber in subscribers.subscribers(of: id) {
            do {
                _ = try desk.authenticated(id, issuedAt: subscriber.issuedAt)
            } catch {
                dismiss(subscriber, reason: "The token is no longer valid", through: gateway)
            }
        }
    }

    private func dismiss(_ subscriber: Subscriber, reason: String, through gateway: Gateway) {
        switch subscriber.channel {
        case .socketIO(let socket):
            gateway.emit("error", [Self.authenticationError(reason)], to: socket)
            gateway.disconnect(socket)
        case .webSocket(let connection):
            gateway.sendFrames(
                EncodedNotification.plainFrame("error", data: Self.authenticationError(reason).encoded()),
                to: connection)
            gateway.closeWebSocket(connection, .policyViolation, reason: reason)
        }
    }

    /// The payload of the event `error`.
    static func authenticationError(_ reason: String) -> JSONValue {
        ["message": "Authentication required", "reason": .string(reason)]
    }
}
