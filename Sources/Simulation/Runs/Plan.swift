/// The schedule of a run: its shape, and what is done when. A plan follows from a seed. Steps can be left out, and the
/// others happen as before.
public struct Plan: Sendable {
    /// The machines.
    enum Machine: String, CaseIterable {
        case station = "the station"
        case central = "the central server"
    }

    /// What happens to a listener's connection.
    enum LineFault: String, CaseIterable {
        case breaks = "loses its connection"
        case silent = "has a dead connection"
        case deaf = "stops answering pings"
        case away = "disconnects and stays away"
        case back = "connects, if it was away"
    }

    /// One thing that is done in a run.
    enum Act {
        case write(writer: Int, Writer.Task)
        case line(listener: Int, LineFault)
        case writerLine(writer: Int, isSilent: Bool)
        /// The connections between station and central server break or go dead.
        case upstreamLine(isSilent: Bool)
        /// The machine is cut off.
        case partition(Machine, micros: Int64)
        /// The machine crashes: at once, or in the call after `afterCalls`. `again` has the number of calls after which
        /// each of the following starts crashes.
        case crash(Machine, Appliance.End, afterCalls: Int?, downMicros: Int64, again: [Int])
        case stop(Machine)
        /// A synchronization fails, after `after` that succeed.
        case failSync(Machine, after: Int)
        case failReads(Machine, count: Int)
        /// The disk is full for a time.
        case full(Machine, micros: Int64)
        /// The clock is set.
        case jump(Machine, millis: Int64)
        /// The central server's admin comments on a ticket of the station.
        case command
        case backup
        case restore
        /// A ticket's file is damaged, while the station runs or after it was killed.
        case damageDocument(isRunning: Bool)
        /// A copy of the disk is opened and compared with the live state.
        case replay(Machine)
    }

    struct Step: CustomStringConvertible {
        /// The time, in microseconds of the world.
        let at: Int64
        let act: Act

        var description: String {
            let millis = String(at / 1000)
            return String(repeating: " ", count: max(0, 7 - millis.utf8.count)) + "\(millis) ms  \(act.text)"
        }
    }

    /// The seed of the plan and of the run.
    public let seed: UInt64
    var shape: Shape
    var steps: [Step]

    /// The number of its steps.
    public var stepCount: Int { steps.count }

    /// Creates the plan that follows from a seed.
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

    /// The same plan with only the steps at these indices.
    func keeping(_ indices: [Int]) -> Plan {
        var plan = self
        plan.steps = indices.map { steps[$0] }
        return plan
    }

    /// The plan in sentences: its shape, then its steps.
    public var story: [String] { shape.sentences + steps.map(\.description) }
}

extension Plan.Act {
    /// The group of faults that it belongs to; nil if it is no fault.
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
        case .write(let writer, let task): "writer \(writer) is told to \(task.rawValue)"
        case .line(let listener, let fault): "listener \(listener) \(fault.rawValue)"
        case .writerLine(let writer, let isSilent):
            "writer \(writer) \(isSilent ? "has a dead connection" : "loses its connection")"
        case .upstreamLine(let isSilent):
            "the connections to the central server \(isSilent ? "go dead" : "break")"
        case .partition(let machine, let micros): "\(machine.rawValue) is cut off for \(micros / 1000) ms"
        case .crash(let machine, let end, let calls, let down, let again):
            "\(machine.rawValue) is \(end.rawValue)" + (calls.map { " after \($0) more calls" } ?? "")
                + ", down for \(down / 1000) ms"
                + (again.isEmpty ? "" : ", and crashes in its next starts after \(again) calls")
        case .stop(let machine): "\(machine.rawValue) is stopped in order and started again"
        case .failSync(let machine, let after): "after \(after) more, a synchronization at \(machine.rawValue) fails"
        case .failReads(let machine, let count): "the next \(count) reads at \(machine.rawValue) fail"
        case .full(let machine, let micros): "\(machine.rawValue)'s disk is full for \(micros / 1000) ms"
        case .jump(let machine, let millis): "\(machine.rawValue)'s clock jumps by \(millis) ms"
        case .command: "the central server's admin comments on a ticket"
        case .backup: "the station is backed up"
        case .restore: "the station's backup is restored"
        case .damageDocument(let isRunning):
            "a ticket's file is damaged" + (isRunning ? "" : ", and the station is killed")
        case .replay(let machine): "a copy of \(machine.rawValue)'s disk is opened and compared"
        }
    }
}
