import Domain
import JSON

/// The connected users, in the order of their numbers, with their names and sockets. Users who come or go while the
/// list is made are left out.
struct SessionRows: RowSource {
    private static let usersPerPage = 64

    private let delivery: Delivery
    private let caller: Caller
    private var left: ArraySlice<Identifier>

    /// - Parameter user: the only user; nil for all.
    init(of user: Identifier?, for caller: Caller, in delivery: Delivery) {
        self.delivery = delivery
        self.caller = caller
        left = user.map { [$0] } ?? delivery.subscribers.users[...]
    }

    mutating func write(into writer: inout JSONWriter, from desk: Desk) throws(Refusal) -> Bool {
        // Only admins may see users.
        _ = try desk.users(from: 0, countMax: 0, for: caller)
        for id in left.prefix(Self.usersPerPage) {
            let sockets = delivery.subscribers.subscribers(of: id)
            guard !sockets.isEmpty, let user = desk.user(id) else { continue }
            writer.beginObject()
            writer.member("user_id", Int64(id))
            writer.member("username", user.username)
            writer.member("role", user.role.rawValue)
            writer.key("sockets")
            writer.beginArray()
            for socket in sockets { Self.write(socket, into: &writer) }
            writer.endArray()
            writer.endObject()
        }
        left = left.dropFirst(Self.usersPerPage)
        return left.isEmpty
    }

    private static func write(_ socket: Subscriber, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("socket_id", socket.socketID.description)
        let isSocketIO = if case .socketIO = socket.channel { true } else { false }
        writer.member("protocol", isSocketIO ? "socket.io" : "websocket")
        writer.member("connected_at", socket.connectedAt)
        writer.member("catching_up", socket.catchUp != nil)
        writer.member("viewing", socket.viewedTicket == 0 ? nil : Int64(socket.viewedTicket))
        writer.endObject()
    }
}
