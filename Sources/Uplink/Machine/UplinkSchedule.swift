import Bytes

/// Decides when to try to connect. No other place decides it.
///
/// - At the start: at once.
/// - After a useful connection that the server closed: at once.
/// - After a failure: exponentially less often, with full jitter, so that five hundred stations do not come back in the
///   same second.
/// - When the server names a time: not before then.
/// - When an operator must do something first: as seldom as possible.
/// - When the server does not want us: never.
public struct UplinkSchedule: Sendable {
    /// The longest first wait.
    static let firstWaitMillis: Int64 = 1_000
    /// The longest wait of all.
    static let longestWaitMillis: Int64 = 300_000

    /// The number of failures since the last success.
    private(set) var failures = 0
    /// When to try next; nil if no further attempt is planned.
    public private(set) var next: MonotonicTime?

    /// Creates a schedule whose first attempt is due now.
    public init(now: MonotonicTime) { next = now }

    /// Notes a success, so that the next failure is followed by a short wait again.
    public mutating func succeeded() { failures = 0 }

    /// Plans the next attempt after a connection ended or could not be opened.
    ///
    /// - Parameter wasUseful: whether the connection had served its purpose before.
    public mutating func failed(
        _ remedy: UplinkFault.Remedy, wasUseful: Bool, using random: inout some RandomNumberGenerator,
        now: MonotonicTime
    ) {
        switch remedy {
        case .waitSeconds(0) where wasUseful: next = now
        case .backOff, .waitSeconds(0): next = now.advanced(byMilliseconds: backOff(&random))
        case .waitSeconds(let seconds):
            // Never sooner than asked, and not all stations at the same time.
            let millis = Int64(min(max(seconds, 0), 86_400)) * 1_000
            next = now.advanced(byMilliseconds: millis + .random(in: 0...millis / 2, using: &random))
        case .intervention:
            next = now.advanced(
                byMilliseconds: .random(in: Self.longestWaitMillis / 2...Self.longestWaitMillis, using: &random))
        case .stop: next = nil
        }
    }

    /// A wait between 0 and a bound that doubles with each failure, uniformly distributed.
    private mutating func backOff(_ random: inout some RandomNumberGenerator) -> Int64 {
        let bound = min(Self.longestWaitMillis, Self.firstWaitMillis << Int64(min(failures, 10)))
        failures += 1
        return .random(in: 0...bound, using: &random)
    }

    /// Forgets past failures and plans an attempt for `now`.
    public mutating func tryNow(_ now: MonotonicTime) {
        failures = 0
        next = now
    }
}
