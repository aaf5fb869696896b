import Domain

/// Who listens.
struct SubscriberTable {
    private var byUser: [Identifier: [Subscriber]] = [:]
    private(set) var count = 0

    func subscribers(of user: Identifier) -> [Subscriber] { byUser[user] ?? [] }

    /// The users who listen, by number: a dictionary's order must not reach anyone.
    var users: [Identifier] { byUser.keys.sorted() }

    /// How many have yet to be sent what they missed. O(n).
    var catchingUpCount: Int { byUser.values.reduce(0) { $0 + $1.count { $0.catchUp != nil } } }

    mutating func insert(_ subscriber: Subscriber) {
        byUser[subscriber.user, default: []].append(subscriber)
        count += 1
    }

    mutating func remove(_ subscriber: Subscriber) {
        guard var own = byUser[subscriber.user], let place = own.firstIndex(where: { $0 === subscriber }) else {
            return
        }
        own.remove(at: place)
        byUser[subscriber.user] = own.isEmpty ? nil : own
        count -= 1
    }
}
