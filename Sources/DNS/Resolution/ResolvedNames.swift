import Bytes

/// A cache of what names resolved to.
///
/// A time to live is raised to `lifeSecondsMin`, so that a zero does not cause a flood of queries, and capped at
/// `lifeSecondsMax`, so that a wrong answer does not stay for days. The answer that a name does not exist or has no
/// address is kept for `negativeLifeSeconds`, whatever its SOA record says (to RFC 2308, section 5 that is an upper
/// bound). Other faults are not kept.
public struct ResolvedNames: Sendable {
    static let namesMax = 16
    static let lifeSecondsMin = 5
    static let lifeSecondsMax = 3600
    static let negativeLifeSeconds = 30

    private struct Entry: Sendable {
        let name: String
        let outcome: Result<[IPAddress], NameResolutionFault>
        let end: MonotonicTime
    }

    private var entries: [Entry] = []

    /// Creates an empty cache.
    public init() {}

    /// What is known about `name` at `now`; nil if it must be resolved. Case does not count.
    public func outcome(of name: String, now: MonotonicTime) -> Result<[IPAddress], NameResolutionFault>? {
        entries.first { ASCII.equalIgnoringCase($0.name, name) && now < $0.end }?.outcome
    }

    /// Keeps the addresses of `name` if they came from a server.
    public mutating func insert(_ resolved: ResolvedAddresses, for name: String, now: MonotonicTime) {
        guard let life = resolved.timeToLiveSeconds else { return }
        let seconds = min(max(life, Self.lifeSecondsMin), Self.lifeSecondsMax)
        insert(.success(resolved.addresses), for: name, seconds: seconds, now)
    }

    /// Keeps the fact that `name` has no address if servers said so.
    public mutating func insert(_ fault: NameResolutionFault, for name: String, now: MonotonicTime) {
        guard fault.isAnswer else { return }
        insert(.failure(fault), for: name, seconds: Self.negativeLifeSeconds, now)
    }

    /// Forgets what `name` resolved to, for example because nothing answers at its addresses.
    public mutating func remove(_ name: String) {
        entries.removeAll { ASCII.equalIgnoringCase($0.name, name) }
    }

    /// Adds an entry. If there is no room, the entry that expires first is dropped.
    private mutating func insert(
        _ outcome: Result<[IPAddress], NameResolutionFault>, for name: String, seconds: Int, _ now: MonotonicTime
    ) {
        entries.removeAll { now >= $0.end }
        remove(name)
        if entries.count >= Self.namesMax, let first = entries.indices.min(by: { entries[$0].end < entries[$1].end }) {
            entries.remove(at: first)
        }
        let end = now.advanced(byMilliseconds: Int64(seconds) * 1000)
        entries.append(Entry(name: name, outcome: outcome, end: end))
    }
}
