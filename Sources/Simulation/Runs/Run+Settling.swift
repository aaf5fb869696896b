import HTTP
import JSON
import Store

/// The end of a run: the faults stop, and everyone must be up to date within a bounded time.
extension Run {
    /// The time for each phase, in microseconds of simulated time.
    private static let restMicrosMax: Int64 = 240_000_000
    /// The time, in microseconds, for the last notification. Longer than the longest silence that a client endures.
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
            machine.syncMicrosMax = min(machine.syncMicrosMax, 100_000)
            machine.childDeathPercent = 0
        }
        for listener in listeners { listener.comeBack() }
        var deadline = world.now + Self.restMicrosMax
        let phases: [(String, () -> Bool)] = [
            (
                "the machines are not all up",
                { [self] in station.process != nil && (central?.process != nil || central == nil) }
            ),
            ("a writer does not finish", { [self] in writers.allSatisfy(\.isIdle) }),
            ("a listener cannot connect", { [self] in listeners.allSatisfy(\.isListening) }),
        ]
        for (text, holds) in phases where !world.run(until: deadline, or: holds) {
            if world.failure == nil { world.fail(.liveness, "\(text)\(absentListeners)") }
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

    private var absentListeners: String {
        let missing = listeners.filter { !$0.isListening }.map { "\($0.name) of user \($0.kind.user)" }
        return missing.isEmpty ? "" : ": " + missing.joined(separator: ", ")
    }

    // MARK: The last notification

    /// Each writer makes one more ticket. Every user must receive its notification, and all before it, in time.
    private func hearTheLast(until deadline: Int64) {
        if world.random.chance(50) { for listener in listeners { listener.goAway() } }
        for writer in writers {
            writer.beginCalm()
            var isWritten = false
            while world.now < deadline, !isWritten, world.failure == nil {
                writer.add(.create)
                writer.add(.update)
                let before = book.answeredCount
                _ = world.run(until: deadline) { writer.isIdle }
                // The station may be starting again just now.
                isWritten = book.answeredCount == before + 2
                if !isWritten { world.run(until: world.now + 500_000) }
            }
            if !isWritten { return world.fail(.liveness, "the last ticket of \(writer.name) is not accepted") }
        }
        for listener in listeners { listener.comeBack() }
        let users = Set(listeners.map(\.kind.user)).sorted()
        let ledger = ledger
        // A notification may be covered by a gap, which only the checker knows.
        guard !mayMiss else { return }
        let isHeard = world.run(until: deadline) { users.allSatisfy { ledger.awaited(by: $0).isEmpty } }
        guard !isHeard, let user = users.first(where: { !ledger.awaited(by: $0).isEmpty }) else { return }
        let subject = ledger.awaited(by: user).first ?? ""
        world.fail(.liveness, "user \(user) never receives \(subject.prefix(60))")
    }

    /// Each writer makes one more ticket. Every listener must receive its notification over the connection that it has,
    /// and by then that connection must have brought everything.
    private func hearOneMore(until deadline: Int64) {
        // A client that has fallen behind is not sent what its user reads elsewhere.
        for listener in listeners { listener.marksAsRead = false }
        while world.now < deadline, world.failure == nil {
            guard world.run(until: deadline, or: { [self] in listeners.allSatisfy(\.isListening) }) else { break }
            let round = HearingRound(connections: listeners.map(\.connection))
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
            var outcome = HearingRound.Outcome.waiting(for: 0)
            _ = world.run(until: world.now + Self.hearingMicrosMax) { [self] in
                outcome = round.outcome(now: listeners.map(\.connection)) {
                    hasHeard(listeners[$0], afterFirst: requests)
                }
                return outcome.isFinal
            }
            switch outcome {
            case .complete:
                for connection in listeners.compactMap(\.connection) { ledger.markCurrent(connection) }
                return
            case .waiting(let number):
                let who = "\(listeners[number].name) of user \(listeners[number].kind.user)"
                world.fail(.liveness, "\(who) is connected and never hears of the last ticket")
            case .void: continue
            }
        }
        world.fail(.liveness, "not all listeners hear of the last ticket\(absentListeners)")
    }

    private func hasHeard(_ listener: ListeningClient, afterFirst count: Int) -> Bool {
        guard listener.isListening, let connection = listener.connection else { return false }
        let owed = ledger.owed(to: listener.kind.user, afterFirst: count)
        return owed.allSatisfy { ledger.hasReceived($0, on: connection) }
    }

    // MARK: The central server

    private func compareWithCentral(until deadline: Int64) {
        guard central != nil, let commander else { return }
        let asker = HTTPCaller(world, internet, from: .ipv4(0x0A00_0301), to: Self.stationAddress)
        var difference: String? = "they were not compared"
        while world.now < deadline, world.failure == nil {
            difference = compare(asker, commander) ?? unfulfilledCommand
            guard difference != nil else { return asker.drop() }
            world.run(until: world.now + 1_000_000)
        }
        if world.failure == nil { world.fail(.centralDiffers, difference ?? "") }
    }

    private var unfulfilledCommand: String? {
        guard let desk = station.process?.service.desk else { return "the station is not up" }
        return book.unfulfilled(in: desk).first.map { "the station lacks \($0), which the central server accepted" }
    }

    /// The first difference at this moment, if any.
    private func compare(_ asker: HTTPCaller, _ commander: HTTPCaller) -> String? {
        guard let here = get(asker, "/api/v1/support?limit=1000", stationFields)?.arrayValue else {
            return "the station does not list its tickets"
        }
        let path = "/api/v1/stations/\(Self.stationNumber)/support"
        guard let there = get(commander, "\(path)?limit=1000", centralFields)?.arrayValue else {
            return "the central server does not list its tickets"
        }
        let bare = there.map { ticket in
            var object = ticket.objectValue ?? JSONObject()
            object.removeValue(forKey: "fleet_station_id")
            return JSONValue.object(object)
        }
        let (ours, theirs) = (Self.byNumber(here), Self.byNumber(bare))
        for id in Set(ours.keys).union(theirs.keys).sorted() where ours[id] != theirs[id] {
            let (one, other) = (Self.text(ours[id]), Self.text(theirs[id]))
            return "ticket \(id) is \(one) at the station and \(other) at the central server"
        }
        for id in ours.keys.sorted().suffix(5) {
            let one = get(asker, "/api/v1/support/\(id)/comments", stationFields)
            let other = get(commander, "\(path)/\(id)/comments", centralFields)
            if one != other {
                return "the comments on ticket \(id) are \(Self.text(one)) at the station "
                    + "and \(Self.text(other)) at the central server"
            }
        }
        return nil
    }

    private static func byNumber(_ tickets: [JSONValue]) -> [Int64: JSONValue] {
        Dictionary(tickets.map { ($0["support_id"]?.integerValue ?? 0, $0) }) { first, _ in first }
    }

    private static func text(_ value: JSONValue?) -> String {
        value.map { String(decoding: $0.encoded(), as: UTF8.self) } ?? "missing"
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

    // MARK: The end

    /// Checks that the documents catch up with the journal.
    private func awaitCheckpoint(until deadline: Int64) {
        for machine in [station, central].compactMap({ $0 }) {
            let isDone = world.run(until: deadline) {
                guard let desk = machine.process?.service.desk else { return false }
                let cursor = try? Cursors.read(machine.disk, reader: Cursors.checkpointer)
                // The journal may grow meanwhile: acknowledged notifications are recorded all the time.
                return cursor ?? 0 >= desk.lastSequence
            }
            guard !isDone, world.failure == nil else { continue }
            world.fail(.liveness, "the documents of \(machine.name) fall behind the journal")
        }
    }

    /// All clients leave, and the machines are stopped and checked.
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
        for objection in book.objections(to: desk).prefix(1) { world.fail(.lost, "after its stop, \(objection)") }
    }
}
