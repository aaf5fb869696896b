import Bytes
import Gateway
import Platform
import TLS
import Uplink

/// One connection to the central server: dialing, the lane that runs over it once it is open, and its end.
///
/// Shipping uses one. Over HTTP, where a request waits for commands, these have another.
final class UpstreamConnection {
    /// An open connection and its lane.
    struct Line {
        let connection: ConnectionID
        var lane: any UplinkLane
        let openedAt: MonotonicTime
    }

    private var dialer: Dialer
    /// TLS for the connection that is being dialed; nil for none.
    private var security: UpstreamSecurity?
    /// A connection that was dialed, until TLS has begun on it.
    private var opening: UpstreamOpening?
    /// What the server sent before TLS began, for the lane.
    private var early: [UInt8] = []
    private var result: DialResult?
    private(set) var line: Line?

    init(files: ResolverFiles) { dialer = Dialer(files: files) }

    var isOpen: Bool { line != nil }

    /// Whether it is neither open nor being opened.
    var isIdle: Bool { line == nil && opening == nil && !dialer.isDialing }

    /// When `expire` is to be called, if at all.
    var deadline: MonotonicTime? {
        .earlier(.earlier(dialer.deadline, opening?.deadline), line?.lane.deadline)
    }

    // MARK: Dialing

    /// - Parameter client: begins TLS on the connection; nil for a connection without.
    func dial(_ url: UpstreamURL, with client: (any TLSClient)?, through loop: EventLoop, now: Moment) {
        abandonOpening(through: loop)
        security = client.map { UpstreamSecurity(client: $0, url: url) }
        dialer.start(host: url.host, port: url.port, through: loop, now: now)
        settle(through: loop, now: now)
    }

    func expireDialing(through loop: EventLoop, now: Moment) {
        dialer.expire(through: loop, now: now)
        opening?.expire(through: loop, now: now)
        settle(through: loop, now: now)
    }

    /// Goes on from TCP to TLS once the dialer has a connection.
    private func settle(through loop: EventLoop, now: Moment) {
        guard let dialed = dialer.dequeueResult() else { return }
        guard case .connected(let connection) = dialed, let security else { return result = dialed }
        opening = UpstreamOpening(connection, security, through: loop, now: now)
    }

    /// Returns the result of dialing, once.
    func dequeueResult() -> DialResult? {
        defer { result = nil }
        return result
    }

    /// Begins to speak over a connection that was made.
    func open(_ connection: ConnectionID, speaking lane: any UplinkLane, now: Moment) {
        line = Line(connection: connection, lane: lane, openedAt: now.monotonic)
        let bytes = early
        early = []
        if !bytes.isEmpty { receive(bytes.span, now: now) }
    }

    private func abandonOpening(through loop: EventLoop) {
        if let opening { loop.closeOutgoing(opening.connection) }
        opening = nil
        early = []
        result = nil
    }

    /// Closes at once, without telling the server.
    func close(through loop: EventLoop) {
        if let line { loop.closeOutgoing(line.connection) }
        line = nil
    }

    /// The same, and stops dialing.
    func hangUp(through loop: EventLoop) {
        dialer.cancel(through: loop)
        abandonOpening(through: loop)
        close(through: loop)
    }

    // MARK: What the loop reports

    /// Whether the lane is spoken over this connection.
    func isSpoken(over connection: ConnectionID) -> Bool { line?.connection == connection }

    /// A connection that was dialed is open; false if it is not one of these.
    func connected(_ connection: ConnectionID, through loop: EventLoop, now: Moment) -> Bool {
        guard dialer.connected(connection, through: loop, now: now) else { return false }
        settle(through: loop, now: now)
        return true
    }

    /// TLS has begun on a connection; false if it is not one of these.
    func secured(_ connection: ConnectionID) -> Bool {
        guard let opening, opening.connection == connection else { return false }
        early = opening.early
        self.opening = nil
        result = .connected(connection)
        return true
    }

    /// Bytes have arrived while dialing; false if the connection is not one of these.
    func receivedWhileDialing(
        _ bytes: Span<UInt8>, from connection: ConnectionID, through loop: EventLoop, now: Moment
    ) -> Bool {
        if opening?.connection == connection {
            opening?.receive(bytes, through: loop)
            return true
        }
        guard dialer.received(bytes, from: connection, through: loop, now: now) else { return false }
        settle(through: loop, now: now)
        return true
    }

    /// A connection has ended while dialing; false if it is not one of these.
    func endedWhileDialing(
        _ connection: ConnectionID, _ end: OutgoingEnd, through loop: EventLoop, now: Moment
    ) -> Bool {
        if let opening, opening.connection == connection {
            self.opening = nil
            result = .failed(opening.words(for: end))
            return true
        }
        guard dialer.ended(connection, end, through: loop, now: now) else { return false }
        settle(through: loop, now: now)
        return true
    }

    // MARK: The lane

    /// Hands the lane what has arrived.
    func receive(_ bytes: Span<UInt8>, now: Moment) {
        line?.lane.setTime(now.wall)
        line?.lane.receive(bytes, now: now.monotonic)
    }

    /// Tells the lane that the server has ended its side.
    func inputClosed(now: Moment) { line?.lane.inputClosed(now: now.monotonic) }

    /// Tells the lane that its deadline has come; false if it has not.
    func expireLane(now: Moment) -> Bool {
        guard let deadline = line?.lane.deadline, deadline <= now.monotonic else { return false }
        line?.lane.setTime(now.wall)
        line?.lane.expire(now: now.monotonic)
        return true
    }

    func ship(_ events: [UplinkEvent], now: Moment) {
        line?.lane.setTime(now.wall)
        line?.lane.ship(events, now: now.monotonic)
    }

    /// Tells the lane that the outcome of a command is durable.
    func acknowledge(_ number: UInt64, now: Moment) {
        line?.lane.setTime(now.wall)
        line?.lane.acknowledge(number, now: now.monotonic)
    }

    func everythingIsStored() { line?.lane.everythingIsStored() }

    func nextEvent() -> UplinkLaneEvent? { line?.lane.nextEvent() }

    /// Queues the lane's output; returns a fault if the connection accepts no more.
    func sendOutput(through loop: EventLoop) -> UplinkFault? {
        guard line != nil else { return nil }
        var output: [UInt8] = []
        line?.lane.drainOutput(into: &output)
        guard !output.isEmpty, let line, !loop.send(output, to: line.connection) else { return nil }
        return UplinkFault("the connection to the central server accepts no more")
    }
}

extension UplinkFault {
    /// Why an open connection has ended.
    init(_ end: OutgoingEnd) {
        switch end {
        case .ended: self.init("the central server has closed the connection")
        case .failed(let words): self.init("the connection to the central server is lost: \(words)")
        }
    }
}
