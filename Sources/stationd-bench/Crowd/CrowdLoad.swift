/// What one person or a crowd does to a station.
enum CrowdLoad: String, CaseIterable, Sendable {
    /// A driver asks for the inbox a hundred times in one message.
    case lists
    /// The same in messages whose answers nobody awaits: they have no acknowledgement id.
    case frames
    /// Four searches for a text that almost occurs everywhere in long texts.
    case search
    /// A driver searches many tickets without a pause.
    case query
    /// 32 lists of tickets whose texts are six times as long in JSON.
    case escapes
    /// Login bodies near the limit of other bodies.
    case bodies
    /// Connections that never send anything.
    case silence
    /// One account logs in without a pause, over many connections.
    case logins
    /// A driver files tickets without a pause.
    case filing
    /// The same, each ticket with an Idempotency-Key of its own.
    case keys
}

/// How large the loads are.
struct CrowdSizes {
    /// Tickets that `query` searches.
    var queriedTickets: Int
    /// Tickets of the greatest length, for `search` and `escapes`, and notifications for `lists`.
    var longTexts: Int
    /// Connections of `silence`.
    var silentConnections: Int
    /// Connections of `logins`.
    var loginConnections: Int
    /// Others who log in meanwhile.
    var otherLogins: Int
    /// How long to wait for the document files. Otherwise a station with many tickets would still be writing them when
    /// it is measured.
    var checkpointSecondsMax: Double

    init(_ options: BenchOptions) {
        let isQuick = options.isQuick
        queriedTickets = options.count ?? (isQuick ? 500 : 20_000)
        (longTexts, silentConnections) = isQuick ? (50, 100) : (1000, 2000)
        (loginConnections, otherLogins) = isQuick ? (8, 2) : (70, 25)
        checkpointSecondsMax = isQuick ? 0 : 120
    }

    /// A load as a row of the table names it.
    func title(of load: CrowdLoad) -> String {
        switch load {
        case .lists: "100 notifications:list in one POST, \(longTexts) large ones"
        case .frames: "300 notifications:list without an id, \(longTexts) large ones"
        case .search: "q of 200 letters, \(longTexts) tickets of 5,000"
        case .query: "q over \(queriedTickets) tickets"
        case .escapes: "32 lists of \(longTexts) tickets of control characters"
        case .bodies: "login bodies of 900 KB"
        case .silence: "\(silentConnections) silent connections"
        case .logins: "\(loginConnections) connections log in"
        case .filing: "a driver files without a pause"
        case .keys: "a driver files with a key each"
        }
    }
}
