import JSON

/// The support desk: users, stations, tickets and what follows from them.
///
/// `decide` looks and gives an event, `apply` changes, and nothing else does. The state is a function of the events
/// applied, in their order, and of nothing else: no clock, no chance, no order of a hash table.
///
/// To start, `restore` the documents of the last checkpoint in any order, then `apply` the journal's records behind it.
public struct Desk: Sendable {
    /// How the desk is configured; not part of the state.
    public var settings: DeskSettings

    /// The last event that the state has in it; 0 at first.
    public internal(set) var lastSequence: UInt64 = 0

    var counters = Counters()
    var users = OrderedTable<User>()
    var stations = OrderedTable<SwapStation>()
    var tickets = TicketTable()
    var feed = OrderedTable<FeedPage>()
    var inboxes: [Identifier: Inbox] = [:]
    var deliveries = OrderedTable<DeliveryPage>()
    var firstAnswers = FirstAnswers()
    public internal(set) var uplink = UplinkState()
    var fleet = Fleet()

    public init(settings: DeskSettings = DeskSettings()) { self.settings = settings }

    /// Lets an event happen. Documents that have it already stay as they are.
    public mutating func apply(_ event: Event) {
        for path in event.documents { apply(event, to: path) }
        lastSequence = max(lastSequence, event.sequence)
    }

    private mutating func apply(_ event: Event, to path: DocumentPath) {
        switch path.kind {
        case .tickets:
            tickets.apply(event, id: path.id)
            if tickets[path.id] != nil { counters.pass(ticket: path.id) }
        case .users:
            users.apply(event, id: path.id)
            if users.contains(path.id) { counters.pass(user: path.id) }
        case .stations:
            stations.apply(event, id: path.id)
            if stations.contains(path.id) { counters.pass(station: path.id) }
        case .inboxes: apply(event, toInbox: path.id)
        case .deliveries: deliveries.apply(event, id: path.id)
        case .idempotency: firstAnswers.apply(event, id: path.id)
        case .notifications: feed.apply(event, id: path.id)
        case .counters: _ = counters.apply(event)
        case .uplink: _ = uplink.apply(event)
        case .fleet, .fleetCommands, .fleetTickets: fleet.apply(event, to: path)
        }
    }

    private mutating func apply(_ event: Event, toInbox id: Identifier) {
        if inboxes[id] == nil {
            inboxes[id] = Inbox(madeBy: event, id: id)
        } else if inboxes[id]?.apply(event) == false {
            inboxes[id] = nil
        }
    }

    /// Notes that the state has all events up to `sequence`: those that left no trace in a document, too.
    public mutating func pass(through sequence: UInt64) { lastSequence = max(lastSequence, sequence) }

    /// Takes in a document of a checkpoint. Throws, and changes nothing, where it is not what documents at `path` are.
    public mutating func restore(_ path: DocumentPath, _ document: JSONObject) throws(DocumentFault) {
        let reader = MemberReader(document)
        let restored: any Document
        switch path.kind {
        case .tickets:
            let ticket = try Ticket(reader, id: path.id)
            tickets.put(ticket)
            counters.pass(ticket: path.id)
            restored = ticket
        case .users:
            let user = try User(reader, id: path.id)
            users.insert(user)
            counters.pass(user: path.id)
            restored = user
        case .stations:
            let station = try SwapStation(reader, id: path.id)
            stations.insert(station)
            counters.pass(station: path.id)
            restored = station
        case .inboxes:
            let inbox = try Inbox(reader, id: path.id)
            inboxes[path.id] = inbox
            restored = inbox
        case .deliveries:
            let page = try DeliveryPage(reader, id: path.id)
            deliveries.insert(page)
            restored = page
        case .idempotency:
            let answer = try FirstAnswer(reader, id: path.id)
            firstAnswers.put(answer)
            restored = answer
        case .notifications:
            let page = try FeedPage(reader, id: path.id)
            feed.insert(page)
            restored = page
        case .counters:
            counters.pass(try Counters(reader, id: path.id))
            restored = counters
        case .uplink:
            uplink = try UplinkState(reader, id: path.id)
            restored = uplink
        case .fleet, .fleetCommands, .fleetTickets: restored = try fleet.restore(path, reader)
        }
        lastSequence = max(lastSequence, restored.documentSequence)
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
