import Domain
import Gateway
import JSON
import Platform

/// The viewers of each ticket, so that two technicians do not write the same answer.
///
/// A socket of an admin or of staff says what it looks at with `ticket:view`, one ticket at a time, and `ticket:leave`.
/// The others who look at the same ticket get `ticket:viewers`. Nothing of it is stored: it ends with the socket.
final class TicketViewers {
    private static let eventName = "ticket:viewers"
    /// Sockets that look at one ticket; one more is refused.
    private static let perTicketMax = 32
    /// Tickets that a user may open in a minute, over all sockets together.
    private static let viewsPerMinuteMax = 240

    private let durable: DurableDesk
    private var byTicket: [Identifier: [Subscriber]] = [:]
    private var quota = MinuteQuota<Identifier>()

    init(durable: DurableDesk) { self.durable = durable }

    /// A socket looks at a ticket, and no longer at another.
    ///
    /// - Returns: the acknowledgement: all who look at it now.
    func view(
        _ payload: JSONValue?, by subscriber: Subscriber, through loop: EventLoop, now: Moment
    ) throws(Refusal) -> JSONValue {
        let id = try TicketViewForm(payload ?? .null).ticket
        guard durable.desk.user(subscriber.user)?.role != .driver else {
            throw .forbidden("Drivers may not see who is looking at a ticket")
        }
        _ = try durable.desk.ticket(id, for: .user(subscriber.user))
        if let wait = quota.wait(subscriber.user, perMinute: Self.viewsPerMinuteMax, now: now.monotonic) {
            throw .tooMany("Too many tickets opened in a minute", retryAfterSeconds: Int((wait + 999) / 1000))
        }
        quota.note(subscriber.user, perMinute: Self.viewsPerMinuteMax, now: now.monotonic)
        if subscriber.viewedTicket != id {
            leave(subscriber, through: loop)
            guard byTicket[id, default: []].count < Self.perTicketMax else {
                throw .tooMany("Too many are looking at this ticket", retryAfterSeconds: 60)
            }
            byTicket[id, default: []].append(subscriber)
            subscriber.viewedTicket = id
            announce(id, besides: subscriber, through: loop)
        }
        return viewers(of: id)
    }

    /// A socket no longer looks at a ticket, or has gone.
    func leave(_ subscriber: Subscriber, through loop: EventLoop) {
        let id = subscriber.viewedTicket
        guard id != 0 else { return }
        subscriber.viewedTicket = 0
        byTicket[id]?.removeAll { $0 === subscriber }
        if byTicket[id]?.isEmpty == true { byTicket[id] = nil } else { announce(id, through: loop) }
    }

    private func announce(_ id: Identifier, besides author: Subscriber? = nil, through loop: EventLoop) {
        // Somebody may have lost the right to read it since, and it may be gone.
        let lost = (byTicket[id] ?? []).filter { (try? durable.desk.ticket(id, for: .user($0.user))) == nil }
        for subscriber in lost { subscriber.viewedTicket = 0 }
        if !lost.isEmpty { byTicket[id]?.removeAll { $0.viewedTicket != id } }
        guard let all = byTicket[id], !all.isEmpty else {
            byTicket[id] = nil
            return
        }
        let event = EncodedEvent(Self.eventName, data: viewers(of: id).encoded())
        let dependency = durable.dependency(showing: .people)
        for subscriber in all where subscriber !== author {
            // A client that reads slowly gets the next list, which is whole again.
            guard subscriber.hasRoom(within: loop.settings.sendWindowBytesMax, through: loop) else { continue }
            subscriber.send(event, after: dependency, through: loop)
        }
    }

    private func viewers(of id: Identifier) -> JSONValue {
        var users: [Identifier] = []
        for subscriber in byTicket[id] ?? [] where !users.contains(subscriber.user) { users.append(subscriber.user) }
        let viewers = users.map { user -> JSONValue in
            let name = durable.desk.user(user)?.username
            return ["user_id": .integer(Int64(user)), "username": name.map { .string($0) } ?? .null]
        }
        return ["support_id": .integer(Int64(id)), "viewers": .array(viewers)]
    }
}
