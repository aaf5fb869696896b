import Bytes
import Platform

/// The turn: one round of the loop in its fixed order.
extension EventLoop {
    /// Turns until a requested stop is complete.
    ///
    /// - Throws: `ServiceFailure` if the service can no longer make anything durable.
    public func run() throws(ServiceFailure) {
        log.flush(to: network)
        while try turn() {}
    }

    /// Performs one turn.
    ///
    /// - Returns: false once a requested stop is complete.
    /// - Throws: `ServiceFailure` if the service can no longer make anything durable.
    public func turn() throws(ServiceFailure) -> Bool {
        now = network.poll(into: &events, until: nextDeadline())
        turnCount &+= 1
        // Receive everything before processing any of it: requests that arrived together share one sync.
        for event in events { try handle(event) }
        // A new client's first bytes are later than those of clients already connected.
        for case .acceptable(let listener) in events { acceptAll(from: listener) }
        stepConnections()
        expireTimers()
        // The disk works while the loop goes on; what shows the decisions made above is held until they are durable.
        try commit()
        releaseHeld()
        // Replies go out before notifications: a client that files a ticket does not wait for a thousand readers.
        flush()
        service.turn?.release(through: self, now: now)
        announce()
        flush()
        // New events do not wait for clients that catch up.
        reportRoom()
        service.turn?.catchUp(through: self, now: now)
        boundOutput()
        resolveDeferred()
        flush()
        finishDraining()
        log.flush(to: network)
        return !isDrained
    }

    /// The last announcement of a turn may go to a thousand sockets. It is sent to a few receivers at a time, so that
    /// the first do not wait for all, and each one's state is still in the processor's caches. If something waits to be
    /// sent already, its peers may be receivers too, and get everything in one send.
    private func announce() {
        let countMax = connections.hasDirty ? .max : Self.receiversPerSend
        while service.turn?.announce(toNext: countMax, through: self, now: now) == true { flush() }
        resolveDeferred()
    }

    /// Reports which clients have room to send again.
    private func reportRoom() {
        let clients = deferred.dequeueRoom()
        if !clients.isEmpty { service.delivery?.clientsHaveRoom(clients) }
    }

    private func nextDeadline() -> MonotonicTime? {
        if connections.hasActive || connections.hasOpening || !outgoingEnds.isEmpty || !deferred.isEmpty {
            return now.monotonic
        }
        var earliest = MonotonicTime.earlier(timers.next, service.turn?.deadline)
        earliest = .earlier(earliest, admission.pausedUntil)
        earliest = .earlier(earliest, commitTime)
        // A stop waits for the commit under way, so its own deadlines do not count before that.
        guard drain.isDraining, !pace.isUnderWay else { return earliest }
        earliest = .earlier(earliest, drain.deadline)
        return connectionCount == 0 ? .earlier(earliest, drain.childDeadline) : earliest
    }

    private func handle(_ event: NetworkEvent) throws(ServiceFailure) {
        switch event {
        case .acceptable: break
        case .readable(let id):
            if let connection = connections[id] { receive(from: connection) }
        case .writable(let id):
            guard let connection = connections[id] else { return }
            if case .outgoing(let outgoing) = connection.stage, outgoing.isConnecting {
                decideOutgoing(connection, outgoing)
            } else {
                connections.markDirty(connection)
            }
        case .synchronized(let outcome): try endCommit(outcome)
        case .terminate: beginDraining()
        case .reload: service.turn?.reload(through: self, now: now)
        }
    }

    // MARK: Receiving

    func receive(from connection: Connection) {
        // The network reports a failure to connect as something to receive.
        if case .outgoing(let outgoing) = connection.stage, outgoing.isConnecting {
            return decideOutgoing(connection, outgoing)
        }
        switch network.receive(from: connection.id, into: &receiveBuffer) {
        case .wouldBlock: return
        case .received(let count):
            guard let secure = connection.secure else { return received(count, of: receiveBuffer, on: connection) }
            let buffer = receiveBuffer
            receivedSealed(buffer.span.extracting(..<count), on: connection, secure)
        case .ended: endInput(of: connection)
        case .failed(let errno): lose(connection, errno)
        }
    }

    /// The network has lost the connection.
    private func lose(_ connection: Connection, _ errno: Int32) {
        guard case .outgoing = connection.stage else { return closeConnection(connection) }
        endOutgoing(connection, .failed(network.words(for: errno)))
    }

    /// - Parameter buffer: `receiveBuffer` or `plainBuffer`, with the bytes at its front. Nothing writes to it before
    ///   this returns, so it is not copied.
    func received(_ count: Int, of buffer: [UInt8], on connection: Connection) {
        guard connection.isOpen else { return }
        switch connection.stage {
        case .preface(let preface):
            receivePreface(buffer.span.extracting(..<count), on: connection, preface)
        case .http(let http):
            http.machine.receive(buffer.span.extracting(..<count), now: now.monotonic)
        case .webSocket(let webSocket):
            webSocket.machine.receive(buffer.span.extracting(..<count))
        case .child(let child):
            let room = max(0, ChildStage.outputBytesMax - child.output.count)
            child.output.append(contentsOf: buffer[..<min(count, room)])
            return
        case .outgoing(let outgoing): outgoing.received = (outgoing.received ?? []) + buffer[..<count]
        }
        connections.markActive(connection)
        countInput(of: connection)
        boundInput()
    }

    /// The peer has ended its side. A client may do so and still wait for its answers (RFC 9112, section 9.6), but one
    /// whose long poll is open has gone away.
    func endInput(of connection: Connection) {
        if case .outgoing = connection.stage { return endOutgoing(connection, .ended) }
        // A peer reported again, although we no longer read from it, is gone altogether (EPOLLHUP).
        if connection.hasInputEnded { return closeConnection(connection) }
        connection.hasInputEnded = true
        if case .finishing = connection.fate {
            // Our last bytes are still being sent; after that there is nothing to linger for.
            return updateInterest(of: connection)
        }
        guard connection.isOpen, connection.secure?.isOpening != true, case .http(let http) = connection.stage,
            http.engineClient == nil
        else {
            return closeConnection(connection)
        }
        http.machine.inputClosed()
        updateInterest(of: connection)
        connections.markActive(connection)
    }

    // MARK: Stepping

    private func stepConnections() {
        share.beginTurn()
        stepHandshakes()
        deferred.resumePostponed()
        var waiting = connections.dequeueActive()[...]
        while share.isTurnLeft, let connection = waiting.popFirst() {
            connection.isActive = false
            guard connection.isOpen else { continue }
            share.beginConnection()
            switch connection.stage {
            case .preface: break
            case .http(let http): stepHTTP(connection, http)
            case .webSocket(let webSocket): stepWebSocket(connection, webSocket)
            case .child: break
            case .outgoing(let outgoing): stepOutgoing(connection, outgoing)
            }
            countInput(of: connection)
            if connection.isOpen {
                arm(connection)
                updateInterest(of: connection)
            }
        }
        // Those that are left over come first in the next turn.
        connections.prependActive(waiting)
        reportOutgoingEnds()
        resolveDeferred()
    }

    /// Ends the share of this turn of whoever's input is being processed, because it has cost more than usual.
    public func endShare() { share.end() }

    /// Counts work that costs as much as this number of ordinary events towards the shares of this turn.
    public func chargeShare(_ count: Int) { share.charge(count) }

    /// Whether more may be queued for this connection.
    func hasSendRoom(_ connection: Connection) -> Bool { connection.waitingCount < settings.sendWindowBytesMax }

    /// Leaves input with the kernel while enough of it waits here, or while there is no room for its answers.
    func updateInterest(of connection: Connection) {
        var wantsInput = !connection.hasInputEnded
        switch connection.stage {
        case .http(let http): wantsInput = wantsInput && http.machine.wantsInput && hasSendRoom(connection)
        case .webSocket, .child: wantsInput = wantsInput && hasSendRoom(connection)
        // The service's output there is not an answer to its input, so a full buffer must not stop reading.
        case .outgoing, .preface: break
        }
        // The handshake's next step comes first.
        if connection.secure?.isListed == true { wantsInput = false }
        network.watch(connection.id, reading: wantsInput, writing: connection.stall != nil)
    }

    // MARK: Expiring

    private func expireTimers() {
        for _ in 0..<TurnShare.timersPerTurnMax {
            guard let owner = timers.removeExpired(at: now.monotonic) else { break }
            share.beginConnection()
            switch owner {
            case .connection(let id):
                if let connection = connections[id] { expireConnection(connection) }
            case .engine(let session):
                if let client = sessions[session] { expireSession(of: client) }
            }
        }
        reportOutgoingEnds()
        forgetTimers()
        resumeAccepting()
        if let turn = service.turn, let deadline = turn.deadline, deadline <= now.monotonic {
            turn.expire(through: self, now: now)
        }
        resolveDeferred()
    }

    private func expireConnection(_ connection: Connection) {
        connection.timer = nil
        if case .lingering(let until) = connection.fate {
            if until <= now.monotonic { closeConnection(connection) }
            return arm(connection)
        }
        if let stall = connection.stall,
            stall.periodStart.advanced(byMilliseconds: settings.slowClientTimeoutMillis) <= now.monotonic
        {
            if case .outgoing = connection.stage {
                let time = Self.seconds(settings.slowClientTimeoutMillis)
                return endOutgoing(connection, .failed("it read nothing for \(time)"), reset: true)
            }
            noteRefusal(stall.readBytes > 0 ? .slowClientRate : .slowClientTimeout)
            let what = stall.readBytes > 0 ? "too slowly" : "nothing"
            log.write(.info, "Gateway", "\(connection.peer) reads \(what): closed", at: now)
            return closeConnection(connection, reset: true)
        }
        if let secure = connection.secure, expireSecure(connection, secure) { return }
        switch connection.stage {
        case .preface(let preface):
            if preface.deadline <= now.monotonic { closeConnection(connection) }
        case .http(let http): expireHTTP(connection, http)
        case .webSocket(let webSocket): expireWebSocket(connection, webSocket)
        case .child(let child):
            if child.deadline <= now.monotonic { closeConnection(connection) }
        case .outgoing(let outgoing): expireOutgoing(connection, outgoing)
        }
        if !connection.isClosed { arm(connection) }
    }

    // MARK: Sending

    /// Sends everything queued, with one call for each peer.
    func flush() {
        while connections.hasDirty {
            for connection in connections.dequeueDirty() {
                connection.isDirty = false
                if !connection.isClosed { send(connection) }
            }
        }
    }

    private func send(_ connection: Connection) {
        let waiting = connection.waitingCount
        let readyBefore = connection.readyCount
        let outcome =
            connection.secure?.send(&connection.outbox.ready, to: connection.id, over: network)
            ?? network.send(&connection.outbox.ready, to: connection.id)
        switch outcome {
        case .sent:
            endStall(of: connection)
            // An idle connection holds no buffer: there may be thousands.
            connection.outbox.ready.release()
            if case .finishing = connection.fate, !connection.outbox.isHolding { return linger(connection) }
        case .wouldBlock:
            noteStall(of: connection, waitingBefore: readyBefore)
            arm(connection)
        case .failed(let errno):
            return lose(connection, errno)
        }
        noteRoom(on: connection)
        guard connection.isOpen || connection.stall != nil else { return }
        updateInterest(of: connection)
        // Input left unprocessed for lack of room is processed in the next turn.
        if connection.isOpen, waiting >= settings.sendWindowBytesMax, hasSendRoom(connection) {
            connections.markActive(connection)
        }
    }

    /// Ends the connection once everything has been sent.
    func finish(_ connection: Connection) {
        guard connection.isOpen else { return }
        connection.fate = .finishing
        connections.markDirty(connection)
    }

    private func linger(_ connection: Connection) {
        if connection.hasInputEnded { return closeConnection(connection) }
        closeSecure(connection)
        network.finishSending(to: connection.id)
        connection.fate = .lingering(until: now.monotonic.advanced(byMilliseconds: Self.lingerMillis))
        network.watch(connection.id, reading: true, writing: false)
        arm(connection)
    }
}
