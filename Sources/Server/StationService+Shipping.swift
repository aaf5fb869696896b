import Bytes
import Domain
import Gateway
import JSON
import Platform
import Store
import Uplink

/// Shipping what happens here to the central server: a share in each turn, after everyone on the LAN has been told.
extension StationService {
    /// What one turn reads and encodes: a millisecond or two of work.
    private static let recordsPerTurnMax = 256
    private static let bytesPerTurnMax = 256 * 1024
    /// While more than this waits for the network nothing is added to it.
    private static let queuedBytesMax = 512 * 1024
    /// How long the cursor may have moved before that is stored. What was shipped since is shipped again after a crash
    /// only where the central server does not say that it has it.
    private static let noteMillis: Int64 = 5_000
    private static let snapshotsPerTurnMax = 32

    func shipEvents(through loop: EventLoop, now: Moment) {
        guard let link = upstream else { return }
        link.wantsTurn = false
        link.machine.settle(journalExtent)
        guard !loop.isDraining, let line = link.line, let room = line.lane.room,
            loop.queuedBytes(of: line.connection) < Self.queuedBytesMax,
            let next = link.machine.next(journalExtent)
        else { return }
        do throws(StoreError) {
            try ship(next, room, link, now: now)
        } catch {
            // What cannot be read now may be readable later.
            return lose(link, UplinkFault("events cannot be read: \(error)"), through: loop, now: now)
        }
        attend(link, through: loop, now: now)
        link.wantsTurn = link.line?.lane.room != nil && link.machine.next(journalExtent) != nil
    }

    private func ship(
        _ next: UplinkMachine.Next, _ room: UplinkRoom, _ link: UpstreamLink, now: Moment
    ) throws(StoreError) {
        switch next {
        case .records(let first): try shipRecords(from: first, room, link, now: now)
        case .snapshots(let ticket, let snapshot):
            let (documents, nextTicket) = desk.ticketDocuments(
                from: ticket, countMax: min(room.count, Self.snapshotsPerTurnMax),
                bytesMax: min(room.bytes, Self.bytesPerTurnMax))
            let place = link.machine.place
            let events = documents.enumerated().map { index, document in
                link.encoder.snapshot(
                    ofTicket: document.id, document: document.json, at: now.wall, snapshot: snapshot,
                    previous: place.previous, ordinal: place.ordinal + UInt64(index))
            }
            link.machine.shippedSnapshots(events, nextTicket: nextTicket)
            send(events, link, now: now)
        case .missing(let through, let tickets, let snapshot):
            let place = link.machine.place
            let event = link.encoder.missing(
                through: through, tickets: tickets, command: desk.uplink.lastCommand(through: through),
                at: now.wall, snapshot: snapshot, previous: place.previous,
                ordinal: place.ordinal)
            link.machine.shippedMissing(event, journal: journalExtent)
            send([event], link, now: now)
        }
    }

    private func shipRecords(
        from first: UInt64, _ room: UplinkRoom, _ link: UpstreamLink, now: Moment
    ) throws(StoreError) {
        let records = try journal.records(
            from: first, countMax: min(room.count, Self.recordsPerTurnMax),
            bytesMax: min(room.bytes, Self.bytesPerTurnMax))
        var events: [UplinkEvent] = []
        events.reserveCapacity(records.count)
        var (ordinal, previous) = link.machine.place
        for record in records {
            guard
                let event = link.encoder.event(
                    of: record.json, sequence: record.sequence, previous: previous, ordinal: ordinal)
            else { continue }
            events.append(event)
            ordinal += 1
            previous = event.sequence
        }
        // Where records were expected and none came, recovery has reported a hole: nothing is there to wait for.
        let through = records.last?.sequence ?? journal.committedSequence
        link.machine.shipped(events, readThrough: through, journal: journalExtent)
        send(events, link, now: now)
    }

    private func send(_ events: [UplinkEvent], _ link: UpstreamLink, now: Moment) {
        guard !events.isEmpty else { return }
        link.shippedCount += UInt64(events.count)
        link.line?.lane.setTime(now.wall)
        link.line?.lane.ship(events, now: now.monotonic)
    }

    // MARK: The cursor

    /// The cursor has moved: it is stored after a while.
    func noteSoon(_ link: UpstreamLink, now: Moment) {
        let isStored = link.machine.cursor == desk.uplink.shippedThrough && link.remote == desk.uplink.remote
        guard link.nextNote == nil, !isStored else { return }
        link.nextNote = now.monotonic.advanced(byMilliseconds: Self.noteMillis)
    }

    /// Stores the cursor, with the turn's commit. Where there is no space it stays where it was.
    func noteShipped(_ link: UpstreamLink, now: Moment) {
        link.nextNote = nil
        let note = Command.noteShipped(through: link.machine.cursor, remote: link.remote)
        _ = try? execute(note, by: .station, now: now)
    }

    // MARK: How far it is

    /// Events that wait for the central server: at most so many, as some records concern the station alone.
    func backlogCount(of link: UpstreamLink) -> UInt64 {
        link.machine.backlogCount(journalExtent)
    }

    /// How long the oldest event that waits has waited, in seconds; nil where none does, or the journal has it no more.
    func backlogSeconds(of link: UpstreamLink, now: Moment) -> Int64? {
        guard backlogCount(of: link) > 0,
            let records = try? journal.records(from: link.machine.cursor + 1, countMax: 16, bytesMax: 64 * 1024)
        else { return nil }
        for record in records
        where link.encoder.event(of: record.json, sequence: record.sequence, previous: 0, ordinal: 1) != nil {
            guard let value = try? JSONParser.parse(record.json), let at = value["at"]?.stringValue,
                let time = Timestamp(iso8601: at)
            else { return nil }
            return max(0, now.wall.milliseconds - time.milliseconds) / 1_000
        }
        return nil
    }

    /// The member `upstream` of the status.
    func writeUpstream(into writer: inout JSONWriter, now: Moment) {
        writer.key("upstream")
        writer.beginObject()
        guard let link = upstream else {
            writer.member("state", "not configured")
            writer.member("backlog_events", 0)
            writer.endObject()
            return
        }
        writer.member("state", link.machine.state.rawValue)
        writer.member("url", link.url.text)
        writer.member("backlog_events", backlogCount(of: link))
        writer.member("backlog_seconds", backlogSeconds(of: link, now: now))
        writer.member("shipped_through", link.machine.cursor)
        writer.member("last_success", link.machine.lastSuccess)
        writer.member("last_error", link.machine.lastFault?.message)
        let wait = link.machine.deadline.map { max(0, $0.milliseconds(since: now.monotonic)) }
        writer.member("next_try_seconds", wait.map { ($0 + 999) / 1_000 })
        writer.member("clock_offset_seconds", link.clockOffsetMillis.map { $0 / 1_000 })
        writer.member("commands", link.commandCount)
        writer.endObject()
    }

    // MARK: The log

    func logConnected(_ link: UpstreamLink, through loop: EventLoop, now: Moment) {
        let count = backlogCount(of: link)
        let rest = count == 0 ? "which has everything" : "which is up to \(count) event(s) behind"
        link.lastLogged = nil
        loop.log.write(.info, "Uplink", "Connected to \(link.url.text), \(rest)", at: now)
        guard let offset = link.clockOffsetMillis, abs(offset) > 5_000 else { return }
        let direction = offset > 0 ? "slow" : "fast"
        loop.log.write(
            .warning, "Uplink", "The clock is \(offset.magnitude / 1_000) s \(direction), says the central server",
            at: now)
    }

    /// The same trouble again and again is one line.
    func logLost(_ link: UpstreamLink, _ fault: UplinkFault, through loop: EventLoop, now: Moment) {
        let isNews = fault.message != link.lastLogged
        link.lastLogged = fault.message
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
