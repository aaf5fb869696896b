import Bytes

/// Decides when to try to connect, and to which of the servers. No other place decides it.
///
/// - At the start: at once.
/// - After a useful connection that the server closed: at once.
/// - After a failure: exponentially less often, with full jitter, so that five hundred stations do not come back in the
///   same second.
/// - When the server names a time: not before then.
/// - When an operator must do something first: as seldom as possible.
/// - When the server does not want us: never.
///
/// Each server has a wait of its own. So while one is down or does not want us, another one is tried at once, and when
/// all have failed, each is tried as seldom as its own answers ask for. A connection that served stays with its server.
/// Servers that were learned from others are tried when no configured one is due.
public struct UplinkSchedule: Sendable {
    /// The longest first wait.
    static let firstWaitMillis: Int64 = 1_000
    /// The longest wait of all.
    static let longestWaitMillis: Int64 = 300_000
    /// The longest wait that a server can ask for, in seconds: a day.
    public static let askedSecondsMax = 86_400

    private struct Server: Sendable {
        /// The number of failures since the last success.
        var failures = 0
        /// When to try it again; nil for never.
        var next: MonotonicTime?
    }

    private var servers: [Server]
    private let configuredCount: Int
    /// The server that is being used, or was tried last.
    public private(set) var server = 0
    /// Whether other servers come first, because this one has failed.
    private var prefersAnother = false

    /// Creates a schedule whose first attempt is due now, with the first server.
    ///
    /// - Precondition: `configuredCount` is at least 1.
    public init(configuredCount: Int = 1, now: MonotonicTime) {
        precondition(configuredCount >= 1, "there is no server to try")
        self.configuredCount = configuredCount
        servers = Array(repeating: Server(next: now), count: configuredCount)
    }

    /// When to try next; nil if no further attempt is planned.
    public var next: MonotonicTime? { servers.compactMap(\.next).min() }

    /// The number of failures of the present server since its last success.
    var failures: Int { servers[server].failures }

    /// Chooses the `server` for an attempt that is due: the next one in their order, after the present one if that has
    /// failed.
    public mutating func begin(now: MonotonicTime) {
        let start = server + (prefersAnother ? 1 : 0)
        let order = (0..<servers.count).map { (start + $0) % servers.count }
        let due = order.filter { servers[$0].next.map { $0 <= now } ?? false }
        if due.first == server, !prefersAnother { return }
        server = due.first { $0 < configuredCount } ?? due.first ?? server
    }

    /// Adds a server that was learned from another one, or another in place of one that was learned. It is due now.
    public mutating func learn(_ index: Int, now: MonotonicTime) {
        precondition(configuredCount <= index && index <= servers.count, "a server that was not learned")
        if index == servers.count { servers.append(Server()) }
        // After 410 nothing is planned any more.
        servers[index] = Server(next: servers[0].next == nil ? nil : now)
    }

    /// Notes a success, so that the next failure is followed by a short wait again.
    public mutating func succeeded() { servers[server].failures = 0 }

    /// Plans the next attempt with the present server after its connection ended or could not be opened.
    ///
    /// - Parameter wasUseful: whether the connection had served its purpose before.
    public mutating func failed(
        _ remedy: UplinkFault.Remedy, wasUseful: Bool, using random: inout some RandomNumberGenerator,
        now: MonotonicTime
    ) {
        prefersAnother = !(wasUseful && remedy == .waitSeconds(0))
        let next: MonotonicTime?
        switch remedy {
        case .waitSeconds(0) where wasUseful: next = now
        case .backOff, .waitSeconds(0): next = now.advanced(byMilliseconds: backOff(&random))
        case .waitSeconds(let seconds):
            // Never sooner than asked, and not all stations at the same time.
            let millis = Int64(min(max(seconds, 0), Self.askedSecondsMax)) * 1_000
            next = now.advanced(byMilliseconds: millis + .random(in: 0...millis / 2, using: &random))
        case .intervention:
            next = now.advanced(
                byMilliseconds: .random(in: Self.longestWaitMillis / 2...Self.longestWaitMillis, using: &random))
        case .stop:
            // All of them lead to the central server that has said so.
            for index in servers.indices { servers[index].next = nil }
            return
        }
        servers[server].next = next
    }

    /// A wait between 0 and a bound that doubles with each failure, uniformly distributed.
    private mutating func backOff(_ random: inout some RandomNumberGenerator) -> Int64 {
        let bound = min(Self.longestWaitMillis, Self.firstWaitMillis << Int64(min(failures, 10)))
        servers[server].failures += 1
        return .random(in: 0...bound, using: &random)
    }

    /// Forgets past failures and plans an attempt for `now`.
    public mutating func tryNow(_ now: MonotonicTime) {
        for index in servers.indices { servers[index] = Server(next: now) }
    }
}
