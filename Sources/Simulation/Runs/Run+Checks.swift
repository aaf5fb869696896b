import Domain
import HTTP
import JSON
import Store

/// What is looked at while a run goes on.
extension Run {
    /// Whether something that has happened explains that the station gives this status, or, for nil, no answer at all.
    func isExplained(_ status: Int?) -> Bool {
        switch status {
        case nil:
            // Where descriptors are few, those who come wait until others have gone.
            plan.shape.descriptorsMax < 1_000
                || !happened.isDisjoint(with: [
                    .lines, .partitions, .kills, .powerCuts, .stops, .syncs, .reads, .backups, .damage,
                ])
        // The rest of a request that got through in part comes too late.
        case 408: !happened.isDisjoint(with: [.lines, .partitions])
        case 503: plan.shape.descriptorsMax < 1_000 || !happened.isDisjoint(with: [.reads, .stops])
        // A segment that could not be written ahead is missing later.
        case 507:
            plan.shape.isJournalSmall || plan.shape.descriptorsMax < 1_000
                || !happened.isDisjoint(with: [.space, .syncs])
        default: false
        }
    }

    /// What was answered must be there when the station is up again.
    func checkAfterStart(_ machine: Appliance) {
        guard machine === station, let desk = machine.process?.service.desk else { return }
        for objection in book.objections(to: desk).prefix(1) { world.fail(.lost, objection) }
    }

    /// What was just answered must be on what remains of the disk if the power fails now.
    func checkDurability() {
        guard world.random.chance(plan.shape.durabilityPercent), world.failure == nil else { return }
        tally.durabilityChecks += 1
        guard let desk = station.state(on: whatRemains(of: station)) else { return }
        for objection in book.objections(to: desk).prefix(1) {
            world.fail(.notDurable, "answered, and if the power fails now: \(objection)")
        }
        checkCentralDurability()
    }

    /// What the disk has if the power fails now: of what was not synchronized nothing, or whatever comes.
    private func whatRemains(of machine: Appliance) -> MemoryDisk {
        if world.random.chance(50) { return machine.disk.durableCopy() }
        return machine.disk.losePower(world.random.chance(50) ? .ordered : .independent, using: &world.random)
    }

    /// So must be, at the central server, what the station believes to be there.
    private func checkCentralDurability() {
        guard let central, central.process != nil, !isRestored, world.failure == nil,
            let shipped = station.process?.service.desk.uplink.shippedThrough, shipped > 0,
            let desk = central.state(on: whatRemains(of: central))
        else { return }
        tally.durabilityChecks += 1
        let accepted = desk.fleetMember(Identifier(Self.stationNumber))?.acceptedThrough ?? 0
        if accepted < shipped {
            world.fail(
                .notDurable,
                "the central server has accepted events through \(shipped), and if its power fails now "
                    + "\(accepted) is the last")
        }
    }

    /// So must the event behind a notification.
    func checkDurability(of id: String) {
        tally.notifications += 1
        guard world.random.chance(plan.shape.durabilityPercent / 4), world.failure == nil, !isRestored else { return }
        tally.durabilityChecks += 1
        guard let hyphen = id.lastIndex(of: "-"), let sequence = UInt64(id[id.index(after: hyphen)...]),
            let desk = station.state(on: whatRemains(of: station))
        else { return }
        if desk.lastSequence < sequence {
            world.fail(
                .notDurable, "\(id) was told to a client, and if the power fails now \(desk.lastSequence) is the last")
        }
    }

    /// Who opens a copy of the disk finds the state that the running process has.
    func checkReplay(_ machine: Appliance) {
        guard let process = machine.process else { return }
        tally.replays += 1
        let live = process.service.desk
        guard let replayed = machine.state(on: machine.disk.copy()), replayed.fingerprint() != live.fingerprint() else {
            return
        }
        let (one, other) = (Self.lines(live), Self.lines(replayed))
        let differing = zip(one, other).first { $0 != $1 }
        world.fail(
            .replayDiffers,
            "\(machine.name) has \(differing?.0 ?? "\(one.count) documents") and its disk "
                + "\(differing?.1 ?? "\(other.count)")")
    }

    private static func lines(_ desk: Desk) -> [String] {
        desk.dump().split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    }

    /// What everyone has received.
    func checkDelivery() {
        for fault in ledger.takeFaults().prefix(1) { world.fail(.delivery, fault) }
        for user in ledger.users {
            let objections = DeliveryChecker.objections(to: ledger.history(of: user))
            for objection in objections.prefix(1) { world.fail(.delivery, "user \(user): \(objection)") }
        }
    }

    /// What is left when everyone has gone.
    func checkLeftovers() {
        guard let process = station.process else { return }
        let gateway = process.gateway
        if gateway.connectionCount > 0 || gateway.engineClientCount > 0 {
            let sessions = gateway.engineClientCount
            world.fail(.leak, "\(gateway.connectionCount) connections and \(sessions) sessions of clients are left")
        }
        // The two lines to the central server, or what is under way to make them, and a child at work.
        let open = process.network.openCount - process.children.count
        if open > (central == nil ? 0 : 3) { world.fail(.leak, "\(open) descriptors of connections are left") }
        let limit = process.service.configuration.limits.journalBytesMax
        let bytes = station.disk.paths.filter { $0.hasPrefix("journal/") }.reduce(0) {
            $0 + (station.disk.bytes($1)?.count ?? 0)
        }
        // One segment may be written ahead.
        if bytes > limit + process.service.configuration.limits.segmentBytes {
            world.fail(.leak, "the journal has \(bytes) bytes, and \(limit) are allowed")
        }
        // The lock, and the segment in use.
        let files = process.disk.openCount
        if files > 2 { world.fail(.leak, "\(files) files are open") }
    }

    /// What a stopped machine leaves on its disk is clean.
    func checkStore(_ machine: Appliance) {
        let view = ProcessDisk(machine.disk.copy(), ProcessLife(), DiskFaults(), bug: nil)
        let directories = DocumentFolder.all(among: (try? view.list("")) ?? []).map(\.directory)
        do {
            let outcome = try StoreCheck.run(view, documents: directories)
            guard !machine.isDamaged else { return }
            for finding in outcome.findings where finding.severity == .damage {
                return world.fail(.damage, "\(machine.name), after it was stopped: \(finding)")
            }
        } catch {
            world.fail(.damage, "\(machine.name): the check itself fails: \(error)")
        }
    }
}
