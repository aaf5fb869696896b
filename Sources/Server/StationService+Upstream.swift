import Bytes
import Domain
import Gateway
import JSON
import Platform
import Store
import Uplink

/// Being connected to the central server: dialing, what comes over the connections, and their ends.
extension StationService {
    /// Makes the link that the configuration asks for.
    func makeUpstream(now: MonotonicTime) -> UpstreamLink? {
        UpstreamLink(
            configuration.upstream, stationID: configuration.stationID, epoch: epoch,
            state: desk.uplink, files: resolverFiles, now: now)
    }

    /// What the journal has for the central server.
    var journalExtent: UplinkMachine.Extent {
        UplinkMachine.Extent(first: journal.oldestSequence, last: journal.committedSequence)
    }

    /// A configuration was read again: a new link where it is another, else a try without delay.
    func reloadUpstream(through loop: EventLoop, now: Moment) {
        guard upstream?.settings != configuration.upstream else {
            upstream?.machine.tryNow(now.monotonic)
            upstream?.commandSchedule.tryNow(now.monotonic)
            return
        }
        if let link = upstream {
            hangUp(link, through: loop)
            if configuration.upstream.url == nil {
                loop.log.write(.info, "Uplink", "There is no central server any more", at: now)
            }
        }
        upstream = makeUpstream(now: now.monotonic)
    }

    private func hangUp(_ link: UpstreamLink, through loop: EventLoop) {
        link.dialer.cancel(through: loop)
        link.commandDialer.cancel(through: loop)
        if let line = link.line { loop.closeOutgoing(line.connection) }
        if let line = link.commandLine { loop.closeOutgoing(line.connection) }
        link.line = nil
        link.commandLine = nil
    }

    // MARK: Time

    func expireUpstream(through loop: EventLoop, now: Moment) {
        guard let link = upstream else { return }
        guard !loop.isDraining else {
            link.isStopping = true
            return
        }
        if link.line?.lane.deadline.map({ $0 <= now.monotonic }) == true {
            link.line?.lane.setTime(now.wall)
            link.line?.lane.expire(now: now.monotonic)
            attend(link, through: loop, now: now)
        }
        if link.commandLine?.lane.deadline.map({ $0 <= now.monotonic }) == true {
            link.commandLine?.lane.setTime(now.wall)
            link.commandLine?.lane.expire(now: now.monotonic)
            attendCommands(link, through: loop, now: now)
        }
        link.dialer.expire(through: loop, now: now)
        link.commandDialer.expire(through: loop, now: now)
        if link.machine.wantsConnection(at: now.monotonic) {
            link.machine.connecting(now: now.monotonic)
            link.dialer.start(host: link.url.host, port: link.url.port, through: loop, now: now)
        }
        if link.wantsCommandLine(at: now.monotonic) {
            link.commandDialer.start(host: link.url.host, port: link.url.port, through: loop, now: now)
        }
        takeDialed(link, through: loop, now: now)
        if let due = link.nextNote, due <= now.monotonic { noteShipped(link, now: now) }
    }

    // MARK: What the loop tells

    public func outgoingConnected(_ connection: ConnectionID, through loop: EventLoop, now: Moment) {
        guard let link = upstream else { return loop.closeOutgoing(connection) }
        if !link.dialer.connected(connection, through: loop, now: now) {
            _ = link.commandDialer.connected(connection, through: loop, now: now)
        }
        takeDialed(link, through: loop, now: now)
    }

    public func outgoingReceived(
        _ bytes: Span<UInt8>, from connection: ConnectionID, through loop: EventLoop, now: Moment
    ) {
        guard let link = upstream else { return loop.closeOutgoing(connection) }
        if link.line?.connection == connection {
            link.line?.lane.setTime(now.wall)
            link.line?.lane.receive(bytes, now: now.monotonic)
            attend(link, through: loop, now: now)
        } else if link.commandLine?.connection == connection {
            link.commandLine?.lane.setTime(now.wall)
            link.commandLine?.lane.receive(bytes, now: now.monotonic)
            attendCommands(link, through: loop, now: now)
        } else {
            if !link.dialer.received(bytes, from: connection, through: loop, now: now) {
                _ = link.commandDialer.received(bytes, from: connection, through: loop, now: now)
            }
            takeDialed(link, through: loop, now: now)
        }
    }

    public func outgoingEnded(
        _ connection: ConnectionID, _ end: OutgoingEnd, through loop: EventLoop, now: Moment
    ) {
        guard let link = upstream else { return }
        // At a stop the loop closes what the station has opened: no news of the central server's.
        guard !loop.isDraining else { return hangUp(link, through: loop) }
        if link.line?.connection == connection {
            link.line?.lane.inputClosed(now: now.monotonic)
            attend(link, through: loop, now: now)
            if link.line?.connection == connection { lose(link, Self.fault(of: end), through: loop, now: now) }
        } else if link.commandLine?.connection == connection {
            link.commandLine?.lane.inputClosed(now: now.monotonic)
            attendCommands(link, through: loop, now: now)
            if link.commandLine?.connection == connection {
                loseCommands(link, Self.fault(of: end), through: loop, now: now)
            }
        } else {
            if !link.dialer.ended(connection, end, through: loop, now: now) {
                _ = link.commandDialer.ended(connection, end, through: loop, now: now)
            }
            takeDialed(link, through: loop, now: now)
        }
    }

    private static func fault(of end: OutgoingEnd) -> UplinkFault {
        switch end {
        case .ended: UplinkFault("the central server has closed the connection")
        case .failed(let words): UplinkFault("the connection to the central server is lost: \(words)")
        }
    }

    // MARK: Connections made

    private func takeDialed(_ link: UpstreamLink, through loop: EventLoop, now: Moment) {
        switch link.dialer.takeResult() {
        case .connected(let connection)?:
            link.machine.connected(now: now.monotonic)
            link.line = .init(
                connection: connection, lane: lane(link, through: loop, now: now), openedAt: now.monotonic)
            attend(link, through: loop, now: now)
        case .failed(let sentence)?:
            lose(link, UplinkFault("cannot reach the central server: \(sentence)"), through: loop, now: now)
        case nil: break
        }
        switch link.commandDialer.takeResult() {
        case .connected(let connection)?:
            let lane = HTTPCommandLane(
                link.identity, host: link.url.authority, after: desk.uplink.lastCommand, wall: now.wall,
                now: now.monotonic)
            link.commandLine = .init(connection: connection, lane: lane, openedAt: now.monotonic)
            attendCommands(link, through: loop, now: now)
        case .failed(let sentence)?:
            let fault = UplinkFault("cannot reach the central server: \(sentence)")
            loseCommands(link, fault, through: loop, now: now)
        case nil: break
        }
    }

    private func lane(_ link: UpstreamLink, through loop: EventLoop, now: Moment) -> any UplinkLane {
        guard link.url.scheme == .http else {
            return Self.natsLane(link.identity, link.windowMax, &loop.random, now: now)
        }
        let position = link.position
        link.position = nil
        let lane = HTTPShippingLane(
            link.identity, host: link.url.authority, intervalMillis: Int64(link.settings.intervalSeconds) * 1_000,
            batchMax: link.batchMax, position: position, wall: now.wall, now: now.monotonic)
        return lane
    }

    /// A step of its own: Swift 6.3.1 crashes where the generator is opened and the lane erased in one function.
    private static func natsLane(
        _ identity: UplinkIdentity, _ window: UplinkRoom?, _ random: inout some RandomNumberGenerator, now: Moment
    ) -> NATSLane {
        var limits = NATSLaneLimits()
        if let window { limits = limits.holding(window) }
        return NATSLane(identity: identity, limits: limits, now: now.monotonic, using: &random)
    }

    // MARK: What lanes tell

    /// Acts on what the lane has to say, and sends what it wants to send.
    func attend(_ link: UpstreamLink, through loop: EventLoop, now: Moment) {
        while let event = link.line?.lane.nextEvent() {
            do throws(UplinkFault) {
                try take(event, link, through: loop, now: now)
            } catch {
                return lose(link, error, through: loop, now: now)
            }
        }
        if let fault = link.line?.send(through: loop) { lose(link, fault, through: loop, now: now) }
    }

    private func take(
        _ event: UplinkLaneEvent, _ link: UpstreamLink, through loop: EventLoop, now: Moment
    ) throws(UplinkFault) {
        switch event {
        case .compared(let position):
            let (wasUp, before) = (link.isUp, link.machine.cursor)
            let remote = link.line?.lane.remoteName
            let isKnown = remote != nil && remote == link.remote
            if let mark = link.line?.lane.remoteMark, position != .nothing { try mustBeOurs(mark, link) }
            try link.machine.compared(position, isKnown: isKnown, journal: journalExtent, wall: now.wall)
            link.remote = remote
            link.position = position
            if link.machine.cursor < before {
                loop.log.write(
                    .warning, "Uplink",
                    "The central server no longer has the events behind \(link.machine.cursor), which it had up to "
                        + "\(before): they are sent again", at: now)
            }
            link.clockOffsetMillis = (link.line?.lane as? HTTPShippingLane)?.clockOffsetMillis
            if !wasUp { logConnected(link, through: loop, now: now) }
            noteSoon(link, now: now)
        case .stored(let ordinal):
            let before = link.machine.cursor
            link.machine.stored(through: ordinal, journal: journalExtent, wall: now.wall)
            link.position = nil
            if link.machine.state == .idle { link.windowMax = nil }
            if link.machine.cursor != before { noteSoon(link, now: now) }
            link.wantsTurn = true
        case .rewound(let sequence):
            loop.log.write(
                .info, "Uplink", "The central server wants what comes behind event \(sequence) again", at: now)
            try link.machine.rewound(to: sequence, journal: journalExtent)
            link.position = nil
            link.wantsTurn = true
        case .halved(let sequence):
            link.machine.shipAgain(behind: sequence, journal: journalExtent)
            link.wantsTurn = true
        case .delivered(let delivery):
            guard let connection = link.line?.connection else { return }
            try take(delivery, from: connection, link, now: now)
        case .failed(let fault): throw fault
        }
    }

    /// Holds an event that the central server has against the record of that number. One that the journal has let go,
    /// or that cannot be read now, proves nothing.
    private func mustBeOurs(_ mark: UplinkMark, _ link: UpstreamLink) throws(UplinkFault) {
        guard journalExtent.first <= mark.sequence, mark.sequence <= journalExtent.last,
            let record = try? journal.records(from: mark.sequence, countMax: 1, bytesMax: 1).first,
            record.sequence == mark.sequence,
            let event = link.encoder.event(of: record.json, sequence: record.sequence, previous: 0, ordinal: 1),
            let value = try? JSONParser.parse(event.json)
        else { return }
        guard value["type"]?.stringValue == mark.type, value["time"]?.stringValue == mark.time else {
            throw UplinkMachine.foreign(mark)
        }
    }

    /// The connection that ships is at its end, or did not come about.
    func lose(_ link: UpstreamLink, _ fault: UplinkFault, through loop: EventLoop, now: Moment) {
        learn(from: fault, link)
        if let line = link.line { loop.closeOutgoing(line.connection) }
        link.line = nil
        link.wantsTurn = false
        link.machine.disconnected(fault, using: &loop.random, now: now.monotonic)
        logLost(link, fault, through: loop, now: now)
    }

    /// What the next connection should do otherwise.
    private func learn(from fault: UplinkFault, _ link: UpstreamLink) {
        if fault.remedy != .waitSeconds(0) { link.position = nil }
        if let lane = link.line?.lane as? HTTPShippingLane { link.batchMax = lane.batchMax }
        guard link.line?.lane is NATSLane, fault.remedy == .backOff, link.machine.hasInFlight else { return }
        let window = link.windowMax ?? UplinkRoom(count: 1024, bytes: 512 * 1024)
        link.windowMax = UplinkRoom(count: max(1, window.count / 2), bytes: max(1024, window.bytes / 2))
    }

    // MARK: Commands over a connection of their own

    private func attendCommands(_ link: UpstreamLink, through loop: EventLoop, now: Moment) {
        while let connection = link.commandLine?.connection, let event = link.commandLine?.lane.nextEvent() {
            do throws(UplinkFault) {
                switch event {
                case .delivered(let delivery):
                    try take(delivery, from: connection, link, now: now)
                case .failed(let fault): throw fault
                case .compared, .stored, .rewound, .halved: break
                }
            } catch {
                return loseCommands(link, error, through: loop, now: now)
            }
        }
        if let fault = link.commandLine?.send(through: loop) {
            loseCommands(link, fault, through: loop, now: now)
        }
    }

    private func loseCommands(_ link: UpstreamLink, _ fault: UplinkFault, through loop: EventLoop, now: Moment) {
        let lifeMillis = link.commandLine.map { now.monotonic.milliseconds(since: $0.openedAt) } ?? 0
        if let line = link.commandLine { loop.closeOutgoing(line.connection) }
        link.commandLine = nil
        let isUseful = lifeMillis >= 5_000
        if isUseful { link.commandSchedule.succeeded() }
        link.commandSchedule.failed(fault.remedy, wasUseful: isUseful, using: &loop.random, now: now.monotonic)
        let level: Log.Level = fault.remedy == .waitSeconds(0) ? .debug : .info
        loop.log.write(level, "Uplink", "Commands are not received for now: \(fault.message)", at: now)
        // Who does not want to hear of us here does not elsewhere.
        if fault.remedy == .stop, link.isUp { lose(link, fault, through: loop, now: now) }
    }

    /// Deals with a command. Its outcome is in the journal with the turn's commit, and acknowledged after it.
    private func take(
        _ delivery: UplinkDelivery, from connection: ConnectionID, _ link: UpstreamLink, now: Moment
    ) throws(UplinkFault) {
        let command = CentralCommand(json: delivery.json, number: delivery.number, epoch: delivery.epoch)
        if let event = desk.decide(command, now: now.wall) {
            guard try takeOutcome(event, of: command, link, now: now) else { return }
            link.commandCount += 1
        }
        link.outcomes.append((connection, delivery.number))
    }

    /// Stages the outcome of a command. False where there is no space: over NATS the command is not acknowledged, and
    /// the server sends it again after a while; over HTTP the connection for commands is closed for a while.
    private func takeOutcome(
        _ event: Event, of command: CentralCommand, _ link: UpstreamLink, now: Moment
    ) throws(UplinkFault) -> Bool {
        do throws(Refusal) {
            try stage(event, record: event.record())
            return true
        } catch {
            if case .insufficientStorage = error {} else if refuse(command, error, now: now) { return true }
        }
        if link.hasCommandLine {
            throw UplinkFault("there is no space to take a command of the central server", .waitSeconds(30))
        }
        return false
    }

    /// What cannot be stored is refused, where that can be stored.
    private func refuse(_ command: CentralCommand, _ refusal: Refusal, now: Moment) -> Bool {
        let event = desk.refusal(refusal, of: command, now: now.wall)
        do throws(Refusal) {
            try stage(event, record: event.record())
            return true
        } catch {
            return false
        }
    }

    /// After the commit: the outcomes are durable.
    func acknowledgeCommands(through loop: EventLoop, now: Moment) {
        guard let link = upstream, !link.outcomes.isEmpty else { return }
        let outcomes = link.outcomes
        link.outcomes.removeAll(keepingCapacity: true)
        for (connection, number) in outcomes {
            if link.line?.connection == connection {
                link.line?.lane.setTime(now.wall)
                link.line?.lane.acknowledge(number, now: now.monotonic)
            } else if link.commandLine?.connection == connection {
                link.commandLine?.lane.setTime(now.wall)
                link.commandLine?.lane.acknowledge(number, now: now.monotonic)
            }
        }
        attend(link, through: loop, now: now)
        attendCommands(link, through: loop, now: now)
    }
}
