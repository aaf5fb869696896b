import Bytes

/// The polling transport: GETs that wait for packets, POSTs that bring them. One of each at a time.
extension EngineSession {
    /// A GET wants packets. A second one while the first waits ends the session: the first gets `close`, this one 400.
    public mutating func pollArrived(_ connection: UInt64, now: MonotonicTime) {
        // A session whose time is over must not look alive because its poll was read before its timer.
        expire(now: now)
        guard admits(connection) else { return }
        guard carrier == .polling(waiting: nil) else {
            refuseOverlap(connection)
            return
        }
        carrier = .polling(waiting: connection)
        endPollForUpgrade(now: now)
    }

    /// The client gave up its GET, or its connection was lost; if it was waiting, that ends the session, because nobody
    /// knows what was lost with it.
    public mutating func pollGone(_ connection: UInt64) {
        guard carrier == .polling(waiting: connection) else { return }
        carrier = .polling(waiting: nil)
        fail(.transportError)
    }

    /// The head of a POST has come and its body has not. A second POST before the end of the first ends the session and
    /// gets 400. Who sees POSTs only when they are whole need not call this.
    public mutating func postBegan(_ connection: UInt64) {
        guard phase != .closed, transport == .polling else { return }
        if let postUnderWay, postUnderWay != connection {
            refuseOverlap(connection)
        } else {
            postUnderWay = connection
        }
    }

    /// A POST is here as a whole. It is answered with `ok`, or with 400 or 413 where it ends the session.
    public mutating func postArrived(_ connection: UInt64, body: [UInt8], now: MonotonicTime) {
        guard admits(connection) else { return }
        if let postUnderWay, postUnderWay != connection {
            refuseOverlap(connection)
            return
        }
        postUnderWay = nil
        guard body.count <= settings.maxPayload else {
            emit(.answer(connection, .tooLarge))
            fail(.transportError)
            return
        }
        guard let packets = try? EnginePayload.decode(body), packets.allSatisfy(\.type.isSentByClients) else {
            emit(.answer(connection, .fault(.badRequest)))
            fail(.parseError)
            return
        }
        emit(.answer(connection, .ok))
        for packet in packets { receive(packet, now: now) }
    }

    /// The connection of a POST was lost before the POST was whole: packets are missing, so the session ends.
    public mutating func postGone(_ connection: UInt64) {
        guard postUnderWay == connection else { return }
        fail(.transportError)
    }

    /// Whether a poll waits and there is nothing to answer it with.
    var pollWaitsIdly: Bool {
        if case .polling(_?) = carrier { !hasBufferedPackets } else { false }
    }

    /// Whether polling carries the session; else `connection` is refused.
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
        fail(.transportError)
    }
}
