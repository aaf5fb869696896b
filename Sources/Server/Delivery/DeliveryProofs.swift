import Bytes
import Domain
import Gateway
import Platform

/// Proof of delivery for all subscribers: notifications that a client has provably read are not sent to its user again.
///
/// TCP delivers in order and every client answers pings, so the answer to a ping proves that everything sent before it
/// was read. Proofs are kept in memory and stored together after a while, in one record. Notifications whose proof is
/// lost in a crash are sent once more and marked as replayed.
final class DeliveryProofs {
    /// After an event for many, their next pings are due at the same moment. One turn sends only this many of them, so
    /// that input does not wait for all.
    private static let duePingsPerTurnMax = 64

    private let durable: DurableDesk
    private let configuration: LiveConfiguration
    private let subscribers: Subscribers
    /// Subscribers whose early ping has to wait a little.
    private var duePings = TimerQueue<Subscriber>()
    /// The event up to which each user has provably received everything, while that is not stored yet.
    private var unstored: [Identifier: UInt64] = [:]
    /// When `unstored` is to be stored.
    private var nextStore: MonotonicTime?

    init(durable: DurableDesk, configuration: LiveConfiguration, subscribers: Subscribers) {
        self.durable = durable
        self.configuration = configuration
        self.subscribers = subscribers
    }

    /// When `expire` is to be called, if at all.
    var deadline: MonotonicTime? { .earlier(duePings.next, nextStore) }

    /// Sends the pings that are due, and stores the proofs if their time has come.
    func expire(through loop: EventLoop, now: Moment) {
        sendDuePings(through: loop, now: now)
        storeIfDue(now: now)
    }

    // MARK: Asking

    /// Sends a ping after everything this subscriber was sent: at once, or as soon as the last ping is old enough.
    func request(from subscriber: Subscriber, through loop: EventLoop, now: Moment) {
        guard !subscriber.isGone, !subscriber.wishes.contains(.acknowledgements),
            subscribers.sentThrough(subscriber) > subscriber.proof.requestedThrough, !subscriber.proof.isPingDue
        else { return }
        let due = subscriber.proof.lastPingAt.advanced(
            byMilliseconds: Int64(configuration.limits.earlyPingFloorMillis))
        guard due > now.monotonic else { return ping(subscriber, through: loop, now: now) }
        subscriber.proof.isPingDue = true
        duePings.set(due, for: subscriber)
    }

    /// Sends a ping at once. The answer proves everything that the subscriber was sent, unless only acknowledgements
    /// do.
    func ping(_ subscriber: Subscriber, through loop: EventLoop, now: Moment) {
        let proven = subscriber.wishes.contains(.acknowledgements) ? 0 : subscribers.sentThrough(subscriber)
        subscriber.ping(provingThrough: proven, through: loop, now: now)
    }

    private func sendDuePings(through loop: EventLoop, now: Moment) {
        for _ in 0..<Self.duePingsPerTurnMax {
            guard let subscriber = duePings.removeExpired(at: now.monotonic) else { return }
            subscriber.proof.isPingDue = false
            if !subscriber.isGone { ping(subscriber, through: loop, now: now) }
        }
    }

    // MARK: Answers

    /// The client has answered the ping with this number.
    func ponged(_ subscriber: Subscriber, _ ping: UInt32, now: Moment) {
        if let through = subscriber.proof.ponged(ping) { note(subscriber.user, received: through, now: now) }
    }

    /// The client has acknowledged the event that was sent with this id.
    func acknowledged(_ subscriber: Subscriber, id: Int, now: Moment) {
        guard let through = subscriber.proof.acknowledged(UInt32(truncatingIfNeeded: id)) else { return }
        note(subscriber.user, received: through, now: now)
    }

    /// Notes that a user has provably received everything up to `sequence`. The furthest of several sockets counts.
    func note(_ user: Identifier, received sequence: UInt64, now: Moment) {
        guard sequence > unstored[user] ?? 0 else { return }
        unstored[user] = sequence
        if nextStore == nil { nextStore = storeTime(after: now) }
    }

    /// The position up to which nothing need be sent to `user` again.
    func deliveredPosition(of user: Identifier) -> InboxPosition? {
        guard let stored = durable.desk.cursor(of: user) else { return nil }
        guard let proven = unstored[user], proven > stored.sequence else { return stored }
        return durable.desk.position(of: user, at: proven) ?? stored
    }

    // MARK: Storing

    private func storeTime(after now: Moment) -> MonotonicTime {
        now.monotonic.advanced(byMilliseconds: Int64(configuration.limits.proofStoreMillis))
    }

    private func storeIfDue(now: Moment) {
        guard let due = nextStore, due <= now.monotonic else { return }
        store(now: now)
        // Proofs that could not be stored, because the journal is full, are tried again.
        nextStore = unstored.isEmpty ? nil : storeTime(after: now)
    }

    /// Stages the cursors that have moved; they are durable after the next commit.
    func store(now: Moment) {
        while !unstored.isEmpty {
            let users = unstored.keys.sorted().prefix(DeskLimits.deliveriesPerRecordMax)
            var cursors: [Identifier: UInt64] = [:]
            for user in users { cursors[user] = unstored[user] }
            do throws(Refusal) {
                try durable.execute(.noteDelivered(cursors), by: .station, now: now)
            } catch {
                return
            }
            for user in users { unstored[user] = nil }
        }
    }
}
