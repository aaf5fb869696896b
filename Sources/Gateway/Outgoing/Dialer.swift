import Bytes
import DNS
import Platform

/// Opens a connection to a host and a port: looks up the name, then tries its addresses.
///
/// Its owner is the service, which passes on its callbacks for outgoing connections and calls `expire` when `deadline`
/// has come. After each of these calls, and after `start`, it asks for the result. Before `start` and after the result
/// the dialer is idle and holds no descriptor. The addresses of a name are remembered for as long as they are valid. If
/// none of them accepts a connection, the name is looked up anew the next time.
public struct Dialer {
    private enum State {
        case idle
        case lookingUp(HostLookup)
        case connecting(AddressRace)
    }

    private let files: ResolverFiles
    private var host = ""
    private var port: UInt16 = 0
    private var names = ResolvedNames()
    private var state = State.idle
    private var result: DialResult?

    /// Creates an idle dialer that looks names up as `files` say.
    public init(files: ResolverFiles) { self.files = files }

    /// Whether a result is still to come.
    public var isDialing: Bool {
        if case .idle = state { false } else { true }
    }

    /// When `expire` is to be called, if at all.
    public var deadline: MonotonicTime? {
        switch state {
        case .idle: nil
        case .lookingUp(let lookup): lookup.deadline
        case .connecting(let race): race.deadline
        }
    }

    /// Begins to dial, and abandons an earlier attempt.
    ///
    /// - Parameter host: a name, or an IP address without brackets.
    public mutating func start(host: String, port: UInt16, through loop: EventLoop, now: Moment) {
        cancel(through: loop)
        self.host = host
        self.port = port
        switch names.outcome(of: host, now: now.monotonic) {
        case .success(let addresses)?: race(to: addresses, through: loop, now: now)
        case .failure(let fault)?: end(.failed(fault.description))
        case nil: proceed(.lookingUp(HostLookup(of: host, with: files, through: loop, now: now)), loop, now)
        }
    }

    /// Abandons the attempt under way; there will be no result. A connection that was not handed over yet is closed.
    public mutating func cancel(through loop: EventLoop) {
        switch state {
        case .idle: break
        case .lookingUp(var lookup): lookup.cancel(through: loop)
        case .connecting(var race): race.cancel(through: loop)
        }
        state = .idle
        if case .connected(let connection)? = dequeueResult() { loop.closeOutgoing(connection) }
    }

    /// Returns the result, once; nil if there is none yet.
    public mutating func dequeueResult() -> DialResult? {
        defer { result = nil }
        return result
    }

    // MARK: What the service is told

    /// Handles `outgoingConnected`; false if the connection is not this dialer's.
    public mutating func connected(_ connection: ConnectionID, through loop: EventLoop, now: Moment) -> Bool {
        guard case .connecting(var race) = state, race.connected(connection, through: loop) else { return false }
        proceed(.connecting(race), loop, now)
        return true
    }

    /// Handles `outgoingReceived`; false if the connection is not this dialer's.
    public mutating func received(
        _ bytes: Span<UInt8>, from connection: ConnectionID, through loop: EventLoop, now: Moment
    ) -> Bool {
        guard case .lookingUp(var lookup) = state,
            lookup.received(bytes, from: connection, through: loop, now: now)
        else { return false }
        proceed(.lookingUp(lookup), loop, now)
        return true
    }

    /// Handles `outgoingEnded`; false if the connection is not this dialer's.
    public mutating func ended(
        _ connection: ConnectionID, _ end: OutgoingEnd, through loop: EventLoop, now: Moment
    ) -> Bool {
        switch state {
        case .idle: return false
        case .lookingUp(var lookup):
            guard lookup.ended(connection, through: loop, now: now) else { return false }
            proceed(.lookingUp(lookup), loop, now)
        case .connecting(var race):
            guard race.ended(connection, end, through: loop, now: now) else { return false }
            proceed(.connecting(race), loop, now)
        }
        return true
    }

    /// Goes on without what has not come by the deadline.
    public mutating func expire(through loop: EventLoop, now: Moment) {
        switch state {
        case .idle: break
        case .lookingUp(var lookup):
            lookup.expire(through: loop, now: now)
            proceed(.lookingUp(lookup), loop, now)
        case .connecting(var race):
            race.expire(through: loop, now: now)
            proceed(.connecting(race), loop, now)
        }
    }

    // MARK: -

    /// Stores a state that has changed, and moves on if it is final.
    private mutating func proceed(_ state: State, _ loop: EventLoop, _ now: Moment) {
        self.state = state
        switch state {
        case .idle: break
        case .lookingUp(let lookup):
            switch lookup.outcome {
            case .success(let resolved)?:
                names.insert(resolved, for: host, now: now.monotonic)
                race(to: resolved.addresses, through: loop, now: now)
            case .failure(let fault)?:
                names.insert(fault, for: host, now: now.monotonic)
                end(.failed(fault.description))
            case nil: break
            }
        case .connecting(let race):
            if let winner = race.winner {
                end(.connected(winner))
            } else if race.isLost {
                names.remove(host)
                end(.failed(words(for: race.troubles)))
            }
        }
    }

    private mutating func race(to addresses: [IPAddress], through loop: EventLoop, now: Moment) {
        proceed(.connecting(AddressRace(to: addresses, port: port, through: loop, now: now)), loop, now)
    }

    private mutating func end(_ result: DialResult) {
        state = .idle
        self.result = result
    }

    /// One clause for all addresses with the same trouble. An address that the caller has named itself is not repeated.
    private func words(for troubles: [(address: IPAddress, words: String)]) -> String {
        let place = host.utf8.contains(0x3A) ? "[\(host)]:\(port)" : "\(host):\(port)"
        if let trouble = troubles.first, troubles.count == 1, trouble.address == IPAddress(text: host) {
            return "\(place): \(trouble.words)"
        }
        var clauses: [String] = []
        for (index, trouble) in troubles.enumerated()
        where !troubles[..<index].contains(where: { $0.words == trouble.words }) {
            let alike = troubles.filter { $0.words == trouble.words }.map(\.address.description)
            clauses.append("\(trouble.words) (\(alike.joined(separator: ", ")))")
        }
        return "\(place): \(clauses.joined(separator: "; "))"
    }
}

/// The outcome of dialing.
public enum DialResult: Hashable, Sendable {
    /// An open connection, which belongs to the caller from now on.
    case connected(ConnectionID)
    /// The reason as a sentence for an operator that names the host.
    case failed(String)
}
