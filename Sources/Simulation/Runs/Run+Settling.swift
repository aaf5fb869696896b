import HTTP
import JSON
import Store

/// The end of a run: the faults stop, and within a bounded time everyone must be up to date.
extension Run {
    /// In microseconds of simulated time.
    private static let restMicrosMax: Int64 = 240_000_000
    /// Longer than the longest time after which a client gives up a connection that says nothing.
    private static let hearingMicrosMax: Int64 = 90_000_000

    func settle() {
        world.tell("→ the faults stop")
        internet.makeRoad = { Road() }
        internet.clear()
        for machine in [station, central].compactMap({ $0 }) {
            machine.callsOfNextStarts = []
            machine.process?.life.callsLeft = nil
            machine.faults.failingReads = 0
            machine.faults.syncsUntilFailure = nil
            machine.faults.isFull = false
            machine.descriptorsMax = 1_000
            machine.childDeathPercent = 0
        }
        for listener in listeners { listener.comeBack() }
        var deadline = world.now + Self.restMicrosMax
        let phases: [(String, () -> Bool)] = [
            (
                "the machines are not all up",
                { [self] in station.process != nil && (central?.process != nil || central == nil) }
            ),
            ("a writer does not come to its end", { [self] in writers.allSatisfy(\.isIdle) }),
            ("a listener does not get in", { [self] in listeners.allSatisfy(\.isListening) }),
        ]
        for (text, holds) in phases where !world.run(until: deadline, or: holds) {
            if world.failure == nil { world.fail(.liveness, "\(text)\(whoIsMissing)") }
            return
        }
        hearTheLast(until: deadline)
        guard world.failure == nil else { return }
        hearOneMore(until: world.now + Self.restMicrosMax)
        guard world.failure == nil else { return }
        deadline = world.now + Self.restMicrosMax
        compareWithCentral(until: deadline)
        guard world.failure == nil else { return }
        awaitCheckpoint(until: deadline)
        guard world.failure == nil else { return }
        for machine in [station, central].compactMap({ $0 }) { checkReplay(machine) }
        checkAfterStart(station)
        checkDelivery()
        guard world.failure == nil else { return }
        goHome()
    }

    private var whoIsMissing: String {
        let missing = listeners.filter { !$0.isListening }.map { "\($0.name) of user \($0.kind.user)" }
        return missing.isEmpty ? "" : ": " + missing.joined(separator: ", ")
    }

    // MARK: The last notification

    /// Somebody files one more ticket; by the time that it is heard of, everything before it must have been.
    private func hearTheLast(until deadline: Int64) {
        if world.random.chance(50) { for listener in listeners { listener.goAway() } }
        for writer in writers {
            writer.takeCleanLine()
            var isWritten = false
            while world.now < deadline, !isWritten, world.failure == nil {
                writer.add(.create)
                writer.add(.update)
                let before = book.answeredCount
                _ = world.run(until: deadline) { writer.isIdle }
                // It may be that the station is just starting again.
                isWritten = book.answeredCount == before + 2
                if !isWritten { world.run(until: world.now + 500_000) }
            }
            if !isWritten { return world.fail(.liveness, "the last ticket of \(writer.name) is not taken") }
        }
        for listener in listeners { listener.comeBack() }
        let users = Set(listeners.map(\.kind.user)).sorted()
        let ledger = ledger
        // A gap may stand for what was answered; the checker looks at that.
        guard !mayTellGaps else { return }
        let isHeard = world.run(until: deadline) { users.allSatisfy { ledger.awaited(by: $0).isEmpty } }
        guard !isHeard, let user = users.first(where: { !ledger.awaited(by: $0).isEmpty }) else { return }
        let subject = ledger.awaited(by: user).first ?? ""
        world.fail(.liveness, "user \(user) waits in vain for: \(subject.prefix(60))")
    }

    /// Whoever listens hears of one more ticket, over the connection that he has: by then it has brought everything.
    private func hearOneMore(until deadline: Int64) {
        // What somebody has read does not come to his other clients that are behind.
        for listener in listeners { listener.marksAsRead = false }
        while world.now < deadline, world.failure == nil {
            guard world.run(until: deadline, or: { [self] in listeners.allSatisfy(\.isListening) }) else { break }
            let connections = listeners.map(\.connection)
            let (requests, answers) = (ledger.requestCount, book.answeredCount)
            for writer in writers {
                writer.add(.create)
                writer.add(.update)
            }
            guard world.run(until: deadline, or: { [self] in writers.allSatisfy(\.isIdle) }) else { break }
            guard book.answeredCount == answers + 2 * writers.count else {
                world.run(until: world.now + 500_000)
                continue
            }
            var late = listeners.first
            _ = world.run(until: world.now + Self.hearingMicrosMax) { [self] in
                late = listeners.first { !hasHeard($0, behind: requests) }
                return late == nil
            }
            guard let late else {
                for connection in listeners.compactMap(\.connection) { ledger.isCurrent(connection) }
                return
            }
            // Whoever had to connect anew may have missed it meanwhile, for another one of the user had it.
            if late.isListening, connections.contains(late.connection) {
                let who = "\(late.name) of user \(late.kind.user)"
                world.fail(.liveness, "\(who) listens and does not hear of the last ticket")
            }
        }
        world.fail(.liveness, "the listeners do not all hear of the last ticket\(whoIsMissing)")
    }

    private func hasHeard(_ listener: ListeningClient, behind count: Int) -> Bool {
        guard listener.isListening, let connection = listener.connection else { return false }
        return ledger.owed(to: listener.kind.user, behind: count).allSatisfy { ledger.hasReceived(connection, $0) }
    }

    // MARK: The central server

    private func compareWithCentral(until deadline: Int64) {
        guard central != nil, let commander else { return }
        let asker = HTTPCaller(world, internet, from: .ipv4(0x0A00_0301), to: Self.stationAddress)
        var difference: String? = "the central server was not asked"
        while world.now < deadline, world.failure == nil {
            difference = compare(asker, commander) ?? unfulfilledCommand
            guard difference != nil else { return asker.drop() }
            world.run(until: world.now + 1_000_000)
        }
        if world.failure == nil { world.fail(.centralDiffers, difference ?? "") }
    }

    private var unfulfilledCommand: String? {
        guard let desk = station.process?.service.desk else { return "the station is not up" }
        return book.unfulfilled(in: desk).first.map { "the central server has taken \($0), and the station never has" }
    }

    /// What differs at this moment; nil where nothing does.
    private func compare(_ asker: HTTPCaller, _ commander: HTTPCaller) -> String? {
        guard let here = get(asker, "/api/v1/support?limit=1000", stationFields)?.arrayValue else {
            return "the station does not say what tickets it has"
        }
        let path = "/api/v1/stations/\(Self.stationNumber)/support"
        guard let there = get(commander, "\(path)?limit=1000", centralFields)?.arrayValue else {
            return "the central server does not say what tickets it has"
        }
        let bare = there.map { ticket in
            var object = ticket.objectValue ?? JSONObject()
            object.removeValue(forKey: "fleet_station_id")
            return JSONValue.object(object)
        }
        let (ours, theirs) = (Self.byNumber(here), Self.byNumber(bare))
        for id in Set(ours.keys).union(theirs.keys).sorted() where ours[id] != theirs[id] {
            let (one, other) = (Self.text(ours[id]), Self.text(theirs[id]))
            return "ticket \(id) is \(one) at the station, and centrally \(other)"
        }
        for id in ours.keys.sorted().suffix(5) {
            let one = get(asker, "/api/v1/support/\(id)/comments", stationFields)
            let other = get(commander, "\(path)/\(id)/comments", centralFields)
            if one != other {
                return "the comments on ticket \(id) are \(Self.text(one)), and centrally \(Self.text(other))"
            }
        }
        return nil
    }

    private static func byNumber(_ tickets: [JSONValue]) -> [Int64: JSONValue] {
        Dictionary(tickets.map { ($0["support_id"]?.integerValue ?? 0, $0) }) { first, _ in first }
    }

    private static func text(_ value: JSONValue?) -> String {
        value.map { String(decoding: $0.encoded(), as: UTF8.self) } ?? "not there"
    }

    private func get(_ caller: HTTPCaller, _ target: String, _ fields: HTTPFields) -> JSONValue? {
        var answer: JSONValue?
        var isDone = false
        guard !caller.isBusy else { return nil }
        caller.request(.get, target, fields, patienceMicros: 10_000_000) { response in
            if response?.status == .ok { answer = response?.json }
            isDone = true
        }
        _ = world.run(until: world.now + 11_000_000) { isDone }
        return answer
    }

    // MARK: Chores

    private func awaitCheckpoint(until deadline: Int64) {
        for machine in [station, central].compactMap({ $0 }) {
            let isDone = world.run(until: deadline) {
                guard let desk = machine.process?.service.desk else { return false }
                let cursor = try? Cursors.read(machine.disk, reader: Cursors.checkpointer)
                // Notes of what was delivered come all the time.
                return cursor ?? 0 >= desk.lastSequence
            }
            guard !isDone, world.failure == nil else { continue }
            world.fail(.liveness, "the documents of \(machine.name) do not follow the journal")
        }
    }

    /// Everyone leaves, and the machines are stopped.
    private func goHome() {
        for listener in listeners { listener.goAway() }
        for writer in writers { writer.goHome() }
        commander?.drop()
        world.run(until: world.now + 100_000_000)
        guard world.failure == nil else { return }
        checkLeftovers()
        for machine in [station, central].compactMap({ $0 }) {
            machine.pauseMicrosAfterStop = nil
            machine.stop()
        }
        let machines = [station, central].compactMap { $0 }
        guard world.run(until: world.now + 30_000_000, or: { machines.allSatisfy { $0.process == nil } }) else {
            if world.failure == nil { world.fail(.liveness, "a machine does not stop") }
            return
        }
        for machine in machines { checkStore(machine) }
        guard let desk = station.state(on: station.disk.copy()) else { return }
        for objection in book.objections(to: desk).prefix(1) { world.fail(.lost, "after the stop: \(objection)") }
    }
}
