import Bytes

/// One question on its way from server to server, until one answers it or all have failed.
///
/// The servers are asked one after the other, as often as the configuration says. A query stays open when its time is
/// over and another server is asked, so that a late answer still counts; it ends when the question is settled. From the
/// second round on the queries go without an OPT record, which some firewalls drop.
struct DNSLookup: Sendable {
    enum Outcome: Hashable, Sendable {
        case addresses([IPAddress], timeToLiveSeconds: Int)
        case nonexistent
        case noAddress
        /// No server was of use; `troubles` says why.
        case failed
    }

    /// What became of a datagram.
    enum Reception: Hashable, Sendable {
        case used
        case ignored
    }

    private struct OpenQuery: Sendable {
        let number: Int
        let query: DNSQuery
        let serverIndex: Int
        /// The turn that it was sent in.
        let turn: Int
        var ignoredCount = 0
    }

    /// Datagrams that are no answer, after which a query is given up: so few guesses of its id are free.
    static let ignoredPerQueryMax = 16

    private let name: DNSName
    private let type: DNSAddressType
    private let servers: [IPAddress]
    private let turnsMax: Int
    private let timeoutMillis: Int64

    /// The last trouble with each server.
    private(set) var troubles: [DNSTrouble?]
    private(set) var outcome: Outcome?
    /// When the server that was asked last has had its time.
    private(set) var deadline: MonotonicTime?
    /// Counts the servers asked, over all rounds.
    private var turn = 0
    private var isQueryDue = true
    private var openQueries: [OpenQuery] = []
    private var closedNumbers: [Int] = []
    /// The servers that do not know the OPT record.
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

    /// The number of a query that nothing is awaited of any more.
    mutating func takeClosedNumber() -> Int? { closedNumbers.popLast() }

    /// The query that is due, which from here on is known by `number`; nil where none is.
    mutating func takeQuery(
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

    /// Takes a datagram that came from `server` to the port of a query.
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

    /// Takes that a query could not be sent, or that nothing listens where it went.
    mutating func fail(query number: Int, now: MonotonicTime) {
        guard let place = openQueries.firstIndex(where: { $0.number == number }) else { return }
        settle(.trouble(.unreachable), place, now)
    }

    /// Goes on to the next server if the one that was asked last has had its time.
    mutating func expire(now: MonotonicTime) {
        guard let deadline, now >= deadline else { return }
        troubles[turn % servers.count] = .silence
        advance(now)
    }

    /// Gives up what is still open.
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
            // The same server once more, in what is left of its time.
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
    /// A copy; where there are more than `countMax` bytes, of one byte more than that.
    fileprivate func bytes(upTo countMax: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(extracting(first: Swift.min(count, countMax + 1)))
        return bytes
    }
}
