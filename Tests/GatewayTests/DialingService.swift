import Bytes
import HTTP
import JSON
import Linux
import Platform
import SocketIO

@testable import Gateway

/// A service that opens connections and serves no clients, and the loop that it runs on.
final class DialingService: RequestHandler, OutgoingHandler, TurnHandler {
    /// What the loop reported to the service, and its commits.
    enum Happening: Hashable {
        case connected(ConnectionID)
        case received(String, ConnectionID)
        case ended(OutgoingEnd, ConnectionID)
        case dialed(DialResult)
        case committed
    }

    private(set) var happenings: [Happening] = []
    var dialers: [Dialer] = []
    /// Runs within the next commit, when everything is decided and nothing is sent yet.
    var beforeSending: (() -> Void)?

    /// Everything that happened except commits.
    var news: [Happening] { happenings.filter { $0 != .committed } }

    var results: [DialResult] {
        news.compactMap { if case .dialed(let result) = $0 { result } else { nil } }
    }

    // MARK: The loop

    /// The handlers that the loop calls.
    var handlers: Service {
        var service = Service(requests: self)
        service.outgoing = self
        service.turn = self
        return service
    }

    static func loop(_ service: DialingService, slowClientTimeoutMillis: Int64 = 30_000) throws -> EventLoop {
        let settings = GatewaySettings(
            http: HTTPLimits(), endpoints: [], crossOrigin: CrossOriginPolicy(origins: ["*"]), connectionsMax: 2000,
            connectionsPerAddressMax: 256, sendWindowBytesMax: 256 * 1024,
            slowClientTimeoutMillis: slowClientTimeoutMillis, drainTimeoutMillis: 4000)
        return EventLoop(
            network: try LinuxNetwork(dataPath: "/nonexistent"), service: service.handlers, settings: settings,
            log: Log(),
            random: SystemRandomNumberGenerator(), now: SystemClock.now())
    }

    private var end: MonotonicTime?
    private var isTurnDue = false

    /// Turns the loop at once, and then until `isSo` holds, for at most ten seconds.
    func turn(_ loop: EventLoop, until isSo: () -> Bool) throws {
        let end = SystemClock.now().monotonic.advanced(byMilliseconds: 10_000)
        self.end = end
        isTurnDue = true
        while !isSo(), loop.now.monotonic < end { guard try loop.turn() else { return } }
    }

    /// Dials with the dialer at `index`.
    func start(_ index: Int, to host: String, port: UInt16, through loop: EventLoop) {
        dialers[index].start(host: host, port: port, through: loop, now: SystemClock.now())
        collectResults()
    }

    private func collectResults() {
        for index in dialers.indices {
            if let result = dialers[index].dequeueResult() { happenings.append(.dialed(result)) }
        }
    }

    // MARK: Outgoing connections

    func outgoingConnected(_ connection: ConnectionID, through loop: EventLoop, now: Moment) {
        if !dialers.indices.contains(where: { dialers[$0].connected(connection, through: loop, now: now) }) {
            happenings.append(.connected(connection))
        }
        collectResults()
    }

    func outgoingSecured(_ connection: ConnectionID, through loop: EventLoop, now: Moment) {}

    func outgoingReceived(
        _ bytes: Span<UInt8>, from connection: ConnectionID, through loop: EventLoop, now: Moment
    ) {
        for index in dialers.indices
        where dialers[index].received(bytes, from: connection, through: loop, now: now) {
            return collectResults()
        }
        var copy: [UInt8] = []
        copy.append(bytes)
        happenings.append(.received(String(decoding: copy, as: UTF8.self), connection))
    }

    func outgoingEnded(_ connection: ConnectionID, _ end: OutgoingEnd, through loop: EventLoop, now: Moment) {
        if !dialers.indices.contains(where: { dialers[$0].ended(connection, end, through: loop, now: now) }) {
            happenings.append(.ended(end, connection))
        }
        collectResults()
    }

    var deadline: MonotonicTime? {
        isTurnDue ? MonotonicTime(milliseconds: 0) : (dialers.map(\.deadline) + [end]).compactMap { $0 }.min()
    }

    func expire(through loop: EventLoop, now: Moment) {
        isTurnDue = false
        for index in dialers.indices { dialers[index].expire(through: loop, now: now) }
        collectResults()
    }

    var lastSequence: UInt64 { 0 }

    var durableSequence: UInt64 { 0 }

    func beginCommit(now: Moment) -> SyncRequest? {
        happenings.append(.committed)
        beforeSending?()
        beforeSending = nil
        return nil
    }

    func endCommit(_ outcome: SyncOutcome, now: Moment) {}

    // MARK: Unused

    func answer(_ request: HTTPRequest, from exchange: Exchange, through loop: EventLoop, now: Moment) -> Answer {
        .response(ErrorBody.response(.notFound, "There is nothing here"))
    }

    func release(through loop: EventLoop, now: Moment) {}

    func announce(toNext countMax: Int, through loop: EventLoop, now: Moment) -> Bool { false }

    func catchUp(through loop: EventLoop, now: Moment) {}

    func reload(through loop: EventLoop, now: Moment) {}
}
