/// The sizes and rates of a run, and the faults that may happen in it. Each seed turns some faults on and others off
/// and draws every size anew (swarm testing), because a fault that happens all the time hides bugs as well as one that
/// never happens.
struct Shape: Sendable {
    /// The groups of faults. A run draws from them in the order of their names, so a new name changes every seed's run.
    enum FaultGroup: String, CaseIterable {
        case lines, upstream, partitions, kills, powerCuts, stops, syncs, reads, space, clocks, backups, damage
    }

    var faults: Set<FaultGroup>
    var hasCentral: Bool
    var writerCount: Int
    var listeners: [ListeningClient.Kind]
    var stepCounts: ClosedRange<Int>
    var stepMicrosMax: Int64
    /// The percentage of steps that are faults.
    var faultPercent: Int
    /// The number of bytes by which the texts of tickets are made longer.
    var padding: Int
    var segmentBytes: Int
    var latencyMicros: Int64
    var jitterMicros: Int64
    var windowBytes: Int
    var cutPercent: Int
    var singleBytePercent: Int
    var pingIntervalMillis: Int
    var pingTimeoutMillis: Int
    var digestAbove: Int
    var turnMicrosMax: Int64
    /// The longest synchronization of the journal.
    var syncMicrosMax: Int64
    var interleavingPercent: Int
    /// The percentage of answers whose durability is checked.
    var durabilityPercent: Int
    var writesPart: Bool
    var sendWindowBytes: Int
    var usesHostName: Bool
    /// The percentage of child processes that are killed.
    var childDeathPercent: Int
    /// The number of descriptors that a machine has, for connections and files, until the faults stop.
    var descriptorsMax: Int
    /// Whether the journal soon reaches its limit and drops its oldest records, so that users are told of gaps.
    var isJournalSmall: Bool

    init(using random: inout SeededGenerator) {
        faults = []
        let percent = random.pick([0, 20, 40, 40, 70])
        for group in FaultGroup.allCases where random.chance(percent) { faults.insert(group) }
        hasCentral = random.chance(50)
        writerCount = random.number(1...3)
        listeners = []
        for index in 0..<random.number(1...5) {
            var kind = ListeningClient.Kind(
                user: index < 2 ? [3, 1][index] : random.pick([1, 2, 3, 4, 5]),
                way: random.pick(ListeningClient.Way.allCases))
            if kind.way != .plain {
                kind.acknowledges = random.chance(25)
                kind.resumes = random.chance(30)
                kind.reads = random.chance(15)
            }
            kind.wantsUrgentFirst = random.chance(15)
            kind.pauseMicrosMax = random.pick([0, 0, 3_000, 50_000])
            listeners.append(kind)
        }
        stepCounts = random.pick([5...20, 20...60, 40...120])
        stepMicrosMax = random.pick([2_000, 20_000, 200_000, 1_500_000])
        faultPercent = random.pick([5, 15, 30])
        padding = random.pick([0, 0, 0, 300, 3_000])
        // A record holds a ticket's texts twice and must fit into half a segment.
        segmentBytes = random.pick(padding > 1_000 ? [65_536, 262_144] : [16_384, 16_384, 65_536, 262_144])
        latencyMicros = random.pick([50, 300, 3_000, 30_000])
        jitterMicros = random.pick([0, 200, 5_000, 100_000])
        windowBytes = random.pick([2_048, 16_384, 65_536, 262_144])
        cutPercent = random.pick([0, 0, 30, 90])
        singleBytePercent = random.pick([0, 0, 0, 3])
        pingIntervalMillis = random.pick([1_000, 5_000, 25_000])
        pingTimeoutMillis = random.pick([1_000, 5_000, 20_000])
        digestAbove = random.pick([3, 10, 100])
        turnMicrosMax = random.pick([20, 200, 5_000])
        interleavingPercent = random.pick([0, 5, 30])
        durabilityPercent = random.pick([5, 20, 50])
        writesPart = random.chance(50)
        sendWindowBytes = random.pick([16_384, 262_144])
        usesHostName = random.chance(30)
        descriptorsMax = random.pick([1_000, 1_000, 1_000, 10])
        childDeathPercent = random.pick([0, 0, 10, 40])
        syncMicrosMax = random.pick([0, 0, 300, 5_000, 100_000, 5_000_000])
        isJournalSmall = segmentBytes == 16_384 && random.chance(30)
    }

    var sentences: [String] {
        [
            "\(writerCount) writers and \(listeners.count) listeners"
                + (hasCentral ? ", with a central server" : ", without a central server"),
            "listeners: "
                + listeners.enumerated().map { number, kind in
                    "\(number) user \(kind.user) over \(kind.way.rawValue)"
                        + (kind.acknowledges ? ", acknowledging" : "") + (kind.resumes ? ", resuming" : "")
                        + (kind.reads ? ", marking as read" : "") + (kind.wantsUrgentFirst ? ", urgent first" : "")
                }.joined(separator: "; "),
            "latency \(latencyMicros) µs, jitter \(jitterMicros) µs, window \(windowBytes) bytes, cut \(cutPercent) %, "
                + "single bytes \(singleBytePercent) %, segments of \(segmentBytes) bytes, padding \(padding) bytes",
            "the journal's synchronization takes up to \(syncMicrosMax) µs",
            "\(descriptorsMax) descriptors, \(childDeathPercent) % of the children are killed"
                + (isJournalSmall ? ", the journal is small" : ""),
            "faults: " + (faults.isEmpty ? "none" : faults.map(\.rawValue).sorted().joined(separator: ", ")),
        ]
    }

    // MARK: Steps

    /// Draws one step.
    func act(using random: inout SeededGenerator) -> Plan.Act {
        if !faults.isEmpty, random.chance(faultPercent) { return fault(using: &random) }
        switch random.number(0...99) {
        case 0..<6: return .replay(machine(using: &random))
        case 6..<14 where hasCentral: return .command
        case 14..<22: return .line(listener: listener(using: &random), random.pick([.away, .back, .back]))
        default:
            let tasks: [Writer.Task] = [
                .create, .create, .create, .createWithKey, .createWithKey, .update, .update, .update, .close, .delete,
                .comment, .comment, .list, .sorted, .foreign, .login, .answer,
            ]
            return .write(writer: random.number(0...(writerCount - 1)), random.pick(tasks))
        }
    }

    private func listener(using random: inout SeededGenerator) -> Int { random.number(0...(listeners.count - 1)) }

    private func machine(using random: inout SeededGenerator) -> Plan.Machine {
        hasCentral && random.chance(30) ? .central : .station
    }

    private func fault(using random: inout SeededGenerator) -> Plan.Act {
        let machine = machine(using: &random)
        switch random.pick(faults.sorted { $0.rawValue < $1.rawValue }) {
        case .lines:
            if random.chance(25) {
                return .writerLine(writer: random.number(0...(writerCount - 1)), isSilent: random.chance(40))
            }
            return .line(listener: listener(using: &random), random.pick([.breaks, .breaks, .silent, .deaf, .away]))
        case .upstream: return .upstreamLine(isSilent: random.chance(40))
        case .partitions: return .partition(machine, micros: random.number(1_000...20_000_000))
        case .kills: return crash(machine, .killed, using: &random)
        case .powerCuts: return crash(machine, .withoutPower, using: &random)
        case .stops: return .stop(machine)
        case .syncs: return .failSync(machine, after: random.number(0...20))
        case .reads: return .failReads(machine, count: random.number(1...3))
        case .space: return .full(machine, micros: random.number(10_000...30_000_000))
        case .clocks:
            // By up to an hour, or by more than anything is kept: neither may matter.
            let millis = random.pick([3_600_000, 3_600_000, 3_600_000, 40 * 86_400_000] as [Int64])
            return .jump(machine, millis: random.number(-millis...millis))
        case .backups: return random.chance(50) ? .backup : .restore
        case .damage: return .damageDocument(isRunning: random.chance(50))
        }
    }

    private func crash(
        _ machine: Plan.Machine, _ end: Appliance.End, using random: inout SeededGenerator
    ) -> Plan.Act {
        var again: [Int] = []
        while random.chance(35), again.count < 4 { again.append(random.number(0...60)) }
        return .crash(
            machine, end, afterCalls: random.chance(75) ? random.number(0...120) : nil,
            downMicros: random.number(1_000...random.pick([50_000, 3_000_000])), again: again)
    }
}
