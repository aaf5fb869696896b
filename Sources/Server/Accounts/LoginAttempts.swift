import Bytes
import Gateway

/// Recent failed logins by account and by address, which limit the speed of guessing.
///
/// Bounded: at most `keysMax` accounts and `keysMax` addresses are remembered. Beyond that the one whose last failure
/// is oldest is forgotten.
struct LoginAttempts {
    private static let keysMax = 4096

    private struct Failures {
        /// The times of the failures within the window, oldest first; never more than the limit.
        var times: [MonotonicTime] = []
    }

    private var accounts: [String: Failures] = [:]
    private var addresses: [UInt64: Failures] = [:]

    /// The milliseconds until another attempt is allowed; nil if one is allowed now.
    ///
    /// - Parameter account: the e-mail address in lower case.
    mutating func wait(account: String, site: UInt64, limits: Limits, now: MonotonicTime) -> Int64? {
        let window = Int64(limits.loginTriesWindowMillis)
        let byAccount = Self.wait(&accounts, account, max: limits.loginTriesPerAccountMax, window: window, now: now)
        let byAddress = Self.wait(&addresses, site, max: limits.loginTriesPerAddressMax, window: window, now: now)
        return [byAccount, byAddress].compactMap { $0 }.max()
    }

    mutating func noteFailure(account: String, site: UInt64, limits: Limits, now: MonotonicTime) {
        Self.note(&accounts, account, max: limits.loginTriesPerAccountMax, now: now)
        Self.note(&addresses, site, max: limits.loginTriesPerAddressMax, now: now)
    }

    /// Forgets the failures of an account, because its owner has now given the right password.
    mutating func noteSuccess(account: String) { accounts[account] = nil }

    private static func wait<Key>(
        _ table: inout [Key: Failures], _ key: Key, max: Int, window: Int64, now: MonotonicTime
    ) -> Int64? {
        guard var failures = table[key] else { return nil }
        failures.times.removeAll { now.milliseconds(since: $0) >= window }
        table[key] = failures.times.isEmpty ? nil : failures
        guard failures.times.count >= max, let oldest = failures.times.first else { return nil }
        return window - now.milliseconds(since: oldest)
    }

    private static func note<Key>(_ table: inout [Key: Failures], _ key: Key, max: Int, now: MonotonicTime) {
        if table[key] == nil && table.count >= keysMax {
            let oldest = table.min { ($0.value.times.last ?? now) < ($1.value.times.last ?? now) }
            if let oldest { table[oldest.key] = nil }
        }
        var failures = table[key] ?? Failures()
        failures.times.append(now)
        if failures.times.count > max { failures.times.removeFirst(failures.times.count - max) }
        table[key] = failures
    }
}
