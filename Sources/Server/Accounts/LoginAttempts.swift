import Bytes
import Gateway
import Platform

/// Recent failed logins, which limit the speed of guessing without shutting anybody out.
///
/// - Failures of one account from one address are limited: whoever guesses from there must wait.
/// - An account that fails from many addresses gets slower for those from which nobody has signed in to it: one attempt
///   is let through now and then. Addresses where somebody has signed in to the account are not slowed.
/// - Failures from one address are limited, whatever the account.
///
/// Bounded: at most `keysMax` of each kind are remembered. Beyond that the one used longest ago is forgotten.
struct LoginAttempts {
    private static let keysMax = 4096
    /// The addresses from which somebody has signed in to an account.
    private static let knownSitesMax = 16
    /// An account is under attack from this many times the failures that one address may have.
    private static let accountFactor = 4

    private struct Pair: Hashable {
        let account: String
        let site: Site
    }

    private struct Failures {
        /// The times of the failures within the window, oldest first; never more than the limit.
        var times: [MonotonicTime] = []

        mutating func forget(before window: Int64, _ now: MonotonicTime) {
            times.removeAll { now.milliseconds(since: $0) >= window }
        }
    }

    private struct KnownSites {
        /// The latest one last.
        var sites: [Site] = []
        var usedAt: MonotonicTime
    }

    private var pairs: [Pair: Failures] = [:]
    private var accounts: [String: Failures] = [:]
    private var addresses: [Site: Failures] = [:]
    private var knownSites: [String: KnownSites] = [:]

    /// The milliseconds until another attempt is allowed; nil if one is allowed now.
    ///
    /// - Parameter account: the e-mail address in lower case.
    mutating func wait(account: String, site: Site, limits: Limits, now: MonotonicTime) -> Int64? {
        let window = Int64(limits.loginTriesWindowMillis)
        let pair = Pair(account: account, site: site)
        let byPair = Self.wait(&pairs, pair, max: limits.loginTriesPerAccountMax, window: window, now: now)
        let byAddress = Self.wait(&addresses, site, max: limits.loginTriesPerAddressMax, window: window, now: now)
        return [byPair, byAddress, waitOfAccount(account, site, limits, now)].compactMap { $0 }.max()
    }

    /// Whether somebody has signed in to the account from this address.
    func knows(_ site: Site, of account: String) -> Bool { knownSites[account]?.sites.contains(site) == true }

    /// Under attack, as many attempts are let through in a window as would be without one.
    private mutating func waitOfAccount(
        _ account: String, _ site: Site, _ limits: Limits, _ now: MonotonicTime
    ) -> Int64? {
        guard var failures = accounts[account] else { return nil }
        let window = Int64(limits.loginTriesWindowMillis)
        failures.forget(before: window, now)
        accounts[account] = failures.times.isEmpty ? nil : failures
        guard failures.times.count >= Self.accountMax(limits), let last = failures.times.last,
            !knows(site, of: account)
        else { return nil }
        let left = window / Int64(Self.accountMax(limits)) - now.milliseconds(since: last)
        return left > 0 ? left : nil
    }

    private static func accountMax(_ limits: Limits) -> Int { limits.loginTriesPerAccountMax * accountFactor }

    mutating func noteFailure(account: String, site: Site, limits: Limits, now: MonotonicTime) {
        let pair = Pair(account: account, site: site)
        Self.note(&pairs, pair, max: limits.loginTriesPerAccountMax, now: now)
        Self.note(&accounts, account, max: Self.accountMax(limits), now: now)
        Self.note(&addresses, site, max: limits.loginTriesPerAddressMax, now: now)
    }

    /// Forgets the failures of an account from an address, because its owner has given the right password there, and
    /// remembers the address.
    mutating func noteSuccess(account: String, site: Site, now: MonotonicTime) {
        pairs[Pair(account: account, site: site)] = nil
        if knownSites[account] == nil, knownSites.count >= Self.keysMax,
            let oldest = knownSites.min(by: { $0.value.usedAt < $1.value.usedAt })
        {
            knownSites[oldest.key] = nil
        }
        var known = knownSites[account] ?? KnownSites(usedAt: now)
        known.usedAt = now
        known.sites.removeAll { $0 == site }
        known.sites.append(site)
        if known.sites.count > Self.knownSitesMax { known.sites.removeFirst() }
        knownSites[account] = known
    }

    /// Forgets all failures of an account, and those of the addresses that had them.
    mutating func unlock(account: String) {
        accounts[account] = nil
        for pair in pairs.keys where pair.account == account {
            pairs[pair] = nil
            addresses[pair.site] = nil
        }
    }

    private static func wait<Key>(
        _ table: inout [Key: Failures], _ key: Key, max: Int, window: Int64, now: MonotonicTime
    ) -> Int64? {
        guard var failures = table[key] else { return nil }
        failures.forget(before: window, now)
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
