import Bytes

/// One question that is put to server after server until one answers it or all have failed.
///
/// The servers are asked in turn, for as many rounds as the configuration says. A query stays open after its timeout,
/// while the next server is asked, so that a late answer still counts; it closes when the question is settled. From the
/// second round on, queries go without an OPT record, which some firewalls drop.
struct DNSLookup: Sendable {
    enum Outcome: Hashable, Sendable {
        case addresses([IPAddress], timeToLiveSeconds: Int)
        /// The name does not exist.
        case nonexistent
        /// The name has no address of this family.
        case noAddress
        /// No server gave an answer of use; `troubles` says why.
        case failed
    }

    /// What happened to a datagram.
    enum Reception: Hashable, Sendable {
        case used
        case ignored
    }

    private struct OpenQuery: Sendable {
        let number: Int
        let query: DNSQuery
        let serverIndex: Int
        /// The turn in which it was sent.
        let turn: Int
        var ignoredCount = 0
    }

    /// The number of datagrams that are not an answer after which a query is given up. It bounds how often an attacker
    /// can guess the id.
    static let ignoredPerQueryMax = 16

    private let name: DNSName
    private let type: DNSAddressType
    private let servers: [IPAddress]
    private let turnsMax: Int
    private let timeoutMillis: Int64

    /// The last trouble with each server.
    private(set) var troubles: [DNSTrouble?]
    private(set) var outcome: Outcome?
    /// When the server that was asked last times out.
    private(set) var deadline: MonotonicTime?
    /// The number of servers that have had their turn, over all rounds.
    private var turn = 0
    private var isQueryDue = true
    private var openQueries: [OpenQuery] = []
    private var closedNumbers: [Int] = []
    /// Whether a server does not know the OPT record, by its index.
    private var isPlain: [Bool]

    /// - Parameter servers: at least one, in the order in which to ask them.
    init(
        _ name: DNSName, _ type: DNSAddressType, servers: [IPAddress], configuration: ResolverConfiguration,
        now: MonotonicTime
    ) {
        self.name = name
        self.type = type
        self.servers = servers
        turnsMax = servers.count * configuration.attempts
        timeoutMillis = Int64(configuration.timeoutSeconds) * 1000
        troubles = Array(repeating: nil, count: servers.count)
        isPlain = Array(repeating: false, count: servers.count)
        deadline = now.advanced(byMilliseconds: timeoutMillis)
    }

    // MARK: - Out

    /// The number of a query whose answer no longer matters, once each.
    mutating func nextClosedNumber() -> Int? { closedNumbers.popLast() }

    /// The query that is due, or nil if none is. It goes by `number` from now on.
    mutating func nextQuery(
        number: Int, using random: inout some RandomNumberGenerator
    ) -> (bytes: [UInt8], server: IPAddress)? {
        guard isQueryDue else { return nil }
        isQueryDue = false
        let index = turn % servers.count
        let query = DNSQuery(
            id: .random(in: 0...(.max), using: &random), name: name, type: type,
            hasOPT: turn < servers.count && !isPlain[index])
        openQueries.append(OpenQuery(number: number, query: query, serverIndex: index, turn: turn))
        return (query.bytes, servers[index])
    }

    // MARK: - In

    /// Handles a datagram that came from `server` to the port of a query.
    mutating func receive(
        _ datagram: Span<UInt8>, from server: IPAddress, query number: Int, now: MonotonicTime
    ) -> Reception {
        guard let place = openQueries.firstIndex(where: { $0.number == number }),
            servers[openQueries[place].serverIndex] == server
        else { return .ignored }
        do throws(DNSMessageFault) {
            settle(try DNSResponse(datagram.bytes(upTo: DNSMessage.bytesMax), to: openQueries[place].query), place, now)
            return .used
        } catch {
            switch error {
            case .malformed(let words):
                settle(.trouble(.malformed(words)), place, now)
                return .used
            case .foreign:
                openQueries[place].ignoredCount += 1
                if openQueries[place].ignoredCount >= Self.ignoredPerQueryMax { settle(.trouble(.flood), place, now) }
                return .ignored
            }
        }
    }

    /// Notes that a query could not be sent or that nothing listens where it went.
    mutating func fail(query number: Int, now: MonotonicTime) {
        guard let place = openQueries.firstIndex(where: { $0.number == number }) else { return }
        settle(.trouble(.unreachable), place, now)
    }

    /// Moves on to the next server if the one that was asked last has timed out.
    mutating func expire(now: MonotonicTime) {
        guard let deadline, now >= deadline else { return }
        troubles[turn % servers.count] = .silence
        advance(now)
    }

    /// Closes all open queries. An outcome that is already known stays.
    mutating func finish(_ outcome: Outcome = .failed) {
        if self.outcome == nil { self.outcome = outcome }
        deadline = nil
        isQueryDue = false
        closedNumbers += openQueries.map(\.number)
        openQueries = []
    }

    // MARK: -

    private mutating func settle(_ response: DNSResponse, _ place: Int, _ now: MonotonicTime) {
        switch response {
        case .addresses(let addresses, let life): finish(.addresses(addresses, timeToLiveSeconds: life))
        case .nonexistent: finish(.nonexistent)
        case .noAddress: finish(.noAddress)
        case .withoutOPT:
            let query = closeQuery(at: place)
            isPlain[query.serverIndex] = true
            // The same server is asked again, within what is left of its time.
            if query.turn == turn { isQueryDue = true }
        case .trouble(let trouble):
            let query = closeQuery(at: place)
            troubles[query.serverIndex] = trouble
            if query.turn == turn { advance(now) }
        }
    }

    private mutating func closeQuery(at place: Int) -> OpenQuery {
        let query = openQueries.remove(at: place)
        closedNumbers.append(query.number)
        return query
    }

    private mutating func advance(_ now: MonotonicTime) {
        turn += 1
        if turn == turnsMax {
            finish()
        } else {
            isQueryDue = true
            deadline = now.advanced(byMilliseconds: timeoutMillis)
        }
    }
}

extension Span<UInt8> {
    /// A copy of at most `countMax` bytes and one more, which shows that there are too many.
    fileprivate func bytes(upTo countMax: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(extracting(first: Swift.min(count, countMax + 1)))
        return bytes
    }
}
