import Bytes
import JSON
import Synchronization

/// What was asked of one station, what it answered, and what everyone has received, noted by many threads.
public final class DeliveryLedger: Sendable {
    public typealias UserID = Int64

    /// A request that makes one notification.
    public struct Request: Sendable {
        /// What was done to the ticket.
        public enum Kind: String, Sendable { case created, updated, resolved, deleted }

        public let kind: Kind
        /// The description or the response, which no other request has, or the number of a deleted ticket.
        public let mark: String
        /// Who is to be told.
        public let receivers: Set<UserID>

        public init(kind: Kind, mark: String, receivers: Set<UserID>) {
            self.kind = kind
            self.mark = mark
            self.receivers = receivers
        }

        public var subject: String { "\(kind.rawValue) \(mark)" }
    }

    /// Stands for one connection of a client.
    public struct ConnectionNumber: Hashable, Sendable {
        public let user: UserID
        fileprivate let index: Int
        /// Backups that were put back before it.
        fileprivate let era: Int
    }

    private struct Entry {
        let request: Request
        let begun: UInt64
        var answered: UInt64?
        /// The ticket as it was answered.
        var ticket: JSONValue = .null
    }

    private struct Contents {
        var entries: [Entry] = []
        var histories: [UserID: DeliveryHistory] = [:]
        var received: [UserID: Set<String>] = [:]
        /// The notifications as they were first received, without the mark, by id.
        var payloads: [String: JSONValue] = [:]
        var faults: [String] = []
        var epoch: Substring?
        /// How often a backup was put back: what belongs to connections before that is of no interest.
        var era = 0
    }

    private let digestAbove: Int
    private let clock: @Sendable () -> UInt64
    private let contents = Mutex(Contents())

    /// - Parameters:
    ///   - digestAbove: more missed notifications than this are announced by a digest.
    ///   - clock: gives the moment of what is noted without one; the unit does not matter.
    public init(digestAbove: Int, clock: @escaping @Sendable () -> UInt64) {
        self.digestAbove = digestAbove
        self.clock = clock
    }

    // MARK: Requests

    /// Notes that a request is about to be sent.
    public func begin(_ request: Request, at moment: UInt64? = nil) -> Int {
        let moment = moment ?? clock()
        return contents.withLock {
            $0.entries.append(Entry(request: request, begun: moment))
            return $0.entries.count - 1
        }
    }

    /// Notes that success was answered, with this ticket.
    public func answered(_ number: Int, _ ticket: JSONValue, at moment: UInt64? = nil) {
        let moment = moment ?? clock()
        contents.withLock {
            $0.entries[number].answered = moment
            $0.entries[number].ticket = ticket
        }
    }

    /// Something that no crash and no cut explains.
    public func note(fault: String) { contents.withLock { $0.faults.append(fault) } }

    // MARK: Receipts

    /// A client of `user` begins to connect, where `offset` is an id to go on behind that.
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

    /// It has `connected`.
    public func connected(_ connection: ConnectionNumber, at moment: UInt64? = nil) {
        let moment = moment ?? clock()
        change(connection) { $0.connected = moment }
    }

    /// It has an event.
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

    /// Whether any client of the user has received it.
    public func hasReceived(_ user: UserID, _ subject: String) -> Bool {
        contents.withLock { $0.received[user]?.contains(subject) ?? false }
    }

    /// Whether this very connection has received it.
    public func hasReceived(_ connection: ConnectionNumber, _ subject: String) -> Bool {
        contents.withLock {
            guard connection.era == $0.era else { return false }
            let connections = $0.histories[connection.user]?.connections
            return connections?[connection.index].receipts.contains { $0.subject == subject } ?? false
        }
    }

    /// The connection is still there, and has had the time to receive everything.
    public func isCurrent(_ connection: ConnectionNumber) { change(connection) { $0.isCurrent = true } }

    /// What was answered, is for this user, and has not been received.
    public func awaited(by user: UserID) -> [String] {
        contents.withLock { contents in
            let received = contents.received[user] ?? []
            return contents.entries.filter {
                $0.answered != nil && $0.request.receivers.contains(user) && !received.contains($0.request.subject)
            }.map(\.request.subject)
        }
    }

    /// A client of `user` marks this notification as read, or all up to it.
    public func reads(_ user: UserID, _ id: String, through: Bool) {
        guard let sequence = Self.sequence(id) else { return }
        contents.withLock {
            $0.histories[user]?.read.append(through ? 0...sequence : sequence...sequence)
        }
    }

    private static func urgency(_ priority: String?) -> Int {
        ["low", "medium", "high", "urgent"].firstIndex { $0 == priority } ?? 0
    }

    /// Requests that were begun so far.
    public var requestCount: Int { contents.withLock { $0.entries.count } }

    /// What was answered, is for this user, and was not among the first `count` requests.
    public func owed(to user: UserID, behind count: Int) -> [String] {
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

    /// The number in an id, `<epoch>-<sequence>`, or in an offset, which has a full stop and more behind it.
    private static func sequence(_ id: String) -> UInt64? {
        id.lastIndex(of: "-").flatMap { UInt64(id[id.index(after: $0)...].prefix { $0 != "." }) }
    }

    private static func mark(of kind: Request.Kind, in ticket: JSONValue?) -> String? {
        switch kind {
        case .created: ticket?["description"]?.stringValue
        case .updated, .resolved: ticket?["response"]?.stringValue
        case .deleted: ticket?["support_id"]?.integerValue.map(String.init)
        }
    }

    /// Whoever gets a notification, and however often: apart from the mark it is the same one.
    private static func compare(_ payload: JSONValue, _ id: String, _ epoch: Substring, _ contents: inout Contents) {
        guard case .object(var object) = payload else { return }
        if let mark = object.removeValue(forKey: "replayed"), mark != true {
            contents.faults.append("replayed is \(mark.text) in \(payload.text)")
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

    /// A backup was put back: what was answered may be gone, and another epoch begins, in which the same numbers may
    /// stand for other events.
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

    /// Who has connected at least once, by rising number.
    public var users: [UserID] { contents.withLock { $0.histories.keys.sorted() } }

    /// All that was owed to one user and received.
    public func history(of user: UserID) -> DeliveryHistory {
        contents.withLock { contents in
            var history = contents.histories[user] ?? DeliveryHistory(digestAbove: digestAbove)
            history.writes = contents.entries.filter { $0.request.receivers.contains(user) }.map {
                DeliveryHistory.Write(subject: $0.request.subject, begun: $0.begun, answered: $0.answered)
            }
            return history
        }
    }

    /// What was noted as a fault since last time, and every notification that does not say what the ticket was answered
    /// to be.
    public func takeFaults() -> [String] {
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
                let expected = Self.notification(of: kind, entry.ticket)
                for (name, value) in expected.members where payload[name] != value {
                    faults.append("\(id) has \(name) \(payload[name]?.text ?? "missing") and not \(value.text)")
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

    /// What the notification of an answered request says, but for its id and time.
    private static func notification(of kind: Request.Kind, _ ticket: JSONValue) -> JSONObject {
        let id = ticket["support_id"] ?? .null
        let username = ticket["user"]?["username"] ?? .null
        var notification: JSONObject = ["type": .string("support_ticket_\(kind.rawValue)")]
        notification["priority"] = kind == .updated ? "medium" : "low"
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
