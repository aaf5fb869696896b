import Domain
import Gateway
import JSON
import Platform
import SocketIO
import WebSocket

/// Telling people what has become durable.
extension StationService {
    /// An event that goes to more sockets than this names them in the log only at level debug.
    private static let namedReceiversMax = 16
    /// So many are told together at most, to bound what is sent in one piece.
    private static let batchCountMax = 64
    /// After so many receivers what waits for them is sent, before the next ones are told: the first do not wait for
    /// all, and what belongs to each is still in the processor's caches.
    private static let receiversPerFlush = 64

    /// Queues the notifications of this turn's events, in their order, for all who are connected.
    func tell(through loop: EventLoop, now: Moment) {
        guard !untold.isEmpty else { return }
        let events = untold
        untold.removeAll(keepingCapacity: true)
        var receivers: [Subscriber] = []
        // Notifications in a row for the same people are told together.
        var batch: [Notification] = []
        for untold in events {
            let event = untold.event
            let notification = untold.isNews ? withDesk { $0.notification(for: event) } : nil
            if let last = batch.last, last.audience != notification?.audience || batch.count == Self.batchCountMax {
                receivers += deliver(batch, through: loop, now: now)
                batch.removeAll(keepingCapacity: true)
            }
            if let notification { batch.append(notification) }
            tellOfReading(untold, through: loop, now: now)
            dismissSockets(after: event, through: loop, now: now)
            dismissStation(after: event, through: loop)
            toldThrough = event.sequence
        }
        for receiver in receivers { requestProof(from: receiver, through: loop, now: now) }
        // Nothing more is to come for those of the last batch.
        if !batch.isEmpty { deliver(batch, isLast: true, through: loop, now: now) }
        tellOfFinishedCommands(through: loop)
    }

    /// What a user has read in one place is not shown as unread in others.
    private func tellOfReading(_ untold: Untold, through loop: EventLoop, now: Moment) {
        guard case .notificationsRead(let user, _) = untold.event.change else { return }
        let others = subscribers.subscribers(of: user).filter { $0 !== untold.origin }
        guard !others.isEmpty, let unread = try? desk.unreadCount(for: .user(user), now: now.wall) else { return }
        let changed = EncodedEvent(
            "notifications:changed", data: JSONValue.object(["unread": .integer(Int64(unread))]).encoded())
        for other in others { send(changed, to: other, through: loop) }
    }

    /// Gives those to whom something was sent. Who is catching up comes to it in its turn.
    ///
    /// - Parameters:
    ///   - notifications: in their order, for the same people.
    ///   - isLast: proof is requested here; and where nothing waited for anybody, all is sent.
    @discardableResult
    private func deliver(
        _ notifications: [Notification], isLast: Bool = false, through loop: EventLoop, now: Moment
    ) -> [Subscriber] {
        guard let audience = notifications.first?.audience else { return [] }
        let known = receivers(of: audience)
        let receivers = known.all
        for notification in notifications {
            tellTheLog(of: notification.eventName, to: known, through: loop, now: now)
        }
        guard !receivers.isEmpty else { return [] }
        let batch = EventBatch(notifications.map { ($0.sequence, encoded($0, now: now)) })
        let level: Log.Level = receivers.count > Self.namedReceiversMax ? .debug : .info
        var reached: [Subscriber] = []
        var countMax = 0
        // Who else has something waiting may be one of these, and gets all in one piece.
        let flushes = isLast && loop.isFlushed
        for (index, receiver) in receivers.enumerated() {
            if flushes, index > 0, index.isMultiple(of: Self.receiversPerFlush) { loop.flush() }
            let count = send(batch, to: receiver, through: loop)
            countMax = max(countMax, count)
            guard count > 0 else { continue }
            if isLast {
                requestProof(from: receiver, through: loop, now: now)
            } else {
                reached.append(receiver)
            }
            guard case .adminsAndStaff = audience, loop.log.level <= level else { continue }
            for (_, event) in batch.events.prefix(count) {
                loop.log.write(
                    level, "WebsocketGateway", "Event \(event.name) sent to socket \(receiver.socketID)", at: now)
            }
        }
        if case .user(let id) = audience {
            for _ in 0..<countMax {
                loop.log.write(.info, "WebsocketGateway", "Event sent successfully to user \(id)", at: now)
            }
        }
        return reached
    }

    private func receivers(of audience: Notification.Audience) -> Receivers {
        if let knownReceivers, knownReceivers.audience == audience { return knownReceivers }
        let receivers = findReceivers(of: audience)
        knownReceivers = receivers
        return receivers
    }

    private func findReceivers(of audience: Notification.Audience) -> Receivers {
        var receivers: [Subscriber] = []
        var adminCount = 0
        let candidates: [Identifier]
        if case .user(let id) = audience { candidates = [id] } else { candidates = subscribers.users }
        // Once for all users: each look at the property would be one of its own.
        let desk = desk
        for user in candidates where desk.includes(user, in: audience) {
            let own = subscribers.subscribers(of: user)
            receivers += own
            if desk.user(user)?.role == .admin { adminCount += own.count }
        }
        return Receivers(audience: audience, all: receivers, adminCount: adminCount)
    }

    private func tellTheLog(of name: String, to receivers: Receivers, through loop: EventLoop, now: Moment) {
        switch receivers.audience {
        case .user(let id):
            loop.log.write(.info, "WebsocketGateway", "Sending event \(name) to user \(id)", at: now)
        case .fleetAdmins:
            loop.log.write(
                .debug, "WebsocketGateway", "Sending event \(name) to \(receivers.all.count) admin(s)", at: now)
        case .adminsAndStaff:
            let staffCount = receivers.all.count - receivers.adminCount
            let staff = staffCount > 0 ? " and \(staffCount) station staff" : ""
            loop.log.write(
                .info, "WebsocketGateway", "Sending event \(name) to \(receivers.adminCount) admin(s)\(staff)",
                at: now)
        }
    }

    private func encoded(_ notification: Notification, now: Moment) -> EncodedEvent {
        var writer = JSONWriter()
        notification.write(into: &writer, epoch: epoch, replayed: isLate(notification, now: now))
        let id = NotificationID(epoch: epoch, sequence: notification.sequence).text
        return EncodedEvent(notification.eventName, data: writer.bytes, reached: Array(id.utf8))
    }

    /// Whether a station's ticket changed so long ago that nobody should take it for what happens now: the station was
    /// without a line. By the central server's clock, as far as the station's is known to differ.
    private func isLate(_ notification: Notification, now: Moment) -> Bool {
        guard let station = notification.fleetMember else { return false }
        let ahead = fleetTraffic.contacts[station]?.offsetSeconds ?? 0
        return now.wall.seconds - (notification.timestamp.seconds - ahead) > Self.lateSeconds
    }

    private static let lateSeconds: Int64 = 60

    /// Sends what is new to a socket that was told everything before: in one piece where that has room, else as many as
    /// have.
    ///
    /// - Returns: how many.
    private func send(_ batch: EventBatch, to receiver: Subscriber, through loop: EventLoop) -> Int {
        guard receiver.catchUp == nil else { return 0 }
        if sendWhole(batch, to: receiver, through: loop) { return batch.events.count }
        for (index, (sequence, event)) in batch.events.enumerated()
        where !send(event, sequence: sequence, to: receiver, through: loop) { return index }
        return batch.events.count
    }

    private func sendWhole(_ batch: EventBatch, to receiver: Subscriber, through loop: EventLoop) -> Bool {
        guard !receiver.wishes.contains(.acknowledgements), let frames = batch.frames(for: receiver),
            hasRoom(
                for: receiver, within: loop.settings.sendWindowBytesMax - frames.count, through: loop)
        else { return false }
        switch receiver.channel {
        case .socketIO(let client): return loop.emit(frames: frames, to: Self.socket(of: client))
        case .webSocket(let connection): return loop.sendFrames(frames, to: connection)
        }
    }

    /// Sends what is new to a socket that was told everything before; false where it is not, or has no room.
    private func send(
        _ event: EncodedEvent, sequence: UInt64, to receiver: Subscriber, through loop: EventLoop
    ) -> Bool {
        guard receiver.catchUp == nil else { return false }
        guard hasRoom(for: receiver, within: loop.settings.sendWindowBytesMax, through: loop) else {
            fallBehind(receiver, before: sequence, through: loop)
            return false
        }
        guard receiver.wishes.contains(.acknowledgements), case .socketIO = receiver.channel else {
            return send(event, to: receiver, through: loop)
        }
        if sendForAcknowledgement(event, proving: sequence, to: receiver, through: loop) { return true }
        fallBehind(receiver, before: sequence, through: loop)
        return false
    }

    /// Whoever may no longer log in does not listen on either; nor does who came with a token that has ended.
    private func dismissSockets(after event: Event, through loop: EventLoop, now: Moment) {
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
                dismiss(subscriber, reason: "The token is no longer valid", through: loop)
            }
        }
    }

    func dismiss(_ subscriber: Subscriber, reason: String, through loop: EventLoop) {
        switch subscriber.channel {
        case .socketIO(let client):
            let socket = Self.socket(of: client)
            loop.emit("error", [Self.authenticationError(reason)], to: socket)
            loop.disconnect(socket)
        case .webSocket(let connection):
            loop.sendFrames(
                EncodedEvent.plainFrame("error", data: Self.authenticationError(reason).encoded()),
                to: connection)
            loop.closeWebSocket(connection, .policyViolation, reason: reason)
        }
    }

    /// Ends a socket, and its session with it: clients come back by themselves. It no longer counts from now on, though
    /// a session over polling lasts until its client has fetched the end.
    func close(_ subscriber: Subscriber, reason: String, through loop: EventLoop, now: Moment) {
        leave(subscriber, reason: reason, through: loop, now: now)
        switch subscriber.channel {
        case .socketIO(let client):
            client.attachment = nil
            loop.close(client)
        case .webSocket(let connection):
            plainSubscribers[connection] = nil
            loop.closeWebSocket(connection, .serviceRestart, reason: "connect again")
        }
    }

    /// The payload of the event `error`.
    static func authenticationError(_ reason: String) -> JSONValue {
        ["message": "Authentication required", "reason": .string(reason)]
    }
}

/// Whose sockets listen to what is told to an audience, by rising number of the user.
struct Receivers {
    let audience: Notification.Audience
    let all: [Subscriber]
    /// How many of these are admins'.
    let adminCount: Int
}
