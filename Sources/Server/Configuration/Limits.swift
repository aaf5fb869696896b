import Gateway

/// Every bound of the station, with its default, in one place.
///
/// Units are in the names: bytes, milliseconds, or a count. What happens over a limit is said beside it. `settings`
/// gives each limit's name in the configuration and its range; `validate` also checks each relation between two limits.
public struct Limits: Hashable, Sendable {
    // MARK: Requests

    /// A longer request target is answered 414.
    public var requestTargetBytesMax = 8192
    /// A longer request head (request line and fields) is answered 431.
    public var headBytesMax = 16 * 1024
    /// More fields in a head are answered 431.
    public var fieldCountMax = 100
    /// A longer body is answered 413.
    public var bodyBytesMax = 1024 * 1024
    /// From a request's first byte to the end of its head; then 408.
    public var headTimeoutMillis = 10_000
    /// From the end of a head to the end of its body; then 408.
    public var bodyTimeoutMillis = 30_000
    /// Between two requests of a connection; then it is closed without a word.
    public var idleTimeoutMillis = 75_000
    /// After this many requests the answer says `Connection: close`.
    public var requestsPerConnectionMax = 10_000

    // MARK: Connections

    /// Connections in all; one more is answered 503 and closed.
    public var connectionsMax = 2000
    /// Connections from one IPv4 address, or from one IPv6 network of 64 bits; one more is answered 429 and closed.
    public var connectionsPerAddressMax = 256
    /// Sockets that listen for one user's notifications; one more is refused.
    public var socketsPerUserMax = 16
    /// Bytes that wait to be sent to one client; nothing more is made for it until it has taken some.
    public var sendWindowBytesMax = 256 * 1024
    /// How long a client may take nothing of what waits for it; then it is cut.
    public var slowClientTimeoutMillis = 30_000
    /// How long a stopping station waits until its clients have taken their last answers.
    public var drainTimeoutMillis = 4000

    // MARK: Socket.IO

    /// Between two pings of the server (Engine.IO's pingInterval).
    public var pingIntervalMillis = 25_000
    /// From a ping to its pong (Engine.IO's pingTimeout); then the session is closed.
    public var pingTimeoutMillis = 20_000
    /// A client that was sent a notification is pinged before its time, to know that it has read it, but not more often
    /// than this.
    public var earlyPingFloorMillis = 1000
    /// What clients have provably read is stored after this time at the latest; what a crash makes forget is sent
    /// again.
    public var proofStoreMillis = 5000
    /// From the session's start to its first namespace (Socket.IO's connectTimeout); then it is closed.
    public var connectTimeoutMillis = 45_000
    /// From the probe to the upgrade (Engine.IO's upgradeTimeout); then the WebSocket is closed.
    public var upgradeTimeoutMillis = 10_000
    /// A longer message or polling payload (Engine.IO's maxPayload) closes the session; a WebSocket with 1009.
    public var payloadBytesMax = 1_000_000

    // MARK: Logins

    /// Failed logins for one account within the window; more are answered 429.
    public var loginTriesPerAccountMax = 10
    /// Failed logins from one address within the window; more are answered 429.
    public var loginTriesPerAddressMax = 100
    /// How long a failed login counts.
    public var loginTriesWindowMillis = 900_000
    /// Child processes that hash passwords at the same time.
    public var passwordHashesAtOnceMax = 2
    /// Passwords that wait for such a process; one more is answered 429.
    public var passwordQueueMax = 64

    // MARK: Journal

    /// Bytes of one journal segment; they are written ahead of use.
    public var segmentBytes = 4 * 1024 * 1024
    /// Bytes of all segments together. Beyond that the oldest go, as soon as the documents have what is in them; while
    /// they have not, writes are answered 507.
    public var journalBytesMax = 1024 * 1024 * 1024

    public init() {}

    /// What is wrong with these limits, one sentence a fault; empty where nothing is.
    public func validate() -> [String] { faults().map(\.message) }
}

/// One limit: its name in the configuration and what it may be.
public struct LimitSetting: Sendable {
    /// The member of the configuration's `limits`, in snake_case.
    public let name: String
    public let range: ClosedRange<Int>
    /// Whether a running station takes a new value at SIGHUP, for what it begins from then on.
    public let isReloadable: Bool
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

/// Something wrong with one limit or between two.
struct LimitFault {
    /// The settings that take part; more than one where a relation does not hold.
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
        .init("slow_client_timeout_millis", \.slowClientTimeoutMillis, 100...600_000),
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
        .init("segment_bytes", \.segmentBytes, 262_144...268_435_456, isReloadable: false),
        .init("journal_bytes_max", \.journalBytesMax, 1_048_576...1_099_511_627_776, isReloadable: false),
    ]

    /// A relation `lower * factor + margin <= upper`, and what goes wrong without it.
    private struct Relation {
        let lower: WritableKeyPath<Limits, Int> & Sendable
        var factor = 1
        var margin = 0
        let upper: WritableKeyPath<Limits, Int> & Sendable
        let reason: String
    }

    /// What a request line may have besides its target: a method, two spaces and the version, with some to spare.
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

    /// What is wrong, with the settings concerned.
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

    /// The setting's name for a limit of the table; every relation is between two of them.
    private static func name(of limit: WritableKeyPath<Limits, Int> & Sendable) -> String {
        settings.first { $0.value == limit }?.name ?? ""
    }
}
