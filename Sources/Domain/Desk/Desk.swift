import Bytes
import JSON

/// The support desk: users, swap stations, tickets and what follows from them.
///
/// `decide` reads the state and returns an event, `apply` changes the state, and nothing else does. The state depends
/// only on the events applied and their order: not on a clock, on chance, or on the order of a hash table.
///
/// To start, `restore` the documents of the last checkpoint in any order, then `apply` the journal's later records.
public final class Desk {
    /// The configuration of the desk; not part of the state.
    public var settings: DeskSettings

    /// How long the station has run by now, in milliseconds, over all its starts; not part of the state, which has what
    /// was noted of it. `advance` keeps it up to date.
    public private(set) var running: Int64 = 0

    /// Commands refused because of each quota, since the start; not part of the state.
    public internal(set) var refusedByQuota: [Quota: Int] = [:]

    /// The last event applied; 0 at first.
    public internal(set) var lastSequence: UInt64 = 0

    var runningTime = RunningTime()
    var counters = Counters()
    var users = OrderedTable<User>()
    var stations = OrderedTable<SwapStation>()
    var answers = OrderedTable<CannedAnswer>()
    var tickets = TicketTable()
    var notifications = NotificationIndex()
    var firstAnswers = FirstAnswers()
    /// What the station knows of its traffic with the central server.
    public internal(set) var uplink = UplinkState()
    var fleet = Fleet()

    /// Creates an empty desk.
    public init(settings: DeskSettings = DeskSettings()) { self.settings = settings }

    /// A desk with the same state and settings, which from then on changes by itself.
    public func copy() -> Desk {
        let copy = Desk(settings: settings)
        copy.lastSequence = lastSequence
        copy.running = running
        copy.runningTime = runningTime
        copy.counters = counters
        copy.users = users
        copy.stations = stations
        copy.answers = answers
        copy.tickets = tickets
        copy.notifications = notifications
        copy.firstAnswers = firstAnswers
        copy.uplink = uplink
        copy.fleet = fleet
        return copy
    }

    /// Applies an event. Documents that already have it stay as they are.
    public func apply(_ event: Event) {
        for path in event.documents { DocumentRegistry.apply(event, at: path, to: self) }
        lastSequence = max(lastSequence, event.sequence)
        if event.running != nil { advance(toRunning: runningTime.noted) }
    }

    /// Notes how long the station has run by now. The time never goes back.
    public func advance(toRunning millis: Int64) { running = max(running, RunningTime.clamped(millis)) }

    /// Notes that the state has all events up to `sequence`, including those that left no trace in a document.
    public func pass(through sequence: UInt64) { lastSequence = max(lastSequence, sequence) }

    /// Restores a document of a checkpoint. Throws, and changes nothing, if it is not what documents at `path` are.
    public func restore(_ path: DocumentPath, _ document: JSONObject) throws(DocumentFault) {
        let sequence = try DocumentRegistry[path.kind].restore(self, path, MemberReader(document))
        lastSequence = max(lastSequence, sequence)
        advance(toRunning: runningTime.noted)
    }
}

extension Desk {
    /// The sequence that the next event must have.
    public var nextSequence: UInt64 { lastSequence + 1 }

    /// Decides what a command of `caller` at `now` leads to, and changes nothing.
    ///
    /// Apply the event before you decide the next command. Otherwise the desk could grant two commands that exclude
    /// each other.
    ///
    /// - Parameter key: the Idempotency-Key of a request that creates something.
    public func decide(
        _ command: Command, key: IdempotencyKey? = nil, by caller: Caller, now: Timestamp
    ) throws(Refusal) -> Decision {
        let standing = try Standing(of: caller, at: self)
        let key = if case .createTicket(_, let own?) = command { own } else { key }
        if let first = try firstAnswer(to: key, standing) { return .repeated(first) }
        let decision = try decide(command, standing, now)
        guard let key, case .event(let event) = decision else { return decision }
        return .event(try self.event(event, with: key, standing))
    }

    private func decide(_ command: Command, _ standing: Standing, _ now: Timestamp) throws(Refusal) -> Decision {
        switch command {
        case .createTicket(let draft, _): return .event(try createTicket(draft, standing, now))
        case .updateTicket(let id, let patch): return try updateTicket(id, patch, standing, now)
        case .escalateTicket(let id, let minutes): return try escalateTicket(id, minutes, standing, now)
        case .deleteTicket(let id): return .event(try deleteTicket(id, standing, now).event)
        case .addComment(let ticket, let draft):
            return .event(try addComment(to: ticket, draft, standing, now))
        case .createUser(let draft, let hash): return .event(try createUser(draft, hash, standing, now))
        case .updateUser(let id, let patch, let hash): return try updateUser(id, patch, hash, standing, now)
        case .changeLanguage(let language): return try changeLanguage(language, standing, now)
        case .changePassword(let hash): return try changePassword(hash, standing, now)
        case .endTokens(let id, let token): return try endTokens(of: id, token, standing, now)
        case .deleteUser(let id): return try deleteUser(id, standing, now)
        case .createStation(let draft, let number):
            return .event(try createStation(draft, number, standing, now))
        case .updateStation(let id, let patch): return try updateStation(id, patch, standing, now)
        case .createAnswer(let draft): return .event(try createAnswer(draft, standing, now))
        case .updateAnswer(let id, let patch): return try updateAnswer(id, patch, standing, now)
        case .deleteAnswer(let id): return try deleteAnswer(id, standing, now)
        case .markRead(let mark): return try markRead(mark, standing, now)
        case .noteDelivered(let through): return try noteDelivered(through, standing, now)
        case .noteShipped(let through, let remote): return try noteShipped(through, remote, standing, now)
        }
    }

    /// The next event.
    func event(_ change: Event.Change, _ standing: Standing, _ at: Timestamp) -> Event {
        event(change, by: standing.caller, at)
    }

    func event(
        _ change: Event.Change, by caller: Caller, _ at: Timestamp, command: CommandReference? = nil,
        dropped: [DroppedNotification] = [], note: ChangeNote? = nil
    ) -> Event {
        Event(
            sequence: nextSequence, at: at, by: caller, change: change, command: command,
            running: runningTime.isDue(at: running) ? running : nil, dropped: dropped, keyed: nil, note: note)
    }

    /// The first event whose notifications are not too old to be listed and delivered.
    var firstKeptNotification: UInt64 {
        runningTime.firstEvent(notOlderThan: settings.notificationAgeMillisMax, at: running)
    }
}

/// The whole state as documents: for comparing it, and for passing it on.
extension Desk {
    /// Visits every document in a fixed order. O(n) in all that the desk holds.
    public func documents(_ visit: (DocumentPath, JSONObject) -> Void) {
        for entry in DocumentRegistry.entries { entry.visit(self, visit) }
    }

    /// The state as text: a line for each document, and the last sequence. The same state gives the same text on every
    /// machine.
    public func dump() -> [UInt8] {
        var text: [UInt8] = []
        documents { path, document in
            text.append(contentsOf: path.text.utf8)
            text.append(0x20)
            JSONValue.object(document).write(into: &text)
            text.append(0x0A)
        }
        text.append(contentsOf: "sequence \(lastSequence)\n".utf8)
        return text
    }

    /// FNV-1a of `dump()`: a number that is different for different states, but for one chance in 2^64.
    public func fingerprint() -> UInt64 {
        dump().reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

/// What the owner may configure about the desk.
public struct DeskSettings: Hashable, Sendable {
    /// Whether the staff of a swap station hears of its new tickets, as admins do.
    public var notifiesStationStaff: Bool

    /// Whether changes of tickets stand in the inboxes of admins and staff. New records then say so, and it is these
    /// that count.
    public var notesTicketChanges = false

    /// Notifications older than this are no longer listed or delivered, in milliseconds of running time, to which up to
    /// a day is added (see `RunningTime`).
    public var notificationAgeMillisMax: Int64

    /// The number of a user's newest notifications that are listed and delivered, of those addressed to the user and of
    /// created tickets each; 1 to `DeskLimits.notificationCountMax`.
    public var notificationCountMax: Int

    /// Tickets of one driver that are not closed; 0 means no limit. The driver cannot create more.
    public var driverOpenTicketsMax = 0

    /// The memory for all tickets, in bytes by an estimate (`Ticket.footprint`); 0 means no limit. Drivers cannot add
    /// more; for all others there is an eighth more.
    public var ticketBytesMax = 0

    /// The memory for the tickets of one user; 0 means no limit. A driver cannot add more.
    public var ticketBytesPerUserMax = 0

    /// Creates settings without quotas. A count that is out of range is brought into it.
    public init(
        notifiesStationStaff: Bool = true, notificationAgeMillisMax: Int64 = 30 * 86_400_000,
        notificationCountMax: Int = DeskLimits.notificationCountMax
    ) {
        self.notifiesStationStaff = notifiesStationStaff
        self.notificationAgeMillisMax = notificationAgeMillisMax
        self.notificationCountMax = min(max(notificationCountMax, 1), DeskLimits.notificationCountMax)
    }
}
