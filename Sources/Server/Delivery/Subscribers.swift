import Bytes
import Domain
import Gateway

/// The sockets that listen, and the last event that they were told of.
final class Subscribers {
    private var byUser: [Identifier: [Subscriber]] = [:]
    private(set) var count = 0
    /// Counts arrivals and departures, so that values derived from this can be recognised as stale.
    private(set) var version = 0
    /// Every subscriber was told of the events up to this one, or is catching up.
    var announcedThrough: UInt64

    init(announcedThrough: UInt64) { self.announcedThrough = announcedThrough }

    func subscribers(of user: Identifier) -> [Subscriber] { byUser[user] ?? [] }

    /// The users who listen, in the order of their numbers: a dictionary's order must not reach anyone.
    var users: [Identifier] { byUser.keys.sorted() }

    /// The number of subscribers that have yet to be sent what they missed. O(n).
    var catchingUpCount: Int { byUser.values.reduce(0) { $0 + $1.count { $0.catchUp != nil } } }

    /// The event up to which a subscriber was sent everything.
    func sentThrough(_ subscriber: Subscriber) -> UInt64 { subscriber.catchUp?.position.sequence ?? announcedThrough }

    // MARK: Expiry

    /// Whether a socket's token expires is looked at no more often than this, since all are looked at.
    private static let expiryMillisMin: Int64 = 1_000

    /// When `expired` is to be called, if at all.
    private(set) var nextExpiry: MonotonicTime?

    /// Sets when the subscriber's token expires.
    func setExpiry(_ time: MonotonicTime, of subscriber: Subscriber) {
        subscriber.expiresAt = time
        nextExpiry = .earlier(nextExpiry, time)
    }

    /// The subscribers whose tokens have expired, in the order of their users. O(n) if any may have.
    func expired(at now: MonotonicTime) -> [Subscriber] {
        guard let due = nextExpiry, due <= now else { return [] }
        var expired: [Subscriber] = []
        nextExpiry = nil
        for user in users {
            for subscriber in byUser[user] ?? [] {
                if subscriber.expiresAt <= now {
                    expired.append(subscriber)
                } else {
                    nextExpiry = .earlier(nextExpiry, subscriber.expiresAt)
                }
            }
        }
        nextExpiry = nextExpiry.map { max($0, now.advanced(byMilliseconds: Self.expiryMillisMin)) }
        return expired
    }

    // MARK: Coming and going

    func insert(_ subscriber: Subscriber) {
        nextExpiry = .earlier(nextExpiry, subscriber.expiresAt)
        byUser[subscriber.user, default: []].append(subscriber)
        count += 1
        version += 1
    }

    func remove(_ subscriber: Subscriber) {
        version += 1
        guard var own = byUser[subscriber.user], let place = own.firstIndex(where: { $0 === subscriber }) else {
            return
        }
        own.remove(at: place)
        byUser[subscriber.user] = own.isEmpty ? nil : own
        count -= 1
    }
}
