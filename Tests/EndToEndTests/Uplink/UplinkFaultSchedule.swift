import Foundation
import Generators
import JSON

/// One seeded run. Tickets are written at stations and commands queued centrally, while lines are cut and processes
/// killed. Then everything comes to rest, and both sides must agree.
struct UplinkFaultSchedule {
    enum Cut: String, CaseIterable, Sendable {
        case reset = "resets"
        case close = "orderly ends"
        case freeze = "half-open lines"
        case killCentral = "kills of the central server"
        case stopCentral = "restarts of the central server"
        case killStation = "kills of a station"
        case stopStation = "restarts of a station"
        case pauseCentral = "stopped central servers"
    }

    struct Tally: CustomStringConvertible {
        var schedules = 0
        var cuts: [Cut: Int] = [:]
        var answered = 0
        var events = 0
        var commands = 0
        var outcomes: [String: Int] = [:]

        mutating func add(_ other: Tally) {
            schedules += other.schedules
            cuts.merge(other.cuts, uniquingKeysWith: +)
            answered += other.answered
            events += other.events
            commands += other.commands
            outcomes.merge(other.outcomes, uniquingKeysWith: +)
        }

        var description: String {
            let cuts = Cut.allCases.map { "\(self.cuts[$0] ?? 0) \($0.rawValue)" }.joined(separator: ", ")
            let outcomes = self.outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            return "\(schedules) schedules, \(cuts); \(answered) requests answered, \(events) events arrived, "
                + "\(commands) commands (\(outcomes.joined(separator: ", ")))"
        }
    }

    let stage: UplinkStage
    private(set) var tally = Tally()
    private var generator: RepeatableGenerator
    private let name: String
    /// The tickets of each station that only the central server's commands change.
    private var subjects: [[Int64]] = []
    /// The commands queued: where to read the outcome of each, and the comment that it writes.
    private var commands: [(location: String, member: Int, ticket: Int64, comment: String?)] = []

    init(seed: UInt64, on stage: UplinkStage) {
        self.stage = stage
        generator = RepeatableGenerator(seed: seed)
        name = "s\(seed)"
    }

    /// Runs the schedule and returns the objections.
    mutating func run() throws -> [String] {
        tally.schedules = 1
        let rounds = Int.random(in: 2...4, using: &generator)
        let writers = stage.members.map {
            TicketWriter(
                name: "\(name)m\($0.number)", token: $0.admin.token ?? "", seed: generator.next(), pauseMicros: 4_000)
        }
        subjects = try stage.members.map { member in
            try (0..<3).map { number in
                let answer = try member.admin.request(
                    "POST", "/api/v1/support", ["user_id": 1, "description": .string("\(name)-subject-\(number)")])
                guard let id = answer.json["support_id"]?.integerValue else {
                    throw HarnessFault("POST answered \(answer.status): \(answer.excerpt)")
                }
                return id
            }
        }
        for _ in 0..<rounds {
            try write(writers)
            usleep(UInt32.random(in: 0...60_000, using: &generator))
        }
        return try settle(writers)
    }

    /// Lets all writers write for a moment, and cuts something meanwhile.
    private mutating func write(_ writers: [TicketWriter]) throws {
        let proxies = try stage.members.map { member in
            let port = member.station.port
            return try FaultyProxy { port }
        }
        let group = Threads.start(writers.count) { writers[$0].write(port: proxies[$0].port) }
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            usleep(UInt32.random(in: 2_000...50_000, using: &generator))
            if Bool.random(using: &generator) { command() }
            try cut()
        }
        usleep(UInt32.random(in: 2_000...30_000, using: &generator))
        for proxy in proxies { proxy.reset() }
        // A writer ends with its connection; a new one to the proxy would go through.
        try group.wait(seconds: 90)
        for (writer, member) in zip(writers, stage.members) { try writer.verify(with: member.admin) }
    }

    /// Queues a command about a ticket that nobody else changes, if the central server is up.
    private mutating func command() {
        guard let index = stage.members.indices.randomElement(using: &generator),
            let ticket = subjects[index].randomElement(using: &generator)
        else { return }
        let target = "/api/v1/stations/\(stage.members[index].number)/support/\(ticket)"
        let text = "\(name)-central-\(commands.count)"
        let answer: HTTPAnswer?
        var comment: String?
        switch Int.random(in: 0..<8, using: &generator) {
        case 0..<4:
            comment = text
            answer = try? stage.admin.request("POST", "\(target)/comments", ["body": .string(text)])
        case 4..<7:
            let status = ["open", "in_progress", "closed"].randomElement(using: &generator) ?? "open"
            answer = try? stage.admin.request(
                "PATCH", target, ["status": .string(status), "response": .string(text)])
        default: answer = try? stage.admin.request("DELETE", target)
        }
        guard let answer, answer.status == 202, let location = answer["Location"] else {
            // The answer may have been lost on its way, so the next request needs a new connection.
            stage.admin.close()
            return
        }
        commands.append((location, index, ticket, comment))
    }

    private mutating func cut() throws {
        guard let member = stage.members.randomElement(using: &generator) else { return }
        let cut: Cut
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<4:
            cut = .reset
            member.proxy.reset()
        case 4..<6:
            cut = .close
            member.proxy.close()
        case 6..<10:
            cut = .freeze
            member.proxy.freeze()
            usleep(UInt32.random(in: 1_000...100_000, using: &generator))
            if Bool.random(using: &generator) { member.proxy.thaw() } else { member.proxy.reset() }
        case 10..<13:
            cut = .killCentral
            try stage.killCentral()
        case 13:
            cut = .stopCentral
            try stage.stopCentral()
        case 14..<17:
            cut = .killStation
            try stage.kill(member)
        case 17:
            cut = .stopStation
            try stage.stop(member)
        default:
            cut = .pauseCentral
            stage.central.child?.signal(SIGSTOP)
            usleep(UInt32.random(in: 1_000...100_000, using: &generator))
            stage.central.child?.signal(SIGCONT)
        }
        if Bool.random(using: &generator) { member.tryNow() }
        tally.cuts[cut, default: 0] += 1
    }

    // MARK: At rest

    private mutating func settle(_ writers: [TicketWriter]) throws -> [String] {
        // In some runs the stations reconnect by themselves, after the pause that follows a failure or two.
        let areTold = Int.random(in: 0..<3, using: &generator) > 0
        for member in stage.members {
            member.proxy.thaw()
            if areTold { member.tryNow() }
        }
        var objections = try outcomes()
        for (member, writer) in zip(stage.members, writers) {
            try member.waitUntilShipped()
            objections += try stage.ticketDifferences(member)
            tally.answered += writer.answeredCount
        }
        return objections
    }

    /// The objections to what arrived from all stations since the stage was made.
    static func objectionsToJournals(of stage: UplinkStage, counting tally: inout Tally) throws -> [String] {
        var objections: [String] = []
        for member in stage.members {
            objections += try stage.journalDifferences(member)
            tally.events += try stage.arrivals(from: member.number).count
        }
        return objections
    }

    /// Checks that every command has an outcome, and that each comment is in its ticket once unless the ticket was
    /// gone.
    private mutating func outcomes() throws -> [String] {
        var objections: [String] = []
        let deadline = Deadline(seconds: 20)
        for command in commands {
            var outcome: JSONValue
            repeat {
                outcome = try stage.admin.get(command.location).json
                if outcome["status"] != "waiting" || deadline.isOver { break }
                usleep(5_000)
            } while true
            let status = outcome["status"]?.stringValue ?? outcome.text
            tally.commands += 1
            tally.outcomes[status, default: 0] += 1
            if status == "waiting" { objections.append("command \(command.location) never finished") }
            guard status == "applied", let text = command.comment else { continue }
            let target = "/api/v1/support/\(command.ticket)/comments"
            let answer = try stage.members[command.member].admin.get(target)
            let count = answer.json.arrayValue?.count { $0["body"] == .string(text) } ?? 0
            if answer.status == 200, count != 1 { objections.append("comment \(text) is there \(count) times") }
        }
        return objections
    }
}
