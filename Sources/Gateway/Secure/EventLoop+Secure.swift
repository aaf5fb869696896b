import Bytes
import HTTP
import Platform
import TLS

/// TLS in the turn: handshakes get a share of their own, and everything else is decrypted where it is received.
extension EventLoop {
    /// A step of a handshake takes about half a millisecond, so there are few in a turn. Others wait in their order,
    /// and nobody who is connected waits for them.
    static let handshakeStepsPerTurnMax = 4

    /// Puts TLS before a connection that has just been accepted.
    func secure(_ connection: Connection) {
        guard let machine = tlsServer?.makeMachine() else { return closeConnection(connection, reset: true) }
        let deadline = now.monotonic.advanced(byMilliseconds: settings.http.headTimeoutMillis)
        connection.secure = SecureStream(machine: machine, openingDeadline: deadline)
    }

    /// Handles bytes that have arrived on a connection with TLS.
    func receivedSealed(_ bytes: Span<UInt8>, on connection: Connection, _ secure: SecureStream) {
        if secure.isOpening, !secure.hasStarted, isPlainHTTP(bytes, on: connection) {
            connection.secure = nil
            var plain: [UInt8] = []
            plain.append(bytes)
            return received(plain.count, of: plain, on: connection)
        }
        secure.hasStarted = true
        secure.machine.receive(bytes)
        guard secure.isOpening else { return decrypt(connection, secure) }
        connections.markOpening(connection, secure)
        updateInterest(of: connection)
    }

    /// Whether a client speaks HTTP where TLS is expected, which is told to it once. A TLS record begins with another
    /// byte than a method.
    private func isPlainHTTP(_ bytes: Span<UInt8>, on connection: Connection) -> Bool {
        guard case .http(let http) = connection.stage, !bytes.isEmpty, bytes[0].isASCIILetter
        else { return false }
        if http.refusal == nil {
            http.refusal = ErrorBody.response(.badRequest, "This port speaks HTTPS: use an https:// address")
            http.refusal?.close = true
        }
        return true
    }

    /// Goes on with handshakes, at most a few steps in a turn.
    func stepHandshakes() {
        for connection in connections.dequeueOpening(atMost: Self.handshakeStepsPerTurnMax) {
            guard !connection.isClosed, let secure = connection.secure else { continue }
            secure.isListed = false
            decrypt(connection, secure)
            if !connection.isClosed { updateInterest(of: connection) }
        }
    }

    private func decrypt(_ connection: Connection, _ secure: SecureStream) {
        while !connection.isClosed, let event = secure.machine.nextEvent(into: &plainBuffer, at: now.wall) {
            switch event {
            case .opened:
                secure.openingDeadline = nil
                secured(connection)
            case .received(let count): received(count, of: plainBuffer, on: connection)
            case .ended: endInput(of: connection)
            case .failed(let fault): failSecure(connection, secure, fault)
            }
        }
        if !connection.isClosed, !secure.machine.output.isEmpty { connections.markDirty(connection) }
    }

    private func failSecure(_ connection: Connection, _ secure: SecureStream, _ fault: TLSFault) {
        secure.hasFailed = true
        // The alert that tells the peer why goes out if the kernel takes it at once.
        _ = network.send(&secure.machine.output, to: connection.id)
        if case .outgoing = connection.stage { return endOutgoing(connection, .insecure("\(fault)")) }
        if secure.isOpening {
            noteRefusal(.tlsHandshake)
            warn("no TLS with \(connection.peer): \(fault)")
        }
        closeConnection(connection)
    }

    /// The handshake has taken too long.
    func expireSecure(_ connection: Connection, _ secure: SecureStream) -> Bool {
        guard let deadline = secure.openingDeadline, deadline <= now.monotonic else { return false }
        if case .outgoing = connection.stage {
            endOutgoing(connection, .insecure("the handshake was not complete in time"))
        } else {
            noteRefusal(.tlsHandshake)
            closeConnection(connection)
        }
        return true
    }

    /// Announces the end of what we send, if the kernel takes it at once.
    func closeSecure(_ connection: Connection) {
        guard let secure = connection.secure, !secure.hasFailed else { return }
        secure.machine.close()
        _ = network.send(&secure.machine.output, to: connection.id)
    }

    // MARK: Connections that the service opens

    /// Begins TLS on a connection that the service has opened. The service hears of the outcome: `outgoingSecured`, or
    /// `outgoingEnded` with the reason.
    ///
    /// - Parameters:
    ///   - host: the name or address that the server's certificate must be for.
    ///   - timeoutMillis: after this time without a complete handshake it fails.
    public func startTLS(on id: ConnectionID, to host: String, by client: any TLSClient, timeoutMillis: Int64) {
        guard let connection = connections[id], case .outgoing(let outgoing) = connection.stage,
            connection.secure == nil
        else { return }
        guard let machine = client.makeMachine(to: host) else {
            return endOutgoing(connection, .insecure("there is not enough memory"))
        }
        outgoing.state = .securing
        let secure = SecureStream(
            machine: machine, openingDeadline: now.monotonic.advanced(byMilliseconds: timeoutMillis))
        connection.secure = secure
        connections.markOpening(connection, secure)
        arm(connection)
    }

    /// The handshake is complete.
    private func secured(_ connection: Connection) {
        guard case .outgoing(let outgoing) = connection.stage else { return }
        outgoing.state = .secured
        connections.markActive(connection)
    }
}
