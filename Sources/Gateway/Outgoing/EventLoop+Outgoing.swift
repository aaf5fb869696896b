import Bytes
import Platform

/// Connections that the service opens.
///
/// They count toward no limit on clients, and a stop does not wait for them. Bytes queued for them are held like all
/// others until everything decided before is durable. The service hears of an end that was noticed while sending in the
/// next turn.
extension EventLoop {
    /// The number of bytes that may wait to be sent on one connection.
    public static let outgoingBytesMax = 4 * 1024 * 1024

    /// Begins a TCP connection. The service hears of its outcome: `outgoingConnected`, or `outgoingEnded` with the
    /// reason.
    ///
    /// - Parameter timeoutMillis: after this time without an answer the attempt fails.
    /// - Throws: the reason if it could not even be begun; the service hears nothing more of it then.
    public func connect(
        to address: IPAddress, port: UInt16, timeoutMillis: Int64
    ) throws(NetworkError) -> ConnectionID {
        try mayOpen(to: address)
        let id = try network.connect(to: address, port: port)
        let until = now.monotonic.advanced(byMilliseconds: timeoutMillis)
        let state = OutgoingStage.State.connecting(until: until, timeoutMillis: timeoutMillis)
        insertOutgoing(id, OutgoingStage(state: state, isDatagram: false), to: address)
        return id
    }

    /// Opens a UDP socket that sends to `address` and `port` and receives only from there.
    public func openDatagramSocket(to address: IPAddress, port: UInt16) throws(NetworkError) -> ConnectionID {
        try mayOpen(to: address)
        let id = try network.openDatagramSocket(to: address, port: port)
        insertOutgoing(id, OutgoingStage(state: .open, isDatagram: true), to: address)
        return id
    }

    /// Queues bytes of a stream, or one datagram.
    ///
    /// - Returns: false if nothing was queued, because the connection is not open, because more than `outgoingBytesMax`
    ///   would wait, or because the last datagram still waits.
    public func send(_ bytes: [UInt8], to id: ConnectionID) -> Bool {
        guard let (connection, outgoing) = outgoing(id), outgoing.isUsable,
            connection.waitingCount + bytes.count <= Self.outgoingBytesMax,
            !outgoing.isDatagram || connection.outbox.isEmpty
        else { return false }
        // A question for a name shows no state.
        queue(bytes, on: connection, after: outgoing.isDatagram ? nil : pendingEvent(of: .everything))
        return true
    }

    /// The number of bytes that wait to be sent on a connection. In each turn the kernel accepts some of them before
    /// `TurnHandler.release`, which is where a service that waits for room should look.
    public func queuedBytes(of id: ConnectionID) -> Int { outgoing(id)?.0.waitingCount ?? 0 }

    /// Closes a connection that the service has opened, at once and without a callback. Queued bytes are dropped.
    public func closeOutgoing(_ id: ConnectionID) {
        outgoingEnds.removeAll { $0.connection == id }
        if let (connection, _) = outgoing(id) { closeConnection(connection) }
    }

    private func mayOpen(to address: IPAddress) throws(NetworkError) {
        guard isDraining else { return }
        throw NetworkError(operation: "connect to \(address)", errno: 0, reason: Self.drainingWords)
    }

    private func insertOutgoing(_ id: ConnectionID, _ outgoing: OutgoingStage, to address: IPAddress) {
        let peer = PeerAddress(address)
        let connection = Connection(id: id, peer: peer, kind: .own, stage: .outgoing(outgoing))
        connections.insert(connection)
        arm(connection)
    }

    private func outgoing(_ id: ConnectionID) -> (Connection, OutgoingStage)? {
        guard let connection = connections[id], case .outgoing(let outgoing) = connection.stage else { return nil }
        return (connection, outgoing)
    }

    // MARK: Within the turn

    static let drainingWords = "the station is stopping"

    /// Handles readiness of a connection that was begun.
    func decideOutgoing(_ connection: Connection, _ outgoing: OutgoingStage) {
        switch network.connectOutcome(of: connection.id) {
        case .pending: break
        case .connected:
            outgoing.state = .connected
            connections.markActive(connection)
        case .failed(let errno): endOutgoing(connection, .failed(network.words(for: errno)))
        }
    }

    /// Tells the service what has arrived.
    func stepOutgoing(_ connection: Connection, _ outgoing: OutgoingStage) {
        switch outgoing.state {
        case .connected:
            outgoing.state = .open
            service.outgoing?.outgoingConnected(connection.id, through: self, now: now)
        case .secured:
            outgoing.state = .open
            service.outgoing?.outgoingSecured(connection.id, through: self, now: now)
        case .connecting, .securing, .open: break
        }
        guard connection.isOpen, let bytes = outgoing.received else { return }
        outgoing.received = nil
        service.outgoing?.outgoingReceived(bytes.span, from: connection.id, through: self, now: now)
    }

    func expireOutgoing(_ connection: Connection, _ outgoing: OutgoingStage) {
        guard case .connecting(let until, let millis) = outgoing.state, until <= now.monotonic else { return }
        endOutgoing(connection, .failed("no answer within \(Self.seconds(millis))"))
    }

    /// Closes the connection. The service is told at the next point of the turn where it may decide something.
    func endOutgoing(_ connection: Connection, _ end: OutgoingEnd, reset: Bool = false) {
        outgoingEnds.append((connection.id, end))
        closeConnection(connection, reset: reset)
    }

    func reportOutgoingEnds() {
        while !outgoingEnds.isEmpty {
            let (connection, end) = outgoingEnds.removeFirst()
            service.outgoing?.outgoingEnded(connection, end, through: self, now: now)
        }
    }

    static func seconds(_ millis: Int64) -> String { millis % 1000 == 0 ? "\(millis / 1000) s" : "\(millis) ms" }
}
