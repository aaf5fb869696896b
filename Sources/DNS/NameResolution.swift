import Bytes

/// From a name to addresses, without I/O: an address as text and a name in the hosts file at once, any other name by
/// asking the configured servers for its AAAA and A records, both at a time.
///
/// The owner calls `nextAction` after the start and after each input until it gives nil, and `expire` when `deadline`
/// has come. Each query is sent from a socket of its own, connected to port 53 of the server and with a port that the
/// kernel chose, and that socket is closed when the machine says so; of the network the owner tells it what datagrams
/// came there and what errors. The last action is the result.
///
/// - A server that fails, refuses or says nothing in time is followed by the next one, all of them as often as the
///   configuration says (`DNSLookup`). There is no TCP: of a truncated answer the addresses that it holds are used,
///   and one without any is like a failure.
/// - When one family has an address, the other is awaited for `otherFamilyWaitMillis` at most. RFC 8305, section 3
///   would wait 50 ms and take what comes later into the race; here the list is given once, so the wait is longer.
/// - Domains of the search list are tried in the order of resolv.conf(5). The next one is tried only when all servers
///   that were needed agree that the last has no such name or no address; a failure ends the resolution, so that a
///   name never means one host today and another one tomorrow for want of an answer.
/// - `localhost` and what ends in it is this machine (RFC 6761, section 6.3) and is not asked for.
///
/// A datagram costs O(1232 bytes squared) at most, and nothing of one that is no answer is kept but its number.
public struct NameResolution: Sendable {
    static let otherFamilyWaitMillis: Int64 = 1000
    /// Addresses in a result.
    static let addressesMax = 16

    /// Datagrams that came and answered nothing: late, twice, or from who knows whom.
    public private(set) var ignoredCount = 0

    private let name: String
    private let configuration: ResolverConfiguration
    /// The configuration's, in the order in which to ask them.
    private let servers: [IPAddress]
    private let start: MonotonicTime
    /// What the name may mean, from the next one to be tried on.
    private var candidates: [DNSName] = []
    private var asked: [DNSName] = []
    /// For IPv6 and for IPv4; none before and after.
    private var lookups: [DNSLookup] = []
    private var otherFamilyDeadline: MonotonicTime?
    /// A candidate exists, but has no address.
    private var hasName = false
    private var queryCount = 0
    private var closedNumbers: [Int] = []
    private var result: NameResolutionAction?
    private var isOver = false

    /// Starts at `now`.
    public init(
        of name: String, configuration: ResolverConfiguration, hosts: HostsFile,
        using random: inout some RandomNumberGenerator, now: MonotonicTime
    ) {
        self.name = name
        self.configuration = configuration
        let first = configuration.isRotating ? configuration.nameservers.indices.randomElement(using: &random) ?? 0 : 0
        servers = Array(configuration.nameservers[first...] + configuration.nameservers[..<first])
        start = now
        if let address = IPAddress(text: name) {
            end(.resolved(ResolvedAddresses([address])))
            return
        }
        let listed = hosts.addresses(of: name)
        guard listed.isEmpty else {
            end(.resolved(ResolvedAddresses(listed)))
            return
        }
        do throws(DNSNameFault) {
            let name = try DNSName(name)
            if name.text == "localhost" || name.text.hasSuffix(".localhost") {
                end(.resolved(ResolvedAddresses([.loopbackIPv6, .loopbackIPv4])))
            } else {
                candidates = Self.candidates(name, configuration)
                askNext(now)
            }
        } catch {
            end(.failed(.invalidName(name, error)))
        }
    }

    /// When `expire` is to be called; nil when the end has come.
    public var deadline: MonotonicTime? {
        (lookups.map(\.deadline) + [otherFamilyDeadline]).compactMap { $0 }.min()
    }

    /// The next thing to do, or nil when there is nothing more.
    ///
    /// - Parameter random: for the ids of queries; nobody must be able to guess what it gives.
    public mutating func nextAction(using random: inout some RandomNumberGenerator) -> NameResolutionAction? {
        for index in lookups.indices {
            if let number = lookups[index].takeClosedNumber() { closedNumbers.append(number) }
        }
        if let number = closedNumbers.popLast() { return .close(query: number) }
        for index in lookups.indices {
            if let query = lookups[index].takeQuery(number: queryCount, using: &random) {
                queryCount += 1
                return .send(query.bytes, to: query.server, query: queryCount - 1)
            }
        }
        guard let result, !isOver else { return nil }
        isOver = true
        return result
    }

    // MARK: - From the network

    /// Takes a datagram that came from `server`, port 53, to the socket of a query.
    public mutating func receive(
        _ datagram: Span<UInt8>, from server: IPAddress, query number: Int, now: MonotonicTime
    ) {
        for index in lookups.indices
        where lookups[index].receive(datagram, from: server, query: number, now: now) == .used {
            settle(now)
            return
        }
        ignoredCount += 1
        settle(now)
    }

    /// Takes that the system could not send a query, or heard that nothing listens where it went.
    public mutating func fail(query number: Int, now: MonotonicTime) {
        for index in lookups.indices { lookups[index].fail(query: number, now: now) }
        settle(now)
    }

    /// Goes on where the time of what was awaited is over.
    public mutating func expire(now: MonotonicTime) {
        for index in lookups.indices { lookups[index].expire(now: now) }
        settle(now)
    }

    // MARK: - Names

    /// The absolute names that `name` may mean, in the order of resolv.conf(5).
    private static func candidates(_ name: DNSName, _ configuration: ResolverConfiguration) -> [DNSName] {
        guard !name.isAbsolute else { return [name] }
        let searched = configuration.search.compactMap { name.appended(to: $0) }
        return name.dotCount >= configuration.dotsMin ? [name.absolute] + searched : searched + [name.absolute]
    }

    private mutating func askNext(_ now: MonotonicTime) {
        let candidate = candidates.removeFirst()
        asked.append(candidate)
        lookups = [DNSAddressType.ipv6, .ipv4].map {
            DNSLookup(candidate, $0, servers: servers, configuration: configuration, now: now)
        }
    }

    // MARK: - Results

    /// Draws the conclusion from what the lookups have, where there is one.
    private mutating func settle(_ now: MonotonicTime) {
        guard result == nil else { return }
        let outcomes = lookups.map(\.outcome)
        let isComplete = !outcomes.contains(nil)
        var found: [IPAddress] = []
        var life = DNSMessage.timeToLiveSecondsMax
        for case .addresses(let addresses, let seconds)? in outcomes {
            found += addresses
            life = min(life, seconds)
        }
        if !found.isEmpty {
            if isComplete || otherFamilyDeadline.map({ now >= $0 }) == true {
                end(.resolved(ResolvedAddresses(found, timeToLiveSeconds: life)))
            } else if otherFamilyDeadline == nil {
                otherFamilyDeadline = now.advanced(byMilliseconds: Self.otherFamilyWaitMillis)
            }
        } else if isComplete {
            settleWithoutAddress(outcomes, now)
        }
    }

    private mutating func settleWithoutAddress(_ outcomes: [DNSLookup.Outcome?], _ now: MonotonicTime) {
        if outcomes.contains(.failed) {
            let seconds = max(0, now.milliseconds(since: start)) / 1000
            end(.failed(.unanswered(name, serverTroubles(), seconds: seconds)))
            return
        }
        if outcomes.contains(.noAddress) { hasName = true }
        if !candidates.isEmpty {
            finishLookups()
            askNext(now)
        } else {
            end(.failed(hasName ? .noAddress(name, asked: asked) : .nonexistent(name, asked: asked)))
        }
    }

    /// What was wrong with each server, as the lookup that failed last in order has it.
    private func serverTroubles() -> [DNSServerTrouble] {
        guard let failed = lookups.last(where: { $0.outcome == .failed }) else { return [] }
        return zip(servers, failed.troubles).compactMap { server, trouble in
            trouble.map { DNSServerTrouble(server: server, trouble: $0) }
        }
    }

    private mutating func end(_ action: NameResolutionAction) {
        result = action
        otherFamilyDeadline = nil
        finishLookups()
    }

    private mutating func finishLookups() {
        for index in lookups.indices {
            lookups[index].finish()
            while let number = lookups[index].takeClosedNumber() { closedNumbers.append(number) }
        }
        lookups = []
    }
}
