import Bytes

/// When to try to connect: the one place that decides it.
///
/// At the start; after a connection that served its purpose ended, at once; after a failure, exponentially less often
/// with full jitter, so that five hundred stations do not come back in the same second; when a server names a time, not
/// before then; when somebody must do something first, as seldom as can be; when the server does not want us, never.
public struct UplinkSchedule: Sendable {
    /// The bound of the first wait, and of all later ones.
    static let firstWaitMillis: Int64 = 1_000
    static let longestWaitMillis: Int64 = 300_000

    /// Failures since the last success.
    private(set) var failures = 0
    /// When to try; nil where no further try is due by itself.
    public private(set) var next: MonotonicTime?

    public init(now: MonotonicTime) { next = now }

    public mutating func succeeded() { failures = 0 }

    /// Plans the try after a connection that came to nothing, or to its end.
    ///
    /// - Parameter wasUseful: whether it had served its purpose before.
    public mutating func failed(
        _ remedy: UplinkFault.Remedy, wasUseful: Bool, using random: inout some RandomNumberGenerator,
        now: MonotonicTime
    ) {
        switch remedy {
        case .waitSeconds(0) where wasUseful: next = now
        case .backOff, .waitSeconds(0): next = now.advanced(byMilliseconds: backOff(&random))
        case .waitSeconds(let seconds):
            // Never sooner than asked, and not all stations at once.
            let millis = Int64(min(max(seconds, 0), 86_400)) * 1_000
            next = now.advanced(byMilliseconds: millis + .random(in: 0...millis / 2, using: &random))
        case .intervention:
            next = now.advanced(
                byMilliseconds: .random(in: Self.longestWaitMillis / 2...Self.longestWaitMillis, using: &random))
        case .stop: next = nil
        }
    }

    /// Uniformly from 0 to a bound that doubles from failure to failure.
    private mutating func backOff(_ random: inout some RandomNumberGenerator) -> Int64 {
        let bound = min(Self.longestWaitMillis, Self.firstWaitMillis << Int64(min(failures, 10)))
        failures += 1
        return .random(in: 0...bound, using: &random)
    }

    /// Forgets what went wrong and tries at `now`.
    public mutating func tryNow(_ now: MonotonicTime) {
        failures = 0
        next = now
    }
}
