import Bytes

/// Resolves a name to addresses, without I/O. An address as text and a name in the hosts file are resolved at once; for
/// any other name the configured servers are asked for AAAA and A records at the same time.
///
/// The owner calls `nextAction` after the start and after each input until it returns nil, and `expire` when `deadline`
/// has come. It sends each query from a socket of its own, which is connected to port 53 of the server and has a port
/// that the kernel chose, and closes that socket when the machine says so. It hands in the datagrams and errors that
/// arrive there. The last action is the result.
///
/// - When a server fails, refuses or times out, the next one is asked, for as many rounds as the configuration says
///   (`DNSLookup`). There is no TCP: the addresses in a truncated answer are used, and a truncated answer without any
///   counts as a failure.
/// - When one family has an address, the other is awaited for at most `otherFamilyWaitMillis`. RFC 8305, section 3
///   would wait 50 ms and let later addresses join the race; here the list is given once, so the wait is longer.
/// - Domains of the search list are tried in the order of resolv.conf(5). The next domain is tried only if the servers
///   answered that the last name does not exist or has no address. A failure ends the resolution, so that a missing
///   answer never makes a name mean one host today and another tomorrow.
/// - `localhost` and names that end in `.localhost` are this machine (RFC 6761, section 6.3); no server is asked.
///
/// A datagram costs at most O(n²) in its 1,232 bytes. Datagrams that answer nothing are counted and not kept.
public struct NameResolution: Sendable {
    static let otherFamilyWaitMillis: Int64 = 1000
    /// The largest number of addresses in a result.
    static let addressesMax = 16

    /// The number of datagrams that answered nothing: late ones, duplicates and forgeries.
    public private(set) var ignoredCount = 0

    private let name: String
    private let configuration: ResolverConfiguration
    /// The configured servers, in the order in which to ask them.
    private let servers: [IPAddress]
    private let start: MonotonicTime
    /// The absolute names that are still to be tried, the next one first.
    private var candidates: [DNSName] = []
    private var asked: [DNSName] = []
    /// One for IPv6 and one for IPv4 while servers are asked, otherwise none.
    private var lookups: [DNSLookup] = []
    private var otherFamilyDeadline: MonotonicTime?
    /// Whether one of the names that were tried exists without an address.
    private var hasName = false
    private var queryCount = 0
    private var closedNumbers: [Int] = []
    private var result: NameResolutionAction?
    private var isOver = false

    /// Starts the resolution of `name`, which may be an address.
    ///
    /// - Parameter random: chooses the first server where the configuration rotates them.
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

    /// When to call `expire`; nil after the end.
    public var deadline: MonotonicTime? {
        (lookups.map(\.deadline) + [otherFamilyDeadline]).compactMap { $0 }.min()
    }

    /// The next thing to do, or nil if there is nothing to do for now.
    ///
    /// - Parameter random: chooses the ids of queries, so it must be unpredictable.
    public mutating func nextAction(using random: inout some RandomNumberGenerator) -> NameResolutionAction? {
        for index in lookups.indices {
            if let number = lookups[index].nextClosedNumber() { closedNumbers.append(number) }
        }
        if let number = closedNumbers.popLast() { return .close(query: number) }
        for index in lookups.indices {
            if let query = lookups[index].nextQuery(number: queryCount, using: &random) {
                queryCount += 1
                return .send(query.bytes, to: query.server, query: queryCount - 1)
            }
        }
        guard let result, !isOver else { return nil }
        isOver = true
        return result
    }

    // MARK: - From the network

    /// Handles a datagram that came from port 53 of `server` to the socket of a query.
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

    /// Notes that the system could not send a query or heard that nothing listens where it went.
    public mutating func fail(query number: Int, now: MonotonicTime) {
        for index in lookups.indices { lookups[index].fail(query: number, now: now) }
        settle(now)
    }

    /// Acts on the timeouts that have come by `now`.
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

    /// Ends the resolution or goes on to the next name if the lookups' outcomes allow it.
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

    /// What was wrong with each server according to the last of the lookups that failed.
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
            while let number = lookups[index].nextClosedNumber() { closedNumbers.append(number) }
        }
        lookups = []
    }
}

/// What the owner of a `NameResolution` must do.
public enum NameResolutionAction: Hashable, Sendable {
    /// Send this datagram to port 53 of a server, from a new socket with a port that the kernel chooses.
    case send([UInt8], to: IPAddress, query: Int)
    /// Close the socket of a query. All sockets are closed before the result comes.
    case close(query: Int)
    /// The last action: the name has these addresses.
    case resolved(ResolvedAddresses)
    /// The last action: the name has no address, or none could be found out.
    case failed(NameResolutionFault)
}
