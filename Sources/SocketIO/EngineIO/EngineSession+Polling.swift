import Bytes

/// The polling transport: GETs that wait for packets and POSTs that bring them, at most one of each at a time.
extension EngineSession {
    /// Handles a GET that asks for packets. A second GET while the first waits ends the session: the first gets
    /// `close`, the second 400.
    public mutating func pollArrived(_ connection: UInt64, now: MonotonicTime) {
        // An expired session must not look alive because its poll was read before its timer.
        expire(now: now)
        guard admits(connection) else { return }
        guard carrier == .polling(waiting: nil) else {
            refuseOverlap(connection)
            return
        }
        carrier = .polling(waiting: connection)
        endPollForUpgrade(now: now)
    }

    /// Handles a GET that the client aborted or whose connection was lost. If the GET was waiting, the session ends,
    /// because nobody knows what was lost with it.
    public mutating func pollGone(_ connection: UInt64) {
        guard carrier == .polling(waiting: connection) else { return }
        carrier = .polling(waiting: nil)
        fail(.transportError, last: .packet(.close))
    }

    /// Handles the head of a POST whose body is still to come. A second POST before the end of the first ends the
    /// session and gets 400. A caller that sees only complete POSTs need not call this.
    public mutating func postBegan(_ connection: UInt64) {
        guard phase != .closed, transport == .polling else { return }
        if let postUnderWay, postUnderWay != connection {
            refuseOverlap(connection)
        } else {
            postUnderWay = connection
        }
    }

    /// Handles a complete POST. The answer is `ok`, or 400 or 413 if the POST ends the session.
    public mutating func postArrived(_ connection: UInt64, body: [UInt8], now: MonotonicTime) {
        guard admits(connection) else { return }
        if let postUnderWay, postUnderWay != connection {
            refuseOverlap(connection)
            return
        }
        postUnderWay = nil
        guard body.count <= settings.maxPayload else {
            emit(.answer(connection, .tooLarge))
            fail(.transportError, last: .packet(.close))
            return
        }
        guard let packets = try? EnginePayload.decode(body), packets.allSatisfy(\.type.isSentByClients) else {
            emit(.answer(connection, .fault(.badRequest)))
            fail(.parseError, last: .packet(.close))
            return
        }
        emit(.answer(connection, .ok))
        for packet in packets { receive(packet, now: now) }
    }

    /// Handles the loss of a connection in the middle of a POST: packets are missing, so the session ends.
    public mutating func postGone(_ connection: UInt64) {
        guard postUnderWay == connection else { return }
        fail(.transportError, last: .packet(.close))
    }

    /// Whether a poll waits and nothing is buffered for it.
    var pollWaitsIdly: Bool {
        if case .polling(_?) = carrier { !hasBufferedPackets } else { false }
    }

    /// Whether polling carries the session; otherwise refuses `connection`.
    private mutating func admits(_ connection: UInt64) -> Bool {
        switch (phase, carrier) {
        case (.closed, _): emit(.answer(connection, .fault(.unknownSession)))
        case (_, .webSocket): emit(.answer(connection, .fault(.badRequest)))
        case (_, .polling): return true
        }
        return false
    }

    private mutating func refuseOverlap(_ connection: UInt64) {
        emit(.answer(connection, .fault(.badRequest)))
        fail(.transportError, last: .packet(.close))
    }
}
