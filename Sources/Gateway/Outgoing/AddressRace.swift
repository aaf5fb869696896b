import Bytes
import Platform

/// Attempts to connect to the addresses of one host; the first to succeed is kept (RFC 8305, section 5).
///
/// The next address is tried once an attempt has failed, or once the latest has been unanswered for
/// `attemptDelayMillis`; that attempt continues meanwhile.
struct AddressRace {
    private struct Attempt {
        let connection: ConnectionID
        let address: IPAddress
    }

    /// The Connection Attempt Delay that RFC 8305, section 8 recommends.
    static let attemptDelayMillis: Int64 = 250
    /// The time for each address, enough to repeat a lost packet twice (RFC 6298, section 2: after 1 s, then 2 s).
    static let attemptTimeoutMillis: Int64 = 5000

    private let port: UInt16
    private var waiting: ArraySlice<IPAddress>
    private var attempts: [Attempt] = []
    private var nextStart: MonotonicTime?
    private(set) var winner: ConnectionID?
    /// Why each address failed, in the order in which they did.
    private(set) var troubles: [(address: IPAddress, words: String)] = []

    init(to addresses: [IPAddress], port: UInt16, through loop: EventLoop, now: Moment) {
        self.port = port
        waiting = addresses[...]
        startNext(through: loop, now: now)
    }

    /// Whether all addresses have failed.
    var isLost: Bool { winner == nil && attempts.isEmpty && waiting.isEmpty }

    /// When the next address is to be tried. The loop enforces the time that each attempt may take.
    var deadline: MonotonicTime? { nextStart }

    mutating func connected(_ connection: ConnectionID, through loop: EventLoop) -> Bool {
        guard attempts.contains(where: { $0.connection == connection }) else { return false }
        attempts.removeAll { $0.connection == connection }
        winner = connection
        cancel(through: loop)
        return true
    }

    mutating func ended(
        _ connection: ConnectionID, _ end: OutgoingEnd, through loop: EventLoop, now: Moment
    ) -> Bool {
        guard let place = attempts.firstIndex(where: { $0.connection == connection }) else { return false }
        let address = attempts.remove(at: place).address
        switch end {
        case .ended: troubles.append((address, "the connection was closed"))
        case .failed(let words): troubles.append((address, words))
        }
        startNext(through: loop, now: now)
        return true
    }

    mutating func expire(through loop: EventLoop, now: Moment) {
        if let nextStart, nextStart <= now.monotonic { startNext(through: loop, now: now) }
    }

    /// Abandons all attempts except the winner.
    mutating func cancel(through loop: EventLoop) {
        for attempt in attempts { loop.closeOutgoing(attempt.connection) }
        attempts = []
        waiting = []
        nextStart = nil
    }

    private mutating func startNext(through loop: EventLoop, now: Moment) {
        nextStart = nil
        while let address = waiting.popFirst() {
            do {
                let connection = try loop.connect(
                    to: address, port: port, timeoutMillis: Self.attemptTimeoutMillis)
                attempts.append(Attempt(connection: connection, address: address))
                if !waiting.isEmpty { nextStart = now.monotonic.advanced(byMilliseconds: Self.attemptDelayMillis) }
                return
            } catch {
                troubles.append((address, error.reason))
            }
        }
    }
}
