import Bytes
import JSON
import Synchronization

/// The requests made to one station, its answers, and everything that its users have received. Threads may share it.
public final class DeliveryLedger: Sendable {
    /// The number of a user.
    public typealias UserID = Int64

    /// A request that causes one notification.
    public struct Request: Sendable {
        /// What it does to the ticket.
        public enum Kind: String, Sendable { case created, updated, resolved, deleted, commented }

        /// What it does to the ticket.
        public let kind: Kind
        /// The description, the response or the comment, which must be unique, or the number of a deleted ticket.
        public let mark: String
        /// The users to be notified.
        public let receivers: Set<UserID>

        /// Creates a request from its parts.
        public init(kind: Kind, mark: String, receivers: Set<UserID>) {
            self.kind = kind
            self.mark = mark
            self.receivers = receivers
        }

        /// Identifies the request and its notification (`DeliveryHistory.Write.subject`).
        public var subject: String { "\(kind.rawValue) \(mark)" }
    }

    /// Identifies one connection of a client.
    public struct ConnectionNumber: Hashable, Sendable {
        /// The client's user.
        public let user: UserID
        fileprivate let index: Int
        /// The number of backups restored before it.
        fileprivate let era: Int
    }

    private struct Entry {
        let request: Request
        let begun: UInt64
        var answered: UInt64?
        /// The ticket in the answer, or the comment.
        var ticket: JSONValue = .null
    }

    private struct Contents {
        var entries: [Entry] = []
        var histories: [UserID: DeliveryHistory] = [:]
        var received: [UserID: Set<String>] = [:]
        /// By id: the notifications as first received, without `replayed`.
        var payloads: [String: JSONValue] = [:]
        var faults: [String] = []
        var epoch: Substring?
        /// The number of backups restored so far. Connections from before the last one are ignored.
        var era = 0
    }

    private let digestAbove: Int
    private let clock: @Sendable () -> UInt64
    private let contents = Mutex(Contents())

    /// Creates an empty ledger.
    ///
    /// - Parameters:
    ///   - digestAbove: the number of missed notifications above which a digest announces them.
    ///   - clock: gives the time, in any unit, for calls that pass none.
    public init(digestAbove: Int, clock: @escaping @Sendable () -> UInt64) {
        self.digestAbove = digestAbove
        self.clock = clock
    }

    // MARK: Requests

    /// Notes that a request is about to be sent. Returns its number, for `answered`.
    public func begin(_ request: Request, at moment: UInt64? = nil) -> Int {
        let moment = moment ?? clock()
        return contents.withLock {
            $0.entries.append(Entry(request: request, begun: moment))
            return $0.entries.count - 1
        }
    }

    /// Notes that a request was answered with success and this ticket or comment.
    public func answered(_ number: Int, _ ticket: JSONValue, at moment: UInt64? = nil) {
        let moment = moment ?? clock()
        contents.withLock {
            $0.entries[number].answered = moment
            $0.entries[number].ticket = ticket
        }
    }

    /// Notes a fault that no crash and no broken line explains.
    public func note(fault: String) { contents.withLock { $0.faults.append(fault) } }

    // MARK: Receipts

    /// Notes that a client of `user` begins to connect. With an `offset`, an id, it asks to go on after that event.
    public func open(
        _ user: UserID, offset: String? = nil, urgentFirst: Bool = false, at moment: UInt64? = nil
    ) -> ConnectionNumber {
        let moment = moment ?? clock()
        return contents.withLock {
            let connections = $0.histories[user]?.connections.count ?? 0
            $0.histories[user, default: DeliveryHistory(digestAbove: digestAbove)].connections.append(
                DeliveryHistory.Connection(
                    began: moment, offset: offset.flatMap(Self.sequence), urgentFirst: urgentFirst))
            return ConnectionNumber(user: user, index: connections, era: $0.era)
        }
    }

    /// Notes that the connection has received `connected`.
    public func connected(_ connection: ConnectionNumber, at moment: UInt64? = nil) {
        let moment = moment ?? clock()
        change(connection) { $0.connected = moment }
    }

    /// Notes that the connection has received an event: a notification, a digest or a gap. Others are faults.
    public func receive(
        _ name: String, _ payload: JSONValue, on connection: ConnectionNumber, at moment: UInt64? = nil
    ) {
        let moment = moment ?? clock()
        if name == "notifications:digest" {
            let count = payload["count"]?.integerValue.map(Int.init) ?? -1
            return change(connection) { $0.digestCount = count }
        }
        if name == "notifications:gap" {
            guard let first = payload["from"]?.stringValue.flatMap(Self.sequence),
                let last = payload["through"]?.stringValue.flatMap(Self.sequence), first <= last
            else { return note(fault: "not a gap: \(payload.text)") }
            return change(connection) { $0.gaps.append(first...last) }
        }
        guard let kind = payload["type"]?.stringValue?.dropFirst("support_ticket_".count),
            name == "support:ticket:\(kind)", let request = Request.Kind(rawValue: String(kind)),
            let mark = Self.mark(of: request, in: payload["data"]), let id = payload["id"]?.stringValue,
            let hyphen = id.lastIndex(of: "-"), let sequence = Self.sequence(id)
        else { return note(fault: "not a notification: \(name) \(payload.text)") }
        let receipt = DeliveryHistory.Receipt(
            sequence: sequence, subject: "\(request.rawValue) \(mark)", isReplayed: payload["replayed"] == true,
            at: moment, urgency: Self.urgency(payload["priority"]?.stringValue))
        contents.withLock { contents in
            guard connection.era == contents.era else { return }
            contents.histories[connection.user]?.connections[connection.index].receipts.append(receipt)
            contents.received[connection.user, default: []].insert(receipt.subject)
            Self.compare(payload, id, id[..<hyphen], &contents)
        }
    }

    /// Whether any client of the user has received the notification.
    public func hasReceived(_ user: UserID, _ subject: String) -> Bool {
        contents.withLock { $0.received[user]?.contains(subject) ?? false }
    }

    /// Whether this connection has received the notification.
    public func hasReceived(_ subject: String, on connection: ConnectionNumber) -> Bool {
        contents.withLock {
            guard connection.era == $0.era else { return false }
            let connections = $0.histories[connection.user]?.connections
            return connections?[connection.index].receipts.contains { $0.subject == subject } ?? false
        }
    }

    /// Notes that the connection is still open and has had time to receive everything.
    public func markCurrent(_ connection: ConnectionNumber) { change(connection) { $0.isCurrent = true } }

    /// The subjects of answered requests whose notification the user has not received yet.
    public func awaited(by user: UserID) -> [String] {
        contents.withLock { contents in
            let received = contents.received[user] ?? []
            return contents.entries.filter {
                $0.answered != nil && $0.request.receivers.contains(user) && !received.contains($0.request.subject)
            }.map(\.request.subject)
        }
    }

    /// Notes that a client of `user` marks this notification as read, or all notifications up to it.
    public func reads(_ user: UserID, _ id: String, through: Bool) {
        guard let sequence = Self.sequence(id) else { return }
        contents.withLock {
            $0.histories[user]?.read.append(through ? 0...sequence : sequence...sequence)
        }
    }

    private static func urgency(_ priority: String?) -> Int {
        ["low", "medium", "high", "urgent"].firstIndex { $0 == priority } ?? 0
    }

    /// The number of requests begun so far.
    public var requestCount: Int { contents.withLock { $0.entries.count } }

    /// The subjects of answered requests for this user, without the first `count` requests of all.
    public func owed(to user: UserID, afterFirst count: Int) -> [String] {
        contents.withLock { contents in
            contents.entries.dropFirst(count).filter { $0.answered != nil && $0.request.receivers.contains(user) }
                .map(\.request.subject)
        }
    }

    private func change(_ connection: ConnectionNumber, _ body: (inout DeliveryHistory.Connection) -> Void) {
        contents.withLock {
            guard connection.era == $0.era,
                var changed = $0.histories[connection.user]?.connections[connection.index]
            else { return }
            body(&changed)
            $0.histories[connection.user]?.connections[connection.index] = changed
        }
    }

    /// The sequence number in an id, `<epoch>-<sequence>`, or in an offset, which has a full stop and more after it.
    private static func sequence(_ id: String) -> UInt64? {
        id.lastIndex(of: "-").flatMap { UInt64(id[id.index(after: $0)...].prefix { $0 != "." }) }
    }

    private static func mark(of kind: Request.Kind, in ticket: JSONValue?) -> String? {
        switch kind {
        case .created: ticket?["description"]?.stringValue
        case .updated, .resolved: ticket?["response"]?.stringValue
        case .deleted: ticket?["support_id"]?.integerValue.map(String.init)
        case .commented: ticket?["comment"]?.stringValue
        }
    }

    /// Notes a fault if an earlier copy of this notification differs in anything but `replayed`.
    private static func compare(_ payload: JSONValue, _ id: String, _ epoch: Substring, _ contents: inout Contents) {
        guard case .object(var object) = payload else { return }
        if let mark = object.removeValue(forKey: "replayed"), mark != true {
            contents.faults.append("`replayed` is \(mark.text) in \(payload.text)")
        }
        let bare = JSONValue.object(object)
        if let earlier = contents.payloads[id] {
            if earlier != bare { contents.faults.append("\(id) was \(earlier.text) and is \(bare.text)") }
        } else {
            contents.payloads[id] = bare
        }
        if let known = contents.epoch, known != epoch { contents.faults.append("\(id) is not of the epoch \(known)") }
        contents.epoch = epoch
    }

    // MARK: Backups

    /// Notes that a backup was restored: answered changes may be gone, and a new epoch begins, in which the same
    /// numbers may stand for other events.
    public func forget() {
        contents.withLock {
            for index in $0.entries.indices { $0.entries[index].answered = nil }
            $0.epoch = nil
            $0.era += 1
            $0.histories = [:]
            $0.received = [:]
            $0.payloads = [:]
        }
    }

    // MARK: Looking back

    /// The users that have connected at least once, in order.
    public var users: [UserID] { contents.withLock { $0.histories.keys.sorted() } }

    /// What one user was owed and has received.
    public func history(of user: UserID) -> DeliveryHistory {
        contents.withLock { contents in
            var history = contents.histories[user] ?? DeliveryHistory(digestAbove: digestAbove)
            history.writes = contents.entries.filter { $0.request.receivers.contains(user) }.map {
                DeliveryHistory.Write(subject: $0.request.subject, begun: $0.begun, answered: $0.answered)
            }
            return history
        }
    }

    /// Removes and returns the faults noted so far, and adds every notification that differs from the answer to its
    /// request.
    public func drainFaults() -> [String] {
        contents.withLock { contents in
            var faults = contents.faults
            contents.faults = []
            let tickets = Dictionary(
                contents.entries.filter { $0.answered != nil }.map { ($0.request.subject, $0) },
                uniquingKeysWith: { first, _ in first })
            for (id, payload) in contents.payloads.sorted(by: { $0.key < $1.key }) {
                let kind = Request.Kind(
                    rawValue: String(payload["type"]?.stringValue?.dropFirst("support_ticket_".count) ?? ""))
                guard let kind, let mark = Self.mark(of: kind, in: payload["data"]),
                    let entry = tickets["\(kind.rawValue) \(mark)"]
                else { continue }
                var payload = payload
                if kind == .commented { payload = Self.withoutTicket(payload) }
                let expected = Self.notification(of: kind, entry.ticket)
                for (name, value) in expected.members where payload[name] != value {
                    faults.append("\(id) has \(name) \(payload[name]?.text ?? "missing"), not \(value.text)")
                }
                let names = (expected.members.map(\.key) + ["id", "timestamp"]).sorted()
                let present = (payload.objectValue?.members.map(\.key) ?? []).sorted()
                if present != names { faults.append("\(id) has the members \(present)") }
                if payload["timestamp"]?.stringValue.flatMap({ Timestamp(iso8601: $0) }) == nil {
                    faults.append("\(id) has no timestamp")
                }
            }
            return faults
        }
    }

    /// A comment's notification with only those members of its data that the answer to the request tells of: the ticket
    /// may have been changed by others.
    private static func withoutTicket(_ payload: JSONValue) -> JSONValue {
        guard var object = payload.objectValue, var data = object["data"]?.objectValue else { return payload }
        let ticket = [
            "user_id", "username", "description", "status", "station_id", "station_name", "created_at", "response",
        ]
        for name in ticket where data[name] != nil { data.removeValue(forKey: name) }
        object["data"] = .object(data)
        return .object(object)
    }

    /// The notification of an answered request, without its id and time.
    private static func notification(of kind: Request.Kind, _ ticket: JSONValue) -> JSONObject {
        let id = ticket["support_id"] ?? .null
        let username = ticket["user"]?["username"] ?? .null
        var notification: JSONObject = ["type": .string("support_ticket_\(kind.rawValue)")]
        notification["priority"] = kind == .updated || kind == .commented ? "medium" : "low"
        switch kind {
        case .created:
            notification["title"] = "New Support Ticket"
            notification["message"] = .string("User \(username.stringValue ?? "?") created a new support ticket")
            notification["priority"] = ticket["priority"]
        case .updated:
            notification["title"] = "Support Ticket Updated"
            notification["message"] = "Your support ticket has been updated"
        case .resolved:
            notification["title"] = "Support Ticket Resolved"
            notification["message"] = "Your support ticket has been resolved"
        case .deleted:
            notification["title"] = "Support Ticket Deleted"
            notification["message"] = .string("Your support ticket #\(id.text) has been deleted")
            notification["data"] = ["support_id": id]
            return notification
        case .commented:
            let author = ticket["username"]?.stringValue ?? "?"
            notification["title"] = "New Comment on Support Ticket"
            notification["message"] = .string("\(author) commented on support ticket #\(id.text)")
            notification["data"] = [
                "support_id": id, "comment_id": ticket["comment_id"] ?? .null, "comment": ticket["body"] ?? .null,
                "updated_at": ticket["created_at"] ?? .null,
            ]
            return notification
        }
        var data: JSONObject = ["username": username, "station_name": ticket["station"]?["name"] ?? .null]
        for name in ["support_id", "user_id", "description", "status", "station_id", "created_at"] {
            data[name] = ticket[name]
        }
        if kind != .created {
            for name in ["response", "updated_at"] { data[name] = ticket[name] }
        }
        notification["data"] = .object(data)
        return notification
    }
}
