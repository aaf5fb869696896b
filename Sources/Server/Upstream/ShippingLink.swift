import Bytes
import Domain
import Gateway
import JSON
import Platform
import Store
import TLS
import Uplink

/// Ships the station's events to the central server: a share in each turn, after everyone on the LAN has been told.
final class ShippingLink {
    /// The share that one turn reads and encodes: a millisecond or two of work.
    private static let recordsPerTurnMax = 256
    private static let bytesPerTurnMax = 256 * 1024
    private static let snapshotsPerTurnMax = 32
    /// Nothing is queued while more than this waits for the network.
    private static let queuedBytesMax = 512 * 1024
    /// A moved cursor is stored after this time. After a crash, events shipped since are shipped again only if the
    /// central server does not say that it has them.
    private static let noteMillis: Int64 = 5_000
    /// A clock that differs by more than this is logged.
    private static let clockOffsetMillisMax: Int64 = 5_000

    private let durable: DurableDesk
    private let peer: UpstreamPeer
    private let intake: CommandIntake
    private let encoder: CloudEventEncoder
    private let files: ResolverFiles
    private var servers: UpstreamServers
    /// How the station presents itself on the next connection.
    private var identity: UplinkIdentity
    let connection: UpstreamConnection
    private(set) var machine: UplinkMachine
    /// Whether there is more to ship at once.
    private(set) var wantsTurn = false
    /// When the cursor is to be stored, if it has moved.
    private var nextNote: MonotonicTime?
    /// The last faults logged, one for each server, so that they are not logged again at every try.
    private var lastLogged: [String] = []
    /// Events shipped since the start.
    private(set) var shippedCount: UInt64 = 0
    /// The most that the lane of the next connection may ship at once; nil for its own limit.
    private var room: UplinkRoom?
    /// The position that the server reported, until something is shipped: the next connection need not ask again.
    private var position: UplinkPosition?
    /// The other side's name when everything up to the cursor was stored; see `UplinkState.remote`.
    private var remote: String?
    /// The server's clock minus ours; nil if the server has not told its time.
    private(set) var clockOffsetMillis: Int64?

    init(
        durable: DurableDesk, peer: UpstreamPeer, intake: CommandIntake, files: ResolverFiles, now: MonotonicTime
    ) {
        self.durable = durable
        self.peer = peer
        self.intake = intake
        self.files = files
        servers = UpstreamServers(peer.urls)
        identity = peer.identity
        encoder = CloudEventEncoder(stationID: peer.identity.stationID, epoch: durable.epoch)
        connection = UpstreamConnection(files: files)
        machine = UplinkMachine(
            cursor: durable.desk.uplink.shippedThrough, serverCount: peer.urls.count, now: now)
        remote = durable.desk.uplink.remote
    }

    private var journal: Journal { durable.journal }

    /// The records that the journal has for the central server.
    private var extent: UplinkMachine.Extent {
        UplinkMachine.Extent(first: journal.oldestSequence, last: journal.committedSequence)
    }

    var isUp: Bool { machine.state == .shipping || machine.state == .idle }

    /// When something is to be done, if at all.
    var deadline: MonotonicTime? { .earlier(machine.deadline, .earlier(connection.deadline, nextNote)) }

    func tryNow(_ now: MonotonicTime) { machine.tryNow(now) }

    /// Begins TLS, from files that were read once; a reload makes a new link, which reads them again.
    private(set) var client: (any TLSClient)?

    /// The server that is being used, or was tried last.
    var url: UpstreamURL { servers.urls[machine.server] }

    // MARK: Connecting

    /// Dials if it is time.
    func dialIfDue(through loop: EventLoop, now: Moment) {
        guard machine.wantsConnection(at: now.monotonic) else { return }
        machine.connecting(now: now.monotonic)
        do throws(UplinkFault) {
            // Read each time: credentials are renewed while the station runs.
            if let path = peer.credentialsPath { try identity.readCredentials(files.read(path), from: path) }
            if url.scheme.isSecure, client == nil { client = try peer.makeClient() }
            connection.dial(url, with: url.scheme.isSecure ? client : nil, through: loop, now: now)
        } catch {
            lose(error, through: loop, now: now)
        }
    }

    /// Begins to speak if dialing has succeeded.
    func handleDialResult(through loop: EventLoop, now: Moment) {
        switch connection.dequeueResult() {
        case .connected(let connected)?:
            machine.connected(now: now.monotonic)
            connection.open(connected, speaking: makeLane(through: loop, now: now), now: now)
            attend(through: loop, now: now)
        case .failed(let sentence)?:
            lose(UplinkFault("cannot reach the central server: \(sentence)"), through: loop, now: now)
        case nil: break
        }
    }

    /// The servers that a cluster has announced are tried after those configured.
    private func learn(_ announced: [String], through loop: EventLoop, now: Moment) {
        for index in servers.learn(announced, using: machine.server) {
            machine.learnServer(index, now: now.monotonic)
            loop.log.write(.debug, "Uplink", "Learned of \(servers.urls[index].text)", at: now)
        }
    }

    private func makeLane(through loop: EventLoop, now: Moment) -> any UplinkLane {
        guard url.scheme.isHTTP else {
            return Self.makeNATSLane(identity, room, &loop.random, now: now)
        }
        let position = position
        self.position = nil
        return HTTPShippingLane(
            peer.identity, host: url.authority, intervalMillis: Int64(peer.settings.intervalSeconds) * 1_000,
            batchMax: room, position: position, wall: now.wall, now: now.monotonic)
    }

    /// A function of its own: Swift 6.3.1 crashes if the generator is opened and the lane erased in one function.
    private static func makeNATSLane(
        _ identity: UplinkIdentity, _ room: UplinkRoom?, _ random: inout some RandomNumberGenerator, now: Moment
    ) -> NATSLane {
        var limits = NATSLaneLimits()
        if let room { limits = limits.holding(room) }
        return NATSLane(identity: identity, limits: limits, now: now.monotonic, using: &random)
    }

    // MARK: What the lane reports

    /// Acts on the lane's events, and sends its output.
    func attend(through loop: EventLoop, now: Moment) {
        while let event = connection.nextEvent() {
            do throws(UplinkFault) {
                try handle(event, through: loop, now: now)
            } catch {
                return lose(error, through: loop, now: now)
            }
        }
        if let fault = connection.sendOutput(through: loop) { lose(fault, through: loop, now: now) }
    }

    private func handle(_ event: UplinkLaneEvent, through loop: EventLoop, now: Moment) throws(UplinkFault) {
        switch event {
        case .compared(let position): try compare(position, through: loop, now: now)
        case .stored(let ordinal):
            let before = machine.cursor
            machine.stored(through: ordinal, journal: extent, wall: now.wall)
            position = nil
            if machine.state == .idle { connection.everythingIsStored() }
            if machine.cursor != before { noteSoon(now: now) }
            wantsTurn = true
        case .rewound(let sequence):
            loop.log.write(
                .info, "Uplink", "The central server wants everything after event \(sequence) again", at: now)
            try machine.rewound(to: sequence, journal: extent)
            position = nil
            wantsTurn = true
        case .halved(let sequence):
            machine.shipAgain(behind: sequence, journal: extent)
            wantsTurn = true
        case .warned(let sentence): loop.log.write(.warning, "Uplink", sentence, at: now)
        case .announced(let announced): learn(announced, through: loop, now: now)
        case .delivered(let delivery):
            guard let line = connection.line else { return }
            try intake.handle(delivery, from: line.connection, through: loop, now: now)
        case .failed(let fault): throw fault
        }
    }

    private func compare(_ position: UplinkPosition, through loop: EventLoop, now: Moment) throws(UplinkFault) {
        let (wasUp, before) = (isUp, machine.cursor)
        let name = connection.line?.lane.remoteName
        let isKnown = name != nil && name == remote
        if let mark = connection.line?.lane.remoteMark, position != .nothing { try requireOurs(mark) }
        try machine.compared(position, isKnown: isKnown, journal: extent, wall: now.wall)
        remote = name
        self.position = position
        if machine.cursor < before {
            loop.log.write(
                .warning, "Uplink",
                "The central server no longer has the events after \(machine.cursor), which it had up to "
                    + "\(before): they are sent again", at: now)
        }
        clockOffsetMillis = connection.line?.lane.clockOffsetMillis
        if !wasUp { logConnected(through: loop, now: now) }
        noteSoon(now: now)
    }

    /// Compares an event that the central server has with the record of that number. A record that the journal has
    /// dropped, or that cannot be read now, proves nothing.
    private func requireOurs(_ mark: UplinkMark) throws(UplinkFault) {
        guard extent.first <= mark.sequence, mark.sequence <= extent.last,
            let record = try? journal.records(from: mark.sequence, countMax: 1, bytesMax: 1).first,
            record.sequence == mark.sequence,
            let event = encoder.event(of: record.json, sequence: record.sequence, previous: 0, ordinal: 1),
            let value = try? JSONParser.parse(event.json)
        else { return }
        guard value["type"]?.stringValue == mark.type, value["time"]?.stringValue == mark.time else {
            throw UplinkMachine.foreign(mark)
        }
    }

    /// The connection has ended, or could not be made.
    func lose(_ fault: UplinkFault, through loop: EventLoop, now: Moment) {
        // With several servers an operator must know which of them it was.
        let fault = servers.urls.count > 1 ? UplinkFault("\(fault.message) (\(url.text))", fault.remedy) : fault
        if fault.remedy != .waitSeconds(0) { position = nil }
        if let line = connection.line {
            room = line.lane.roomForNextConnection(after: fault, hadEventsInFlight: machine.hasInFlight)
        }
        connection.close(through: loop)
        wantsTurn = false
        machine.disconnected(fault, using: &loop.random, now: now.monotonic)
        logLost(fault, through: loop, now: now)
    }

    // MARK: Shipping

    /// Ships a share of the waiting events.
    func ship(through loop: EventLoop, now: Moment) {
        wantsTurn = false
        machine.settle(extent)
        guard !loop.isDraining, let line = connection.line, let room = line.lane.room,
            loop.queuedBytes(of: line.connection) < Self.queuedBytesMax, let next = machine.next(extent)
        else { return }
        do throws(StoreError) {
            try ship(next, room, now: now)
        } catch {
            // The journal may be readable later.
            return lose(UplinkFault("events cannot be read: \(error)"), through: loop, now: now)
        }
        attend(through: loop, now: now)
        wantsTurn = connection.line?.lane.room != nil && machine.next(extent) != nil
    }

    private func ship(_ next: UplinkMachine.Next, _ room: UplinkRoom, now: Moment) throws(StoreError) {
        let place = machine.place
        switch next {
        case .records(let first): try shipRecords(from: first, room, now: now)
        case .snapshots(let ticket, let snapshot):
            let (documents, nextTicket) = durable.desk.ticketDocuments(
                from: ticket, countMax: min(room.count, Self.snapshotsPerTurnMax),
                bytesMax: min(room.bytes, Self.bytesPerTurnMax))
            let events = documents.enumerated().map { index, document in
                encoder.snapshot(
                    ofTicket: document.id, document: document.json, at: now.wall, snapshot: snapshot,
                    previous: place.previous, ordinal: place.ordinal + UInt64(index))
            }
            machine.shippedSnapshots(events, nextTicket: nextTicket)
            send(events, now: now)
        case .missing(let through, let tickets, let snapshot):
            let event = encoder.missing(
                through: through, tickets: tickets, command: durable.desk.uplink.lastCommand(through: through),
                at: now.wall, snapshot: snapshot, previous: place.previous, ordinal: place.ordinal)
            machine.shippedMissing(event, journal: extent)
            send([event], now: now)
        }
    }

    private func shipRecords(from first: UInt64, _ room: UplinkRoom, now: Moment) throws(StoreError) {
        let records = try journal.records(
            from: first, countMax: min(room.count, Self.recordsPerTurnMax),
            bytesMax: min(room.bytes, Self.bytesPerTurnMax))
        var events: [UplinkEvent] = []
        events.reserveCapacity(records.count)
        var (ordinal, previous) = machine.place
        for record in records {
            guard
                let event = encoder.event(
                    of: record.json, sequence: record.sequence, previous: previous, ordinal: ordinal)
            else { continue }
            events.append(event)
            ordinal += 1
            previous = event.sequence
        }
        // If no records came although some were expected, recovery has reported a hole: there is nothing to wait for.
        let through = records.last?.sequence ?? journal.committedSequence
        machine.shipped(events, readThrough: through, journal: extent)
        send(events, now: now)
    }

    private func send(_ events: [UplinkEvent], now: Moment) {
        guard !events.isEmpty else { return }
        shippedCount += UInt64(events.count)
        connection.ship(events, now: now)
    }

    // MARK: The cursor

    /// Stores the cursor after a while if it has moved.
    private func noteSoon(now: Moment) {
        let stored = durable.desk.uplink
        guard nextNote == nil, machine.cursor != stored.shippedThrough || remote != stored.remote else { return }
        nextNote = now.monotonic.advanced(byMilliseconds: Self.noteMillis)
    }

    func noteIfDue(now: Moment) {
        if let due = nextNote, due <= now.monotonic { note(now: now) }
    }

    /// Stages the cursor. If there is no space, the stored one stays as it was.
    func note(now: Moment) {
        nextNote = nil
        _ = try? durable.execute(.noteShipped(through: machine.cursor, remote: remote), by: .station, now: now)
    }

    // MARK: Progress

    /// The number of events that wait for the central server, or somewhat more: some records concern the station alone.
    var backlogCount: UInt64 { machine.backlogCount(extent) }

    /// How long the oldest waiting event has waited, in seconds; nil if none waits or the journal no longer has it.
    func backlogSeconds(now: Moment) -> Int64? {
        guard backlogCount > 0,
            let records = try? journal.records(from: machine.cursor + 1, countMax: 16, bytesMax: 64 * 1024)
        else { return nil }
        for record in records
        where encoder.event(of: record.json, sequence: record.sequence, previous: 0, ordinal: 1) != nil {
            guard let value = try? JSONParser.parse(record.json), let at = value["at"]?.stringValue,
                let time = Timestamp(iso8601: at)
            else { return nil }
            return max(0, now.wall.milliseconds - time.milliseconds) / 1_000
        }
        return nil
    }

    // MARK: The log

    private func logConnected(through loop: EventLoop, now: Moment) {
        let count = backlogCount
        let rest = count == 0 ? "which has everything" : "which lacks up to \(count) event(s)"
        lastLogged = []
        loop.log.write(.info, "Uplink", "Connected to \(url.text), \(rest)", at: now)
        if peer.settings.commandKeys.isEmpty {
            loop.log.write(
                .warning, "Uplink",
                "There is no upstream.command_key, so commands of the central server are refused: set it to what "
                    + "`stationd central command-key \(peer.identity.stationID)` prints there", at: now)
        }
        guard let offset = clockOffsetMillis, abs(offset) > Self.clockOffsetMillisMax else { return }
        let direction = offset > 0 ? "slow" : "fast"
        loop.log.write(
            .warning, "Uplink",
            "The clock is \(offset.magnitude / 1_000) s \(direction) according to the central server", at: now)
    }

    /// Logs why the connection was lost; the same reason again only at level debug.
    private func logLost(_ fault: UplinkFault, through loop: EventLoop, now: Moment) {
        // The message names the server if there are several.
        let isNews = !lastLogged.contains(fault.message)
        if isNews {
            if lastLogged.count >= servers.urls.count { lastLogged.removeFirst() }
            lastLogged.append(fault.message)
        }
        let level: Log.Level
        switch fault.remedy {
        case .intervention, .stop: level = isNews ? .error : .debug
        case .waitSeconds(0): level = .debug
        case .backOff, .waitSeconds: level = isNews ? .warning : .debug
        }
        loop.log.write(
            level, "Uplink", fault.message.prefix(1).uppercased() + fault.message.dropFirst(), at: now)
    }
}
