import Bytes
import Domain
import Gateway
import JSON
import Platform

/// Delivery of every notification to every receiver, once and in order, online or not: subscribers, announcing,
/// catching up and proofs.
final class Delivery {
    private let durable: DurableDesk
    private let configuration: LiveConfiguration
    let subscribers: Subscribers
    let proofs: DeliveryProofs
    let catchUps: CatchUpQueue
    let announcer: Announcer
    let viewers: TicketViewers
    private let sentTimes = SentTimes()

    init(durable: DurableDesk, configuration: LiveConfiguration, contacts: MemberContacts) {
        self.durable = durable
        self.configuration = configuration
        viewers = TicketViewers(durable: durable)
        subscribers = Subscribers(announcedThrough: durable.desk.lastSequence)
        proofs = DeliveryProofs(durable: durable, configuration: configuration, subscribers: subscribers)
        catchUps = CatchUpQueue(durable: durable, subscribers: subscribers, proofs: proofs, sentTimes: sentTimes)
        announcer = Announcer(
            durable: durable, configuration: configuration, subscribers: subscribers, proofs: proofs,
            catchUps: catchUps, contacts: contacts, sentTimes: sentTimes)
    }

    // MARK: Receipts

    /// Whether a notification to a user was sent to a client, as far as that is known, and when.
    func sent(_ sequence: UInt64, to user: Identifier) -> (isSent: Bool, at: Timestamp?) {
        let time = sentTimes[sequence]
        let isOnItsWay = subscribers.subscribers(of: user).contains { subscribers.sentThrough($0) >= sequence }
        return (time != nil || isOnItsWay, time)
    }

    /// Counts the notifications that wait for users who are not connected, from the user `start` on, for less than a
    /// millisecond.
    ///
    /// - Returns: the number, and the user to go on with; nil after the last.
    func countBuffered(from start: Identifier) -> (count: Int, next: Identifier?) {
        var count = 0
        var costLeft = Self.countCostMax
        let page = (try? durable.desk.users(from: start, countMax: Self.countCostMax, for: .operator)) ?? []
        for user in page where subscribers.subscribers(of: user.id).isEmpty {
            guard costLeft > 0 else { return (count, user.id) }
            // Admins and staff hear of others' tickets, and may have thousands to count.
            costLeft -= user.role == .driver ? 1 : Self.officeCost
            count += durable.desk.undeliveredCount(of: user.id)
        }
        return (count, page.count < Self.countCostMax ? nil : page.last.map { $0.id + 1 })
    }

    private static let countCostMax = 256
    private static let officeCost = 64

    /// For what an answer must wait that shows who somebody is and may do.
    var dependencyOnPeople: Dependency { durable.dependency(showing: .people) }

    // MARK: Coming and going

    /// Makes room for another socket of a user, or refuses it.
    ///
    /// Over a bad line a client may come back several times before its earlier connections are known to be dead. So the
    /// one that has been silent longest is closed, and the others are asked for a sign of life: a dead one is known by
    /// the time the next client comes, and one that is alive stays.
    func requireRoom(for user: User, through loop: EventLoop, now: Moment) throws(Refusal) {
        let others = subscribers.subscribers(of: user.id)
        let limit = configuration.limits.socketsPerUserMax
        guard others.count >= limit - limit / 4 else { return }
        let dead = others.count < limit ? nil : SilentSockets.longest(of: others, through: loop, now: now)
        if let dead {
            close(dead, reason: "it is the most silent one, and its user needs room", through: loop, now: now)
        }
        for other in others where other !== dead {
            if SilentSockets.mayBeAsked(other, through: loop, now: now) {
                proofs.ping(other, through: loop, now: now)
            }
        }
        guard others.count < limit || dead != nil else {
            throw .tooMany(
                "This user has \(others.count) sockets, and all of them answer: close one "
                    + "(limits.sockets_per_user_max)", retryAfterSeconds: 60)
        }
    }

    /// Lets a socket listen.
    func join(_ subscriber: Subscriber, as user: User, through loop: EventLoop, now: Moment) {
        subscribers.insert(subscriber)
        let (role, socketID) = (user.role.rawValue, subscriber.socketID)
        loop.log.write(
            .info, "WebsocketGateway", "New connection: userId=\(user.id), role=\(role), socketId=\(socketID)", at: now)
        loop.log.write(
            .info, "WebsocketGateway", "User \(user.id) is now connected with socket \(socketID)", at: now)
        if user.role == .admin {
            loop.log.write(.info, "WebsocketGateway", "Admin socket added: \(socketID)", at: now)
        }
    }

    /// Removes a socket that is gone.
    func leave(_ subscriber: Subscriber, reason: String, through loop: EventLoop, now: Moment) {
        subscriber.isGone = true
        subscribers.remove(subscriber)
        viewers.leave(subscriber, through: loop)
        loop.log.write(
            .info, "WebsocketGateway",
            "User \(subscriber.user) disconnected from socket \(subscriber.socketID): \(reason)", at: now)
    }

    /// Closes a socket and its session: clients come back by themselves. The socket stops counting at once, though a
    /// session over polling lasts until its client has fetched the end.
    func close(_ subscriber: Subscriber, reason: String, through loop: EventLoop, now: Moment) {
        leave(subscriber, reason: reason, through: loop, now: now)
        switch subscriber.channel {
        case .socketIO(let client):
            client.attachment = nil
            loop.closeSession(of: client)
        case .webSocket(let connection):
            loop.closeWebSocket(connection, .serviceRestart, reason: "connect again")
        }
    }

    // MARK: What was missed

    /// Tells a new subscriber what is no longer kept and how much it has missed, and lets it catch up after `start`.
    func begin(with subscriber: Subscriber, after start: InboxPosition, through loop: EventLoop, now: Moment) {
        subscriber.replayedThrough = subscribers.announcedThrough
        // What was read meanwhile is left out of the backlog, and new entries of the index push old ones out.
        let dependency = durable.dependency(showing: durable.inboxScope(of: subscriber.user))
        guard
            let backlog = durable.desk(at: now).backlog(
                of: subscriber.user, behind: start, through: subscribers.announcedThrough,
                oldestRecord: durable.journal.oldestSequence)
        else { return }
        if let gap = backlog.gap {
            report(gap, proving: backlog.start.sequence, to: subscriber, after: dependency, through: loop)
            loop.log.write(
                .warning, "WebsocketGateway",
                "User \(subscriber.user) was away too long: \(gap.count) notification(s) no longer kept", at: now)
        }
        if backlog.count > configuration.current.notificationsDigestAbove {
            subscriber.send(.digest(of: backlog), after: dependency, through: loop)
        }
        guard backlog.count > 0 else {
            if backlog.gap != nil { proofs.request(from: subscriber, through: loop, now: now) }
            return
        }
        let catchUp = CatchUp(position: backlog.start)
        if subscriber.wishes.contains(.urgentFirst),
            let end = durable.desk.position(of: subscriber.user, at: subscribers.announcedThrough)
        {
            catchUp.pass = CatchUp.Pass(
                priority: .urgent, position: backlog.start, end: end, remaining: backlog.count)
        }
        subscriber.catchUp = catchUp
        catchUps.enqueue(subscriber)
        loop.log.write(
            .info, "WebsocketGateway",
            "Sending \(backlog.count) missed notifications to socket \(subscriber.socketID)", at: now)
    }

    /// Sends a gap before anything else; the client proves it like any notification.
    ///
    /// - Parameter start: the event up to which the client then has everything. The gap may end later: what was lost
    ///   can stand among what is yet to be sent.
    private func report(
        _ gap: NotificationGap, proving start: UInt64, to subscriber: Subscriber, after dependency: Dependency,
        through loop: EventLoop
    ) {
        let event = catchUps.gapEvent(gap)
        if subscriber.mustAcknowledge {
            _ = subscriber.sendForAcknowledgement(event, proving: start, after: dependency, through: loop)
        } else {
            subscriber.send(event, after: dependency, through: loop)
        }
    }

    /// Sends the subscriber that has waited longest its next share of what it missed.
    func catchUp(through loop: EventLoop, now: Moment) {
        announcer.changes.resume(through: loop)
        guard let failed = catchUps.sendNextShare(through: loop, now: now) else { return }
        // The journal may be readable later. Until then the client is better off reconnecting.
        loop.log.write(.error, "Journal", "Missed notifications cannot be read: \(failed.error)", at: now)
        close(failed.subscriber, reason: "missed notifications cannot be read", through: loop, now: now)
    }
}
