import Gateway

/// Every bound of the station and its default, in one place.
///
/// Names end in their units: bytes, milliseconds, or a count. Each comment says what happens beyond the limit. Where a
/// quota's range allows 0, it means no limit. `settings` has each limit's name in the configuration and its range;
/// `validate` also checks the relations between limits.
public struct Limits: Hashable, Sendable {
    // MARK: Requests

    /// A longer request target is answered 414.
    public var requestTargetBytesMax = 8192
    /// A longer request head (request line and fields) is answered 431.
    public var headBytesMax = 16 * 1024
    /// A head with more fields is answered 431.
    public var fieldCountMax = 100
    /// A longer body is answered 413.
    public var bodyBytesMax = 1024 * 1024
    /// The time from a request's first byte to the end of its head; after that it is answered 408.
    public var headTimeoutMillis = 10_000
    /// The time from the end of a head to the end of its body; after that the request is answered 408.
    public var bodyTimeoutMillis = 30_000
    /// The time between two requests of a connection; after that it is closed without an answer.
    public var idleTimeoutMillis = 75_000
    /// Requests on one connection; the answer to the last one says `Connection: close`.
    public var requestsPerConnectionMax = 10_000

    // MARK: Connections

    /// Connections in total. One more takes the place of the oldest that has never sent a valid token; if all have, it
    /// is answered 503 and closed.
    public var connectionsMax = 2000
    /// Connections from one IPv4 address, or from one IPv6 network of 64 bits. One more takes the place of the oldest
    /// from there that has never sent a valid token; if all have, it is answered 429 and closed.
    public var connectionsPerAddressMax = 256
    /// Sockets that listen for one user's notifications; one more is refused.
    public var socketsPerUserMax = 16
    /// Bytes that may wait to be sent to one client; nothing more is produced for it until it has read some.
    public var sendWindowBytesMax = 256 * 1024
    /// Bytes of requests and messages that are not complete yet, of all clients together that have never sent a valid
    /// token. Beyond it the client with most of them is answered 503 and closed.
    public var unauthenticatedInputBytesMax = 16 * 1024 * 1024
    /// Bytes that wait to be sent to all clients together. Beyond it the clients that have kept most bytes waiting for
    /// longest are closed.
    public var outputBytesMax = 64 * 1024 * 1024
    /// The time for which a client may read nothing, or too little, while bytes wait for it; after that it is closed.
    public var slowClientTimeoutMillis = 30_000
    /// The bytes a second that a client must read, over `slowClientTimeoutMillis`, while bytes wait for it; 0 if any
    /// byte is enough.
    public var slowClientBytesPerSecondMin = 256
    /// The time for which a stopping station waits until its clients have read their last answers.
    public var drainTimeoutMillis = 4000

    // MARK: Socket.IO

    /// The time between two pings of the server (Engine.IO's pingInterval).
    public var pingIntervalMillis = 25_000
    /// The time from a ping to its pong (Engine.IO's pingTimeout); after that the session is closed.
    public var pingTimeoutMillis = 20_000
    /// The least time between two pings. After a notification the next ping is sent early, so that its pong proves that
    /// the client has read the notification, but never sooner than this.
    public var earlyPingFloorMillis = 1000
    /// Proofs that clients have read something are stored within this time. Notifications whose proof is lost in a
    /// crash are sent again.
    public var proofStoreMillis = 5000
    /// The time from a session's start to its first namespace that needs a token (Socket.IO's connectTimeout); after
    /// that it is closed.
    public var connectTimeoutMillis = 45_000
    /// The time from the probe to the upgrade (Engine.IO's upgradeTimeout); after that the WebSocket is closed.
    public var upgradeTimeoutMillis = 10_000
    /// A longer message or polling payload (Engine.IO's maxPayload) closes the session, a WebSocket with 1009.
    public var payloadBytesMax = 1_000_000

    // MARK: Logins

    /// Failed logins for one account within the window; more are answered 429.
    public var loginTriesPerAccountMax = 10
    /// Failed logins from one address within the window; more are answered 429.
    public var loginTriesPerAddressMax = 100
    /// The window: the time for which a failed login counts.
    public var loginTriesWindowMillis = 900_000
    /// Child processes that hash passwords at the same time; more passwords wait.
    public var passwordHashesAtOnceMax = 2
    /// Passwords that wait for such a process. One more takes the place of the newest of the address with most of them;
    /// if that is no fairer, it is answered 429.
    public var passwordQueueMax = 64
    /// Passwords of one address that wait. One more takes the place of the newest of its account with most of them; if
    /// that is no fairer, it is answered 429.
    public var passwordQueuePerAddressMax = 32
    /// Passwords of one account at one address that wait; one more is answered 429.
    public var passwordQueuePerAccountMax = 8
    /// Logins and changes of password of one account in a minute, right and wrong ones; more are answered 429.
    public var passwordsPerMinutePerAccountMax = 30
    /// The same from one address.
    public var passwordsPerMinutePerAddressMax = 300

    // MARK: Changes

    /// Changes by one driver in a minute, over all transports; more are answered 429.
    public var driverWritesPerMinuteMax = 60
    /// Changes by one member of the staff or one admin in a minute; more are answered 429.
    public var staffWritesPerMinuteMax = 1200

    // MARK: Tickets

    /// Tickets of one driver that are not closed; one more is answered 429. 0 means no limit.
    public var driverOpenTicketsMax = 50
    /// The memory for all tickets, as estimated: texts, comments, history, and some 256 bytes for each. A driver's
    /// change beyond it is answered 507; everybody else has an eighth more. Deletes are accepted. 0 means no limit.
    public var ticketBytesMax = 256 * 1024 * 1024
    /// The same for the tickets of one user; a driver's change beyond it is answered 429. 0 means no limit.
    public var ticketBytesPerUserMax = 16 * 1024 * 1024

    // MARK: Journal

    /// The size of one journal segment, which is allocated before use.
    public var segmentBytes = 4 * 1024 * 1024
    /// The size of all segments together. Beyond it the oldest are dropped once the documents include their records;
    /// until then changes are answered 507.
    public var journalBytesMax = 1024 * 1024 * 1024

    /// Creates limits with all defaults.
    public init() {}

    /// The faults of these limits, one sentence each; empty if there are none.
    public func validate() -> [String] { faults().map(\.message) }
}

/// One limit: its name in the configuration and its range.
public struct LimitSetting: Sendable {
    /// The member of the configuration's `limits`, in snake_case.
    public let name: String
    /// The values allowed.
    public let range: ClosedRange<Int>
    /// Whether SIGHUP applies a new value to a running station, for everything that begins from then on.
    public let isReloadable: Bool
    /// The property of `Limits` that holds the value.
    public let value: WritableKeyPath<Limits, Int> & Sendable

    fileprivate init(
        _ name: String, _ value: WritableKeyPath<Limits, Int> & Sendable, _ range: ClosedRange<Int>,
        isReloadable: Bool = true
    ) {
        self.name = name
        self.range = range
        self.isReloadable = isReloadable
        self.value = value
    }
}

/// A fault of one limit, or of the relation between two.
struct LimitFault {
    /// The settings concerned: two if a relation does not hold.
    let names: [String]
    let message: String
}

extension Limits {
    /// All limits, in the order in which they are declared and documented.
    public static let settings: [LimitSetting] = [
        .init("request_target_bytes_max", \.requestTargetBytesMax, 256...65_536),
        .init("head_bytes_max", \.headBytesMax, 1024...262_144),
        .init("field_count_max", \.fieldCountMax, 16...1000),
        .init("body_bytes_max", \.bodyBytesMax, 4096...16_777_216),
        .init("head_timeout_millis", \.headTimeoutMillis, 100...600_000),
        .init("body_timeout_millis", \.bodyTimeoutMillis, 100...600_000),
        .init("idle_timeout_millis", \.idleTimeoutMillis, 100...3_600_000),
        .init("requests_per_connection_max", \.requestsPerConnectionMax, 1...1_000_000_000),
        .init("connections_max", \.connectionsMax, 1...65_536),
        .init("connections_per_address_max", \.connectionsPerAddressMax, 1...65_536),
        .init("sockets_per_user_max", \.socketsPerUserMax, 1...65_536),
        .init("send_window_bytes_max", \.sendWindowBytesMax, 16_384...16_777_216),
        .init("unauthenticated_input_bytes_max", \.unauthenticatedInputBytesMax, 0...1_099_511_627_776),
        .init("output_bytes_max", \.outputBytesMax, 0...1_099_511_627_776),
        .init("slow_client_timeout_millis", \.slowClientTimeoutMillis, 100...600_000),
        .init("slow_client_bytes_per_second_min", \.slowClientBytesPerSecondMin, 0...1_000_000),
        .init("drain_timeout_millis", \.drainTimeoutMillis, 0...60_000),
        .init("ping_interval_millis", \.pingIntervalMillis, 100...600_000),
        .init("ping_timeout_millis", \.pingTimeoutMillis, 100...600_000),
        .init("early_ping_floor_millis", \.earlyPingFloorMillis, 10...600_000),
        .init("proof_store_millis", \.proofStoreMillis, 10...600_000),
        .init("connect_timeout_millis", \.connectTimeoutMillis, 100...600_000),
        .init("upgrade_timeout_millis", \.upgradeTimeoutMillis, 100...600_000),
        .init("payload_bytes_max", \.payloadBytesMax, 4096...16_777_216),
        .init("login_tries_per_account_max", \.loginTriesPerAccountMax, 1...1000),
        .init("login_tries_per_address_max", \.loginTriesPerAddressMax, 1...10_000),
        .init("login_tries_window_millis", \.loginTriesWindowMillis, 1000...86_400_000),
        .init("password_hashes_at_once_max", \.passwordHashesAtOnceMax, 1...64),
        .init("password_queue_max", \.passwordQueueMax, 1...10_000),
        .init("password_queue_per_address_max", \.passwordQueuePerAddressMax, 0...10_000),
        .init("password_queue_per_account_max", \.passwordQueuePerAccountMax, 0...10_000),
        .init("passwords_per_minute_per_account_max", \.passwordsPerMinutePerAccountMax, 0...1_000_000),
        .init("passwords_per_minute_per_address_max", \.passwordsPerMinutePerAddressMax, 0...1_000_000),
        .init("driver_writes_per_minute_max", \.driverWritesPerMinuteMax, 0...1_000_000),
        .init("staff_writes_per_minute_max", \.staffWritesPerMinuteMax, 0...1_000_000),
        .init("driver_open_tickets_max", \.driverOpenTicketsMax, 0...1_000_000),
        .init("ticket_bytes_max", \.ticketBytesMax, 0...1_099_511_627_776),
        .init("ticket_bytes_per_user_max", \.ticketBytesPerUserMax, 0...1_099_511_627_776),
        .init("segment_bytes", \.segmentBytes, 262_144...268_435_456, isReloadable: false),
        .init("journal_bytes_max", \.journalBytesMax, 1_048_576...1_099_511_627_776, isReloadable: false),
    ]

    /// A relation `lower * factor + margin <= upper`, and the reason for it.
    private struct Relation {
        let lower: WritableKeyPath<Limits, Int> & Sendable
        var factor = 1
        var margin = 0
        let upper: WritableKeyPath<Limits, Int> & Sendable
        let reason: String
    }

    /// The part of a request line besides its target: a method, two spaces and the version, with some to spare.
    private static let requestLineBytesMax = 64

    private static let relations: [Relation] = [
        Relation(
            lower: \.requestTargetBytesMax, margin: requestLineBytesMax, upper: \.headBytesMax,
            reason: "a request target is part of its head"),
        Relation(
            lower: \.payloadBytesMax, upper: \.bodyBytesMax,
            reason: "a polling client sends its payload as a body"),
        Relation(
            lower: \.connectionsPerAddressMax, upper: \.connectionsMax,
            reason: "one address cannot have more connections than there are in all"),
        Relation(
            lower: \.socketsPerUserMax, upper: \.connectionsMax,
            reason: "one user cannot have more sockets than there are connections"),
        Relation(
            lower: \.loginTriesPerAccountMax, upper: \.loginTriesPerAddressMax,
            reason: "the limit of an account would never be reached from one address"),
        Relation(
            lower: \.segmentBytes, factor: 4, upper: \.journalBytesMax,
            reason: "the journal holds a segment in use, one written ahead and some that are read"),
    ]

    /// All faults, with the settings concerned.
    func faults() -> [LimitFault] {
        var faults: [LimitFault] = []
        for setting in Self.settings {
            let value = self[keyPath: setting.value]
            if !setting.range.contains(value) {
                let (least, most) = (setting.range.lowerBound, setting.range.upperBound)
                let message = "limits.\(setting.name) must be a whole number from \(least) to \(most) (is \(value))"
                faults.append(LimitFault(names: [setting.name], message: message))
            }
        }
        for relation in Self.relations {
            let (lower, upper) = (self[keyPath: relation.lower], self[keyPath: relation.upper])
            let (product, isTooLarge) = lower.multipliedReportingOverflow(by: relation.factor)
            let (needed, isOverflow) = product.addingReportingOverflow(relation.margin)
            guard isTooLarge || isOverflow || needed > upper else { continue }
            let (lowerName, upperName) = (Self.name(of: relation.lower), Self.name(of: relation.upper))
            let times = relation.factor == 1 ? "" : "\(relation.factor) times "
            let more = relation.margin == 0 ? "" : " and \(relation.margin) more"
            let message =
                "\(times)limits.\(lowerName) (is \(lower))\(more) must not be over limits.\(upperName) (is \(upper)): "
                + relation.reason
            faults.append(LimitFault(names: [lowerName, upperName], message: message))
        }
        return faults
    }

    /// The setting's name for a limit; all limits of `relations` are in `settings`.
    private static func name(of limit: WritableKeyPath<Limits, Int> & Sendable) -> String {
        settings.first { $0.value == limit }?.name ?? ""
    }
}
