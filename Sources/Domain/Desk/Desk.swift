import JSON

/// The support desk: users, stations, tickets and what follows from them.
///
/// `decide` looks and gives an event, `apply` changes, and nothing else does. The state is a function of the events
/// applied, in their order, and of nothing else: no clock, no chance, no order of a hash table.
///
/// To start, `restore` the documents of the last checkpoint in any order, then `apply` the journal's records behind it.
public final class Desk {
    /// How the desk is configured; not part of the state.
    public var settings: DeskSettings

    /// The last event that the state has in it; 0 at first.
    public internal(set) var lastSequence: UInt64 = 0

    var counters = Counters()
    var users = OrderedTable<User>()
    var stations = OrderedTable<SwapStation>()
    var tickets = TicketTable()
    var notifications = NotificationIndex()
    var firstAnswers = FirstAnswers()
    public internal(set) var uplink = UplinkState()
    var fleet = Fleet()

    public init(settings: DeskSettings = DeskSettings()) { self.settings = settings }

    /// A desk with the same state and settings, which from then on changes by itself.
    public func copy() -> Desk {
        let copy = Desk(settings: settings)
        copy.lastSequence = lastSequence
        copy.counters = counters
        copy.users = users
        copy.stations = stations
        copy.tickets = tickets
        copy.notifications = notifications
        copy.firstAnswers = firstAnswers
        copy.uplink = uplink
        copy.fleet = fleet
        return copy
    }

    /// Lets an event happen. Documents that have it already stay as they are.
    public func apply(_ event: Event) {
        for path in event.documents { DocumentRegistry.apply(event, at: path, to: self) }
        lastSequence = max(lastSequence, event.sequence)
    }

    /// Notes that the state has all events up to `sequence`: those that left no trace in a document, too.
    public func pass(through sequence: UInt64) { lastSequence = max(lastSequence, sequence) }

    /// Takes in a document of a checkpoint. Throws, and changes nothing, where it is not what documents at `path` are.
    public func restore(_ path: DocumentPath, _ document: JSONObject) throws(DocumentFault) {
        let sequence = try DocumentRegistry[path.kind].restore(self, path, MemberReader(document))
        lastSequence = max(lastSequence, sequence)
    }
}

/// What an owner may set about the desk.
public struct DeskSettings: Hashable, Sendable {
    /// Whether the staff of a station hears of its new tickets, as admins do.
    public var notifiesStationStaff: Bool

    /// Notifications older than this are no longer listed or delivered.
    public var notificationAgeMillisMax: Int64

    /// So many of a user's notifications are kept for delivery, the newest; at most `DeskLimits.notificationCountMax`.
    public var notificationCountMax: Int

    public init(
        notifiesStationStaff: Bool = true, notificationAgeMillisMax: Int64 = 30 * 86_400_000,
        notificationCountMax: Int = DeskLimits.notificationCountMax
    ) {
        self.notifiesStationStaff = notifiesStationStaff
        self.notificationAgeMillisMax = notificationAgeMillisMax
        self.notificationCountMax = min(max(notificationCountMax, 1), DeskLimits.notificationCountMax)
    }
}

extension OrderedTable where Row: Document {
    /// Lets the row at `id` take in an event, or makes one of it.
    mutating func apply(_ event: Event, id: Identifier) {
        if let place = place(of: id) {
            if !self[place].apply(event) { remove(id) }
        } else if let row = Row(madeBy: event, id: id) {
            insert(row)
        }
    }
}
