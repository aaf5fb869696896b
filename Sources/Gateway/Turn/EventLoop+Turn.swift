import Bytes
import Platform

/// The turn: one round of the loop in its fixed order.
extension EventLoop {
    /// Turns until a stop was asked for and all is closed, or the service can no longer make anything durable.
    public func run() throws(ServiceFailure) {
        log.flush(to: network)
        while try turn() {}
    }

    /// One turn; false when there is none left to do.
    public func turn() throws(ServiceFailure) -> Bool {
        now = network.poll(into: &events, until: nextDeadline())
        // Receive all before any is worked on: what arrived together is decided together and shares one sync.
        for event in events { take(event) }
        // Those who come in now and have sent something did so after those who have been here for a while.
        for case .acceptable(let listener) in events { acceptAll(from: listener) }
        step()
        expire()
        // Nothing that was decided above may be heard of before this.
        try service.turn?.commit(now: now)
        // Replies go out before notifications: a poster does not wait for a thousand readers.
        flush()
        service.turn?.release(through: self, now: now)
        announce()
        flush()
        // What is new does not wait for what somebody missed.
        service.turn?.catchUp(through: self, now: now)
        flush()
        finishDraining()
        log.flush(to: network)
        return !isDrained
    }

    /// The last announcement of a turn may go to a thousand sockets. It is sent a few receivers at a time, so that the
    /// first do not wait for all, and what belongs to each is still in the processor's caches. Where something waits to
    /// be sent already, its peers may be receivers too and get everything in one send.
    private func announce() {
        let countMax = dirty.isEmpty ? Self.receiversPerSend : .max
        while service.turn?.announce(toNext: countMax, through: self, now: now) == true { flush() }
    }

    private func nextDeadline() -> MonotonicTime? {
        if !active.isEmpty || !outgoingEnds.isEmpty { return now.monotonic }
        var earliest = timers.next
        let childDeadline = connectionCount == 0 ? childDeadline : nil
        for deadline in [service.turn?.deadline, drainDeadline, childDeadline, acceptPausedUntil] {
            guard let deadline else { continue }
            earliest = earliest.map { min($0, deadline) } ?? deadline
        }
        return earliest
    }

    private func take(_ event: NetworkEvent) {
        switch event {
        case .acceptable: break
        case .readable(let id):
            if let connection = connection(id) { receive(from: connection) }
        case .writable(let id):
            guard let connection = connection(id) else { return }
            if case .outgoing(let outgoing) = connection.stage, outgoing.isConnecting {
                decide(connection, outgoing)
            } else {
                markDirty(connection)
            }
        case .terminate: beginDraining()
        case .reload: service.turn?.reload(through: self, now: now)
        }
    }

    // MARK: Receiving

    func receive(from connection: Connection) {
        // Of a failure to connect the network says that there is something to receive.
        if case .outgoing(let outgoing) = connection.stage, outgoing.isConnecting {
            return decide(connection, outgoing)
        }
        switch network.receive(from: connection.id, into: &receiveBuffer) {
        case .wouldBlock: return
        case .received(let count): take(count, for: connection)
        case .ended: endInput(of: connection)
        case .failed(let errno): lose(connection, errno)
        }
    }

    /// The network has lost the connection.
    private func lose(_ connection: Connection, _ errno: Int32) {
        guard case .outgoing = connection.stage else { return close(connection) }
        end(connection, .failed(network.words(for: errno)))
    }

    private func take(_ count: Int, for connection: Connection) {
        guard connection.isOpen else { return }
        switch connection.stage {
        case .http(let http):
            http.machine.receive(receiveBuffer.span.extracting(..<count), now: now.monotonic)
        case .webSocket(let webSocket):
            webSocket.machine.receive(receiveBuffer.span.extracting(..<count))
        case .child(let child):
            let room = max(0, ChildStage.outputBytesMax - child.output.count)
            child.output.append(contentsOf: receiveBuffer[..<min(count, room)])
            return
        case .outgoing(let outgoing): outgoing.received = Array(receiveBuffer[..<count])
        }
        markActive(connection)
    }

    /// The peer sends nothing more. A client may end its side and still wait for its answers (RFC 9112, section 9.6),
    /// but one whose long poll is open has gone away.
    private func endInput(of connection: Connection) {
        if case .outgoing = connection.stage { return end(connection, .ended) }
        // Who is told of again although nothing is read any more is gone altogether (EPOLLHUP).
        if connection.hasInputEnded { return close(connection) }
        connection.hasInputEnded = true
        if case .finishing = connection.fate {
            // The last words are still on their way: they are sent, and then there is nothing to linger for.
            return updateInterest(of: connection)
        }
        guard connection.isOpen, case .http(let http) = connection.stage, http.engineClient == nil else {
            return close(connection)
        }
        http.machine.inputClosed()
        updateInterest(of: connection)
        markActive(connection)
    }

    // MARK: Stepping

    private func step() {
        let connections = active
        active.removeAll(keepingCapacity: true)
        for connection in connections {
            connection.isActive = false
            guard connection.isOpen else { continue }
            switch connection.stage {
            case .http(let http): step(connection, http)
            case .webSocket(let webSocket): step(connection, webSocket)
            case .child: break
            case .outgoing(let outgoing): step(connection, outgoing)
            }
            if connection.isOpen {
                arm(connection)
                updateInterest(of: connection)
            }
        }
        tellOutgoingEnds()
    }

    /// Whether more may be queued for this connection.
    func hasRoom(_ connection: Connection) -> Bool { connection.outbound.count < settings.sendWindowBytesMax }

    /// Input is left with the kernel while there is enough of it here, or no room for its answers.
    func updateInterest(of connection: Connection) {
        var wantsInput = !connection.hasInputEnded
        switch connection.stage {
        case .http(let http): wantsInput = wantsInput && http.machine.wantsInput && hasRoom(connection)
        case .webSocket, .child: wantsInput = wantsInput && hasRoom(connection)
        // What is owed here does not follow from what comes.
        case .outgoing: break
        }
        network.watch(connection.id, reading: wantsInput, writing: connection.stalledSince != nil)
    }

    // MARK: Timers

    private func expire() {
        while let owner = timers.takeExpired(at: now.monotonic) {
            switch owner {
            case .connection(let id):
                if let connection = connection(id) { expire(connection) }
            case .engine(let session):
                if let client = engineClients[session] { expire(client) }
            }
        }
        tellOutgoingEnds()
        forgetTimers()
        resumeAccepting()
        if let deadline = service.turn?.deadline, deadline <= now.monotonic {
            service.turn?.expire(through: self, now: now)
        }
    }

    private func expire(_ connection: Connection) {
        connection.timer = nil
        if case .lingering(let until) = connection.fate {
            if until <= now.monotonic { close(connection) }
            return arm(connection)
        }
        if let since = connection.stalledSince,
            since.advanced(byMilliseconds: settings.slowClientTimeoutMillis) <= now.monotonic
        {
            if case .outgoing = connection.stage {
                let time = Self.seconds(settings.slowClientTimeoutMillis)
                return end(connection, .failed("it took nothing for \(time)"), reset: true)
            }
            log.write(.info, "Gateway", "\(connection.peer) takes nothing and is cut", at: now)
            return close(connection, reset: true)
        }
        switch connection.stage {
        case .http(let http): expire(connection, http)
        case .webSocket(let webSocket): expire(connection, webSocket)
        case .child(let child):
            if child.deadline <= now.monotonic { close(connection) }
        case .outgoing(let outgoing): expire(connection, outgoing)
        }
        if !connection.isClosed { arm(connection) }
    }

    // MARK: Sending

    /// Sends what has been queued, everything for one peer in one call.
    func flush() {
        while !dirty.isEmpty {
            let connections = dirty
            dirty.removeAll(keepingCapacity: true)
            for connection in connections {
                connection.isDirty = false
                if !connection.isClosed { flush(connection) }
            }
        }
    }

    private func flush(_ connection: Connection) {
        let waiting = connection.outbound.count
        switch network.send(&connection.outbound, to: connection.id) {
        case .sent:
            connection.stalledSince = nil
            // An idle connection holds no storage: there may be thousands.
            connection.outbound.release()
            if case .finishing = connection.fate { return linger(connection) }
        case .wouldBlock:
            if connection.stalledSince == nil || connection.outbound.count < waiting {
                connection.stalledSince = now.monotonic
            }
            arm(connection)
        case .failed(let errno):
            return lose(connection, errno)
        }
        offerRoom(on: connection)
        guard connection.isOpen || connection.stalledSince != nil else { return }
        updateInterest(of: connection)
        // What was left unread for want of room is worked on in the next turn.
        if connection.isOpen, waiting >= settings.sendWindowBytesMax, hasRoom(connection) { markActive(connection) }
    }

    /// Ends the connection once all has been sent.
    func finish(_ connection: Connection) {
        guard connection.isOpen else { return }
        connection.fate = .finishing
        markDirty(connection)
    }

    private func linger(_ connection: Connection) {
        if connection.hasInputEnded { return close(connection) }
        network.finishSending(to: connection.id)
        connection.fate = .lingering(until: now.monotonic.advanced(byMilliseconds: Self.lingerMillis))
        network.watch(connection.id, reading: true, writing: false)
        arm(connection)
    }
}
