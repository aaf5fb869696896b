import Station

/// One socket of one user, whatever it speaks.
final class Subscriber {
    enum Channel {
        case socketIO(Socket)
        case webSocket(ConnectionID)
    }

    let user: Identifier
    /// The public name of the socket: in the log, and the `sid` of its namespace.
    let socketID: String
    let channel: Channel
    /// The claim `iat` of the token that it came with.
    let issuedAt: Int64

    init(user: Identifier, socketID: String, channel: Channel, issuedAt: Int64) {
        self.user = user
        self.socketID = socketID
        self.channel = channel
        self.issuedAt = issuedAt
    }
}

/// Who listens.
struct SubscriberTable {
    private var byUser: [Identifier: [Subscriber]] = [:]
    private(set) var count = 0

    func subscribers(of user: Identifier) -> [Subscriber] { byUser[user] ?? [] }

    /// The users who listen, by number: a dictionary's order must not reach anyone.
    var users: [Identifier] { byUser.keys.sorted() }

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
