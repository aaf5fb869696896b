/// Tickets to many listeners: how late they arrive, how many per second, and whether each listener gets each once.
struct FanOutPart {
    /// Listeners, in full and with `--quick`.
    static let usualListeners = 1000
    static let quickListeners = 150
    /// Connections that file tickets at a rate: enough that a request waiting for the disk does not delay the next one.
    private static let openConnections = 32

    private let options: BenchOptions
    private let rounds: Int
    private let listeners: Int

    init(_ options: BenchOptions) {
        self.options = options
        rounds = options.isQuick ? 1 : 2
        listeners = options.listeners ?? (options.isQuick ? Self.quickListeners : Self.usualListeners)
    }

    /// Runs the open loops, then the closed ones.
    func run(_ workbench: Workbench, _ report: inout Report) throws(BenchFault) {
        for rate in options.rates ?? (options.posters == nil ? (options.isQuick ? [50] : [20, 50]) : []) {
            try runOpen(rate, workbench, &report)
        }
        for posters in options.posters ?? (options.rates == nil ? (options.isQuick ? [4] : [1, 4, 16, 64]) : []) {
            try runClosed(posters, workbench, &report)
        }
    }

    /// Runs rounds of the station and the bare responder in turn.
    private func alternate(
        _ name: String, rounds: Int, _ load: Load, _ workbench: Workbench, _ report: inout Report
    ) throws(BenchFault) -> (station: [LoadResult], bare: [LoadResult]) {
        var (station, bare): ([LoadResult], [LoadResult]) = ([], [])
        let count = listeners
        func run(_ target: Target) throws(BenchFault) -> LoadResult {
            let generator = try LoadGenerator(target)
            try generator.join(count)
            // The pings that follow joining are not part of the load.
            try generator.idle(seconds: load.warmUpSeconds)
            return try generator.run(load)
        }
        let technicians = min(count, Self.usualListeners)
        for round in 1...rounds {
            workbench.progress.step("fanout: \(name), round \(round) of \(rounds)")
            station.append(
                try workbench.withStation(technicians: technicians) { (station) throws(BenchFault) in
                    try run(station.target)
                })
            bare.append(try workbench.withBare(run))
        }
        report.count(station)
        report.count(bare)
        return (station, bare)
    }

    private var isUsual: Bool { listeners == Self.usualListeners }

    private func runOpen(_ rate: Double, _ workbench: Workbench, _ report: inout Report) throws(BenchFault) {
        var load = Load()
        load.connections = Self.openConnections
        load.pace = .rate(rate)
        load.seconds = options.seconds ?? (options.isQuick ? 0.4 : 5)
        if options.isQuick { load.warmUpSeconds = 0.05 }
        let name = "\(listeners) listeners, \(Decimals.text(rate, digits: 0)) tickets/s"
        let (station, bare) = try alternate(name, rounds: rounds, load, workbench, &report)
        func add(_ what: String, _ unit: String, aim: Aim? = nil, _ value: (LoadResult) -> Double) {
            report.add(
                Figure(
                    work: "\(name): \(what)", unit: unit, station: Rounds.median(station.map(value)),
                    limit: Rounds.median(bare.map(value)), aim: isUsual ? aim : nil))
        }
        let delivery: Aim? = rate == 20 ? .ratioAtMost(1.3) : nil
        add("delivery p50", "ms", aim: delivery) { $0.deliveryLatency.milliseconds(at: 0.5) }
        add("delivery p99", "ms", aim: delivery) { $0.deliveryLatency.milliseconds(at: 0.99) }
        add("delivery p99.9", "ms") { $0.deliveryLatency.milliseconds(at: 0.999) }
        add("delivery max", "ms") { Double($0.deliveryLatency.maximum) / 1e6 }
        add("answer to POST p50", "ms", aim: rate == 50 ? .ratioAtMost(2) : nil) {
            $0.replyLatency.milliseconds(at: 0.5)
        }
        add("answer to POST p99", "ms") { $0.replyLatency.milliseconds(at: 0.99) }
        add("server's processor time per 10 s", "s", aim: rate == 50 ? .ratioAtMost(1.5) : nil) {
            $0.processorSeconds * 10 / max($0.seconds, 1e-9)
        }
        report.add(
            Figure(
                work: "\(name): pings per delivery", unit: "",
                station: Rounds.median(station.map { Double($0.pings) / Double(max(1, $0.deliveries)) })))
    }

    private func runClosed(_ posters: Int, _ workbench: Workbench, _ report: inout Report) throws(BenchFault) {
        var load = Load()
        load.connections = posters
        load.seconds = options.seconds ?? (options.isQuick ? 0.2 : 1.5)
        if options.isQuick { load.warmUpSeconds = 0.05 }
        let name = "\(listeners) listeners, \(posters) poster\(posters == 1 ? "" : "s") in a closed loop"
        let (station, bare) = try alternate(name, rounds: rounds, load, workbench, &report)
        let aims: [Int: Aim] = [
            1: .ratioAtLeast(0.8), 4: .ratioAtLeast(0.8), 16: .ratioAtLeast(0.8), 64: .ratioAtLeast(0.5),
        ]
        report.add(
            Figure(
                work: "\(name): deliveries per second", unit: "/s",
                station: Rounds.median(station.map(\.deliveriesPerSecond)),
                limit: Rounds.median(bare.map(\.deliveriesPerSecond)), aim: isUsual ? aims[posters] : nil))
        report.add(
            Figure(
                work: "\(name): answer to POST p50", unit: "ms",
                station: Rounds.median(station.map { $0.replyLatency.milliseconds(at: 0.5) }),
                limit: Rounds.median(bare.map { $0.replyLatency.milliseconds(at: 0.5) })))
        report.noteGenerator(name, station: station, bare: bare)
    }
}
