import Bytes
import Domain
import Gateway
import JSON
import Platform

/// Beginning the delivery to a socket: what its user missed, in numbers, and from where it is to be sent.
extension StationService {
    /// Up to where nothing need be sent to `user` again.
    func deliveredPosition(of user: Identifier) -> InboxPosition? {
        guard let stored = desk.cursor(of: user) else { return nil }
        guard let proven = unstoredProofs[user], proven > stored.sequence else { return stored }
        return desk.position(of: user, at: proven) ?? stored
    }

    /// Tells a new socket what was cut, and how much there is, and lets it catch up with what was missed behind
    /// `start`.
    func beginDelivery(to subscriber: Subscriber, behind start: InboxPosition, through loop: EventLoop, now: Moment) {
        subscriber.replayedThrough = toldThrough
        guard
            let backlog = desk.backlog(
                of: subscriber.user, behind: start, through: toldThrough, oldestRecord: journal.oldestSequence,
                now: now.wall)
        else { return }
        if let gap = backlog.gap {
            tell(of: gap, to: subscriber, through: loop)
            loop.log.write(
                .warning, "WebsocketGateway",
                "User \(subscriber.user) was away too long: \(gap.count) notification(s) no longer kept", at: now)
        }
        if backlog.count > configuration.notificationsDigestAbove {
            send(Self.encoded(backlog), to: subscriber, through: loop)
        }
        guard backlog.count > 0 else {
            if backlog.gap != nil { requestProof(from: subscriber, through: loop, now: now) }
            return
        }
        let catchUp = CatchUp(position: backlog.start)
        if subscriber.wishes.contains(.urgentFirst), let end = desk.position(of: subscriber.user, at: toldThrough) {
            catchUp.pass = CatchUp.Pass(
                priority: .urgent, position: backlog.start, end: end, remaining: backlog.count)
        }
        subscriber.catchUp = catchUp
        makeReady(subscriber)
        loop.log.write(
            .info, "WebsocketGateway",
            "Sending \(backlog.count) missed notifications to socket \(subscriber.socketID)", at: now)
    }

    /// Sends an event whatever waits for the socket already; false where it is no longer there.
    @discardableResult
    func send(_ event: EncodedEvent, to subscriber: Subscriber, through loop: EventLoop) -> Bool {
        switch subscriber.channel {
        case .socketIO(let client):
            loop.emit(
                event.packet(for: subscriber), frame: event.frame(for: subscriber), to: Self.socket(of: client))
        case .webSocket(let connection): loop.sendFrames(event.frame(for: subscriber), to: connection)
        }
    }

    /// Sends a gap first of all; the client proves it like any notification.
    private func tell(of gap: NotificationGap, to subscriber: Subscriber, through loop: EventLoop) {
        if subscriber.wishes.contains(.acknowledgements), case .socketIO = subscriber.channel {
            _ = sendForAcknowledgement(encoded(gap), proving: gap.last, to: subscriber, through: loop)
        } else {
            send(encoded(gap), to: subscriber, through: loop)
        }
    }

    // MARK: Events that are no notifications

    /// `notifications:gap`, which is to be sent once.
    func encoded(_ gap: NotificationGap) -> EncodedEvent {
        missingCount += gap.count
        let last = NotificationID(epoch: epoch, sequence: gap.last).text
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("from", NotificationID(epoch: epoch, sequence: gap.first).text)
        writer.member("through", last)
        writer.member("count", gap.count)
        writer.member("query", query(for: gap))
        writer.endObject()
        return EncodedEvent("notifications:gap", data: writer.bytes, reached: Array(last.utf8))
    }

    /// The request that lists the tickets concerned: by their numbers where that is known, else all that have changed
    /// since.
    private func query(for gap: NotificationGap) -> String {
        var conditions: [String] = []
        if let first = gap.ticketMin {
            conditions.append("support_id_min=\(first)")
        } else {
            let before = NotificationID(epoch: epoch, sequence: gap.first - min(gap.first, 1))
            conditions.append("changed_after=\(before.text)")
        }
        if let last = gap.ticketMax { conditions.append("support_id_max=\(last)") }
        return "/api/v1/support?" + conditions.joined(separator: "&")
    }

    /// `notifications:digest`
    private static func encoded(_ backlog: Backlog) -> EncodedEvent {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("count", backlog.count)
        writer.key("by_type")
        writer.beginObject()
        for kind in Notification.Kind.allCases { writer.member(text: kind.type, backlog.countByKind[kind] ?? 0) }
        writer.endObject()
        writer.key("by_priority")
        writer.beginObject()
        for priority in TicketPriority.allCases.reversed() {
            writer.member(text: priority.rawValue, backlog.countByPriority[priority] ?? 0)
        }
        writer.endObject()
        writer.member("oldest", backlog.oldest)
        writer.member("newest", backlog.newest)
        writer.endObject()
        return EncodedEvent("notifications:digest", data: writer.bytes)
    }
}
