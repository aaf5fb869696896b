import Bytes

/// What names resolved to, for as long as that holds.
///
/// A life is at least `lifeSecondsMin`, so that a life of zero does not make a flood of queries, and at most
/// `lifeSecondsMax`, so that a wrong answer does not stay for days. That a name does not exist or has no address is
/// kept for `negativeLifeSeconds`, whatever its SOA record says (RFC 2308, section 5 has that for an upper bound);
/// other faults are not kept.
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

    public init() {}

    /// What is known of `name` at `now`; nil where it is to be asked for.
    public func outcome(of name: String, now: MonotonicTime) -> Result<[IPAddress], NameResolutionFault>? {
        entries.first { ASCII.equalIgnoringCase($0.name, name) && now < $0.end }?.outcome
    }

    /// Keeps the addresses of `name`, unless they did not come from a server.
    public mutating func insert(_ resolved: ResolvedAddresses, for name: String, now: MonotonicTime) {
        guard let life = resolved.timeToLiveSeconds else { return }
        let seconds = min(max(life, Self.lifeSecondsMin), Self.lifeSecondsMax)
        insert(.success(resolved.addresses), for: name, seconds: seconds, now)
    }

    /// Keeps that `name` has no address, if servers have said so.
    public mutating func insert(_ fault: NameResolutionFault, for name: String, now: MonotonicTime) {
        guard fault.isAnswer else { return }
        insert(.failure(fault), for: name, seconds: Self.negativeLifeSeconds, now)
    }

    /// Forgets what `name` resolved to, as when nothing answers at its addresses.
    public mutating func remove(_ name: String) {
        entries.removeAll { ASCII.equalIgnoringCase($0.name, name) }
    }

    /// Where there is no room, the one that ends first has to go.
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
