import Bytes
import DNS
import Platform

/// From a host and a port to an open connection: looks the name up, then tries its addresses.
///
/// Its owner is the service, which hands its callbacks for outgoing connections through, calls `expire` when `deadline`
/// has come, and after each of these calls, `start` too, asks for the result. Idle, which it is before `start` and from
/// the result on, it holds no descriptor. What a name resolved to is kept for as long as that holds, unless none of the
/// addresses takes a connection: then the name is looked up anew the next time.
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

    public init(files: ResolverFiles) { self.files = files }

    /// Whether there will be a result.
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

    /// Begins; what was under way is given up.
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

    /// Gives up what is under way; there will be no result.
    public mutating func cancel(through loop: EventLoop) {
        switch state {
        case .idle: break
        case .lookingUp(var lookup): lookup.cancel(through: loop)
        case .connecting(var race): race.cancel(through: loop)
        }
        state = .idle
        if case .connected(let connection)? = dequeueResult() { loop.closeOutgoing(connection) }
    }

    /// The outcome, once.
    public mutating func dequeueResult() -> DialResult? {
        defer { result = nil }
        return result
    }

    // MARK: What the service is told

    /// Takes `outgoingConnected`; false where the connection is another's.
    public mutating func connected(_ connection: ConnectionID, through loop: EventLoop, now: Moment) -> Bool {
        guard case .connecting(var race) = state, race.connected(connection, through: loop) else { return false }
        proceed(.connecting(race), loop, now)
        return true
    }

    /// Takes `outgoingReceived`; false where the connection is another's.
    public mutating func received(
        _ bytes: Span<UInt8>, from connection: ConnectionID, through loop: EventLoop, now: Moment
    ) -> Bool {
        guard case .lookingUp(var lookup) = state,
            lookup.received(bytes, from: connection, through: loop, now: now)
        else { return false }
        proceed(.lookingUp(lookup), loop, now)
        return true
    }

    /// Takes `outgoingEnded`; false where the connection is another's.
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

    /// Goes on where the time of what was awaited is over.
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

    /// Draws the conclusion from a state that something has happened to.
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

    /// The addresses with the same trouble in one clause; an address that was asked for needs no mention.
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

/// What came of dialing.
public enum DialResult: Hashable, Sendable {
    /// It is the caller's from here on.
    case connected(ConnectionID)
    /// One sentence for an operator, which names the host.
    case failed(String)
}
