import Domain
import Gateway
import JSON
import Platform

/// Tells admins and staff live of every change to a ticket that they may see, with `support:ticket:changed`.
///
/// It says what is already durable and proves nothing, so it goes to clients that are still catching up too. One that
/// has no room is told later that it has missed something, and then asks for what it shows.
final class ChangeAnnouncer {
    static let eventName = "support:ticket:changed"

    private struct Receivers {
        let all: [(subscriber: Subscriber, user: User)]
        let version: [Int]
    }

    private let durable: DurableDesk
    private let subscribers: Subscribers
    private var known: Receivers?
    /// The changes of this turn.
    private var changes: [(change: TicketChange, event: EncodedEvent)] = []
    private var next = 0
    /// Sockets that have missed changes and have room again.
    private var roomy: [Subscriber] = []

    init(durable: DurableDesk, subscribers: Subscribers) {
        self.durable = durable
        self.subscribers = subscribers
    }

    /// Notes what is to be told of an event that has become durable.
    func note(_ event: Event) {
        guard let change = TicketChange(of: event), !receivers().isEmpty else { return }
        let author = event.by.userID.flatMap { durable.desk.user($0) }?.username
        var writer = JSONWriter()
        change.write(into: &writer, epoch: durable.epoch, author: author)
        changes.append((change, EncodedEvent(Self.eventName, data: writer.bytes)))
    }

    /// Queues the changes of this turn for some of the receivers.
    ///
    /// - Parameter countMax: the largest number of receivers.
    /// - Returns: whether receivers are left.
    func announce(toNext countMax: Int, through loop: EventLoop, now: Moment) -> Bool {
        guard !changes.isEmpty else { return false }
        let receivers = receivers()
        // The author's name is the present one.
        let dependency = durable.dependency(showing: .people)
        let end = receivers.count - next > countMax ? next + countMax : receivers.count
        for (subscriber, user) in receivers[min(next, end)..<end] {
            for (change, event) in changes where change.concerns(user) {
                send(event, after: dependency, to: subscriber, through: loop)
            }
        }
        next = end
        guard end == receivers.count else { return true }
        loop.log.write(
            .debug, "WebsocketGateway",
            "Sent \(changes.count) event(s) \(Self.eventName) to \(receivers.count) socket(s) of admins and staff",
            at: now)
        (changes, next) = ([], 0)
        return false
    }

    /// A socket has room again.
    func noteRoom(_ subscriber: Subscriber) { if subscriber.hasMissedChanges { roomy.append(subscriber) } }

    /// Tells the sockets that have room again that they have missed changes.
    func resume(through loop: EventLoop) {
        guard !roomy.isEmpty else { return }
        for subscriber in roomy { resume(subscriber, through: loop) }
        roomy.removeAll()
    }

    private func resume(_ subscriber: Subscriber, through loop: EventLoop) {
        guard subscriber.hasMissedChanges, !subscriber.isGone,
            subscriber.hasRoom(within: loop.settings.sendWindowBytesMax, through: loop)
        else { return }
        subscriber.hasMissedChanges = false
        subscriber.send(missed, through: loop)
    }

    private let missed = EncodedEvent(ChangeAnnouncer.eventName, data: Array(#"{"change":"missed"}"#.utf8))

    private func send(
        _ event: EncodedEvent, after dependency: Dependency, to subscriber: Subscriber, through loop: EventLoop
    ) {
        resume(subscriber, through: loop)
        guard !subscriber.hasMissedChanges,
            subscriber.hasRoom(within: loop.settings.sendWindowBytesMax, through: loop)
        else {
            subscriber.hasMissedChanges = true
            subscriber.awaitRoom(through: loop)
            return
        }
        subscriber.send(event, after: dependency, through: loop)
    }

    /// The sockets of admins and staff, in the order of their users' numbers.
    private func receivers() -> [(subscriber: Subscriber, user: User)] {
        let version = [subscribers.version, durable.peopleVersion]
        // Those who are being told are not changed under way.
        if let known, known.version == version || next > 0 { return known.all }
        var all: [(subscriber: Subscriber, user: User)] = []
        for id in subscribers.users {
            guard let user = durable.desk.user(id), user.role != .driver else { continue }
            all += subscribers.subscribers(of: id).map { ($0, user) }
        }
        known = Receivers(all: all, version: version)
        return all
    }
}
