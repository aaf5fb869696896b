import Store

/// Carries out the steps of a plan.
extension Run {
    private func machine(_ machine: Plan.Machine) -> Appliance? {
        switch machine {
        case .station: station
        case .central: central
        }
    }

    func perform(_ act: Plan.Act) {
        if let group = act.group { happened.insert(group) }
        switch act {
        case .write(let writer, let task): writers[writer].add(task)
        case .line(let number, let fault): line(listeners[number], fault)
        case .writerLine(let writer, let isSilent):
            if isSilent { writers[writer].silenceLine() } else { writers[writer].breakLine() }
        case .upstreamLine(let isSilent):
            for end in central?.process?.network.clientEnds ?? [] where end.peerAddress == Self.stationAddress {
                if isSilent { end.silence() } else { end.breakDown() }
            }
        case .partition(let machine, let micros): partition(machine, micros)
        case .crash(let machine, let end, let calls, let down, let again):
            self.machine(machine)?.callsOfNextStarts = again
            self.machine(machine)?.crash(end, afterCalls: calls, downMicros: down)
        case .stop(let machine): self.machine(machine)?.stop()
        case .failSync(let machine, let after): self.machine(machine)?.faults.syncsUntilFailure = after
        case .failReads(let machine, let count): self.machine(machine)?.faults.failingReads = count
        case .full(let machine, let micros):
            guard let faults = self.machine(machine)?.faults else { return }
            faults.isFull = true
            faults.fullUntil = max(faults.fullUntil, world.now + micros)
            world.after(micros) { [world] in if world.now >= faults.fullUntil { faults.isFull = false } }
        case .jump(let machine, let millis): self.machine(machine)?.jump(byMillis: millis)
        case .command: command()
        case .backup: backup = station.disk.copy()
        case .restore: restore()
        case .damageDocument(let isRunning): damageDocument(isRunning: isRunning)
        case .replay(let machine): if let machine = self.machine(machine) { checkReplay(machine) }
        }
    }

    private func line(_ listener: ListeningClient, _ fault: Plan.LineFault) {
        switch fault {
        case .breaks: listener.breakLine()
        case .silent: listener.silenceLine()
        case .deaf: listener.becomeDeaf()
        case .away: listener.goAway(reset: world.random.chance(50))
        case .back: listener.comeBack()
        }
    }

    private func partition(_ machine: Plan.Machine, _ micros: Int64) {
        let address =
            switch machine {
            case .station: Self.stationAddress
            case .central: Self.centralAddress
            }
        internet.partition(address, until: world.now + micros)
    }

    private func restore() {
        guard let backup, !station.isDamaged else { return }
        isRestored = true
        book.forget()
        ledger.forget()
        // Answers still under way belong to the state before the backup was restored.
        for writer in writers { writer.forget() }
        commander?.abort()
        station.restore(backup)
        for listener in listeners { listener.forget() }
    }

    private func damageDocument(isRunning: Bool) {
        let disk = station.disk
        // A backup has no journal from which the document could be mended, and a small journal may have dropped its
        // part.
        let paths = disk.paths.filter { $0.hasPrefix("tickets/") }
        guard !mayMiss, let path = paths.randomElement(using: &world.random) else { return }
        station.isDamaged = true
        if !isRunning { station.crash(.killed, afterCalls: nil, downMicros: 100_000) }
        // People may edit documents, so they have no checksum: only a document that cannot be read counts as damaged.
        disk.change(path) { bytes in
            guard !bytes.isEmpty else { return }
            bytes.removeLast(world.random.number(0...bytes.count) / 2 + 1)
            if world.random.chance(50) { bytes = [UInt8](repeating: 0, count: bytes.count) }
        }
    }
}
