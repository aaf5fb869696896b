/// A run before it happens: who takes part, how everything is sized, and what is done when. A plan is made of a seed;
/// parts of it can be left out, and what is left happens as before.
public struct Plan: Sendable {
    /// The machines.
    enum Machine: String, CaseIterable {
        case station = "the station"
        case central = "the central server"
    }

    /// What a line to a client may suffer.
    enum LineFault: String, CaseIterable {
        case breaks = "breaks"
        case silent = "goes dead without a word"
        case deaf = "is not answered any more"
        case away = "is ended in order, and the client stays away"
        case back = "is made again, if it was not there"
    }

    enum Act {
        case write(writer: Int, Writer.Task)
        case line(listener: Int, LineFault)
        case writerLine(writer: Int, isSilent: Bool)
        /// The station's line to the central server breaks, or goes dead.
        case upstreamLine(isSilent: Bool)
        /// Nothing gets through to the station (or from it to the central server) for so many microseconds.
        case partition(Machine, micros: Int64)
        case crash(Machine, Appliance.End, afterCalls: Int?, downMicros: Int64, again: [Int])
        case stop(Machine)
        case failSync(Machine, after: Int)
        case failReads(Machine, count: Int)
        case full(Machine, micros: Int64)
        case jump(Machine, millis: Int64)
        /// The central server's admin says something about a ticket of the station.
        case command
        case backup
        case restore
        /// A ticket's file is damaged, while the station is down or while it runs.
        case damageDocument(isRunning: Bool)
        /// Replays a copy of the disk and compares.
        case replay(Machine)
    }

    struct Step: CustomStringConvertible {
        /// Microseconds after the beginning.
        let at: Int64
        let act: Act

        var description: String {
            let millis = String(at / 1000)
            return String(repeating: " ", count: max(0, 7 - millis.utf8.count)) + "\(millis) ms  \(act.text)"
        }
    }

    public let seed: UInt64
    var shape: Shape
    var steps: [Step]

    /// How many things are done in it.
    public var stepCount: Int { steps.count }

    /// The plan that follows from a seed.
    public init(seed: UInt64) {
        self.seed = seed
        var random = SeededGenerator(seed: seed)
        shape = Shape(using: &random)
        steps = []
        var time: Int64 = 0
        for _ in 0..<random.number(shape.stepCounts) {
            time += random.number(0...shape.stepMicrosMax)
            steps.append(Step(at: time, act: shape.act(using: &random)))
        }
    }

    /// The same with some of the steps only.
    func keeping(_ indices: [Int]) -> Plan {
        var plan = self
        plan.steps = indices.map { steps[$0] }
        return plan
    }

    /// The plan as a story.
    public var story: [String] { shape.sentences + steps.map(\.description) }
}

extension Plan.Act {
    /// Of which kind of faults it is; nil where it is none.
    var group: Shape.FaultGroup? {
        switch self {
        case .write, .command, .replay, .backup: nil
        case .line(_, .away), .line(_, .back): nil
        case .line, .writerLine: .lines
        case .upstreamLine: .upstream
        case .partition: .partitions
        case .crash(_, .killed, _, _, _): .kills
        case .crash(_, .withoutPower, _, _, _): .powerCuts
        case .stop: .stops
        case .failSync: .syncs
        case .failReads: .reads
        case .full: .space
        case .jump: .clocks
        case .restore: .backups
        case .damageDocument: .damage
        }
    }

    var text: String {
        switch self {
        case .write(let writer, let task): "writer \(writer) is to \(task.rawValue)"
        case .line(let listener, let fault): "the line of listener \(listener) \(fault.rawValue)"
        case .writerLine(let writer, let isSilent): "the line of writer \(writer) \(isSilent ? "goes dead" : "breaks")"
        case .upstreamLine(let isSilent): "the line to the central server \(isSilent ? "goes dead" : "breaks")"
        case .partition(let machine, let micros): "nothing gets through to \(machine.rawValue) for \(micros / 1000) ms"
        case .crash(let machine, let end, let calls, let down, let again):
            "\(machine.rawValue) is \(end.rawValue)" + (calls.map { " within \($0) calls" } ?? "")
                + ", down for \(down / 1000) ms" + (again.isEmpty ? "" : ", and again within its start (\(again))")
        case .stop(let machine): "\(machine.rawValue) is stopped in order, and started again"
        case .failSync(let machine, let after): "a synchronization at \(machine.rawValue) fails, after \(after) others"
        case .failReads(let machine, let count): "\(count) reads at \(machine.rawValue) fail"
        case .full(let machine, let micros): "the disk of \(machine.rawValue) is full for \(micros / 1000) ms"
        case .jump(let machine, let millis): "the clock of \(machine.rawValue) jumps by \(millis) ms"
        case .command: "the central server's admin comments on a ticket"
        case .backup: "a backup of the station is made"
        case .restore: "the station's backup is put back"
        case .damageDocument(let isRunning):
            "the file of a ticket is damaged" + (isRunning ? "" : ", while the station is started again")
        case .replay(let machine): "the journal of \(machine.rawValue) is replayed and compared"
        }
    }
}
