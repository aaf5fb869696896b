import Domain
import HTTP
import JSON
import Store

/// The checks made while a run goes on.
extension Run {
    /// Whether the faults so far explain that the station answers with this status, or, for nil, not at all.
    func isExplained(_ status: Int?) -> Bool {
        switch status {
        case nil:
            // With few descriptors, new connections wait until others are closed.
            plan.shape.descriptorsMax < 1_000
                || !happened.isDisjoint(with: [
                    .lines, .partitions, .kills, .powerCuts, .stops, .syncs, .reads, .backups, .damage,
                ])
        // A request may have waited since before the restore, with a token of the epoch before.
        case 401: isRestored
        // The rest of a request may arrive too late.
        case 408: !happened.isDisjoint(with: [.lines, .partitions])
        case 503: plan.shape.descriptorsMax < 1_000 || !happened.isDisjoint(with: [.reads, .stops])
        // A segment that could not be allocated in advance is missing later.
        case 507:
            plan.shape.isJournalSmall || plan.shape.descriptorsMax < 1_000
                || !happened.isDisjoint(with: [.space, .syncs])
        default: false
        }
    }

    /// Checks that a station that has just started has every answered change.
    func checkAfterStart(_ machine: Appliance) {
        guard machine === station, let desk = machine.process?.service.desk else { return }
        for objection in book.objections(to: desk).prefix(1) { world.fail(.lost, objection) }
    }

    /// Checks, for some answers, that every answered change would survive a power cut now.
    func checkDurability() {
        guard world.random.chance(plan.shape.durabilityPercent), world.failure == nil else { return }
        tally.durabilityChecks += 1
        guard let desk = station.state(on: whatRemains(of: station)) else { return }
        for objection in book.objections(to: desk).prefix(1) {
            world.fail(.notDurable, "if the power failed now, \(objection)")
        }
        checkCentralDurability()
    }

    /// The disk as a power cut now would leave it: without everything unsynchronized, or with a random part of it.
    private func whatRemains(of machine: Appliance) -> MemoryDisk {
        if world.random.chance(50) { return machine.disk.durableCopy() }
        return machine.disk.losePower(world.random.chance(50) ? .ordered : .independent, using: &world.random)
    }

    /// Checks that the events that the station counts as stored centrally would survive a power cut there now.
    private func checkCentralDurability() {
        guard let central, central.process != nil, !isRestored, world.failure == nil,
            let shipped = station.process?.service.shippedThrough, shipped > 0,
            let desk = central.state(on: whatRemains(of: central))
        else { return }
        tally.durabilityChecks += 1
        let accepted = desk.fleetMember(Identifier(Self.stationNumber))?.acceptedThrough ?? 0
        if accepted < shipped {
            world.fail(
                .notDurable,
                "the central server has accepted events up to \(shipped), and a power cut now would leave it "
                    + "\(accepted)")
        }
    }

    /// Checks, for some notifications, that their event would survive a power cut now.
    func checkDurability(of id: String) {
        tally.notifications += 1
        guard world.random.chance(plan.shape.durabilityPercent / 4), world.failure == nil, !isRestored else { return }
        tally.durabilityChecks += 1
        guard let hyphen = id.lastIndex(of: "-"), let sequence = UInt64(id[id.index(after: hyphen)...]),
            let desk = station.state(on: whatRemains(of: station))
        else { return }
        if desk.lastSequence < sequence {
            world.fail(
                .notDurable, "a client has received \(id), and a power cut now would leave \(desk.lastSequence)")
        }
    }

    /// Checks, for some lists, that a power cut now would leave each ticket as it was shown, or changed since.
    func checkDurability(ofList tickets: [JSONValue]) {
        guard world.random.chance(plan.shape.durabilityPercent), world.failure == nil, !isRestored else { return }
        tally.durabilityChecks += 1
        guard let desk = station.state(on: whatRemains(of: station)) else { return }
        for ticket in tickets {
            guard let number = ticket["support_id"]?.integerValue, let id = Identifier(exactly: number),
                let shown = ticket["updated_at"]?.stringValue
            else { continue }
            // A ticket may have been deleted since, and the clock may have been set.
            guard let kept = try? desk.ticket(id, for: .operator) else {
                if book.certain.contains(number) {
                    world.fail(.notDurable, "ticket \(number) was shown, and a power cut now would lose it")
                }
                continue
            }
            let response = ticket["response"]?.stringValue
            let isOlder = kept.updatedAt.iso8601 < shown && !happened.contains(.clocks)
            if isOlder || (response != nil && kept.response == nil) {
                world.fail(.notDurable, "a change of ticket \(number) was shown, and a power cut now would lose it")
            }
        }
    }

    /// Checks that a copy of the disk, opened anew, gives the state of the running process. While that is ahead of what
    /// it has written, the check waits.
    func checkReplay(_ machine: Appliance) {
        guard let process = machine.process else { return }
        guard process.service.lastSequence == process.service.durableSequence else {
            return world.after(10_000) { [weak self, weak machine] in
                guard let self, let machine, world.failure == nil else { return }
                checkReplay(machine)
            }
        }
        tally.replays += 1
        let live = process.service.desk
        guard let replayed = machine.state(on: machine.disk.copy()), replayed.fingerprint() != live.fingerprint() else {
            return
        }
        let (one, other) = (Self.lines(live), Self.lines(replayed))
        let differing = zip(one, other).first { $0 != $1 }
        world.fail(
            .replayDiffers,
            "\(machine.name) has \(differing?.0 ?? "\(one.count) documents"), its disk has "
                + (differing?.1 ?? "\(other.count)"))
    }

    private static func lines(_ desk: Desk) -> [String] {
        desk.dump().split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Checks what every user has received.
    func checkDelivery() {
        for fault in ledger.drainFaults().prefix(1) { world.fail(.delivery, fault) }
        for user in ledger.users {
            let objections = DeliveryChecker.objections(to: ledger.history(of: user))
            for objection in objections.prefix(1) { world.fail(.delivery, "user \(user): \(objection)") }
        }
    }

    /// Checks that nothing is left over after all clients have gone.
    func checkLeftovers() {
        guard let process = station.process else { return }
        let gateway = process.gateway
        if gateway.connectionCount > 0 || gateway.engineClientCount > 0 {
            let sessions = gateway.engineClientCount
            world.fail(.leak, "\(gateway.connectionCount) connections and \(sessions) sessions are left over")
        }
        // The connections to the central server, or the sockets with which they are being made, stay open.
        let open = process.network.openCount - process.children.count
        if open > (central == nil ? 0 : 3) { world.fail(.leak, "\(open) descriptors of connections are left over") }
        let limit = process.service.configuration.limits.journalBytesMax
        let bytes = station.disk.paths.filter { $0.hasPrefix("journal/") }.reduce(0) {
            $0 + (station.disk.bytes($1)?.count ?? 0)
        }
        // One segment may be allocated in advance.
        if bytes > limit + process.service.configuration.limits.segmentBytes {
            world.fail(.leak, "the journal has \(bytes) bytes, but its limit is \(limit)")
        }
        // The lock and the segment in use stay open.
        let files = process.disk.openCount
        if files > 2 { world.fail(.leak, "\(files) files are open") }
    }

    /// Checks that a stopped machine leaves a disk without damage.
    func checkStore(_ machine: Appliance) {
        let view = ProcessDisk(machine.disk.copy(), ProcessLife(), DiskFaults(), bug: nil)
        let directories = DocumentFolder.all(among: (try? view.list("")) ?? []).map(\.directory)
        do {
            let outcome = try StoreCheck.run(view, documents: directories)
            guard !machine.isDamaged else { return }
            for finding in outcome.findings where finding.severity == .damage {
                return world.fail(.damage, "\(machine.name), after its stop: \(finding)")
            }
        } catch {
            world.fail(.damage, "\(machine.name): its disk cannot be checked: \(error)")
        }
    }
}
