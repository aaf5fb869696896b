/// Requests per second and their latency, for the station and the bare responder in turn, and bytes written.
struct HTTPPart {
    private let options: BenchOptions
    private let rounds: Int
    private let seconds: Double

    init(_ options: BenchOptions) {
        self.options = options
        rounds = options.isQuick ? 1 : 3
        seconds = options.seconds ?? (options.isQuick ? 0.2 : options.rate == nil ? 1 : 5)
    }

    /// The loads to run. Only the usual loads have aims.
    private var loads: [(load: Load, aim: Aim?)] {
        let works: [Load.Work] = options.work.map { [$0] } ?? [.create]
        var loads: [(Load, Aim?)] = []
        for work in works {
            for connections in options.connections ?? (options.isQuick ? [4] : [1, 16, 64]) {
                let aims: [Load.Work: Aim] = [.create: .ratioAtLeast(0.8), .read: .ratioAtLeast(0.7)]
                loads.append((load(work, connections), options.rate == nil ? aims[work] : nil))
            }
        }
        if options.work == nil, options.rate == nil, options.connections == nil {
            loads.append((load(.read, options.isQuick ? 4 : 64), .ratioAtLeast(0.7)))
        }
        return loads
    }

    private func load(_ work: Load.Work, _ connections: Int) -> Load {
        var load = Load()
        load.work = work
        load.connections = connections
        load.seconds = seconds
        if options.isQuick { load.warmUpSeconds = 0.05 }
        if let rate = options.rate { load.pace = .rate(rate) }
        return load
    }

    /// Runs all loads, and measures the bytes written if tickets are filed in a closed loop.
    func run(_ workbench: Workbench, _ report: inout Report) throws(BenchFault) {
        let path = workbench.scratch.fresh("records")
        let file = try RecordFile(path, recordBytes: try workbench.shape().recordBytes)
        defer { BenchFiles.remove(path) }
        for (load, aim) in loads { try measure(load, aim, file, workbench, &report) }
        if options.rate == nil, options.work != .read {
            let count = try WriteMeasure.segmentBytes / max(1, workbench.shape().recordBytes)
            try WriteMeasure(ticketCount: options.isQuick ? 100 : count).run(workbench, &report)
        }
    }

    private func measure(
        _ load: Load, _ aim: Aim?, _ file: RecordFile, _ workbench: Workbench, _ report: inout Report
    ) throws(BenchFault) {
        let name = "\(load.work.rawValue), \(load.connections) connection\(load.connections == 1 ? "" : "s")"
        var (station, bare): ([LoadResult], [LoadResult]) = ([], [])
        var syncs: [Double] = []
        for round in 1...rounds {
            workbench.progress.step("http: \(name), round \(round) of \(rounds)")
            station.append(
                try workbench.withStation { (station) throws(BenchFault) in
                    try LoadGenerator(station.target).run(load)
                })
            bare.append(try workbench.withBare { (target) throws(BenchFault) in try LoadGenerator(target).run(load) })
            guard load.work == .create else { continue }
            let seconds = min(0.5, seconds)
            syncs.append(
                try workbench.processors.onServers { () throws(BenchFault) in
                    try SyncLimit.recordsPerSecond(file, recordsPerSync: load.connections, seconds: seconds)
                })
        }
        report.count(station)
        report.count(bare)
        func add(_ what: String, _ unit: String, aim: Aim? = nil, _ value: (LoadResult) -> Double) {
            report.add(
                Figure(
                    work: "\(name): \(what)", unit: unit, station: Rounds.median(station.map(value)),
                    limit: Rounds.median(bare.map(value)), aim: aim))
        }
        add("requests per second", "/s", aim: aim) { $0.repliesPerSecond }
        if !syncs.isEmpty {
            report.add(
                Figure(
                    work: "\(name): against append + fdatasync alone, \(load.connections) per sync", unit: "/s",
                    station: Rounds.median(station.map(\.repliesPerSecond)), limit: Rounds.median(syncs)))
        }
        add("answer p50", "ms") { $0.replyLatency.milliseconds(at: 0.5) }
        add("answer p99", "ms") { $0.replyLatency.milliseconds(at: 0.99) }
        if load.pace == .closed {
            report.noteGenerator(name, station: station, bare: bare)
        } else {
            add("answer p99.9", "ms") { $0.replyLatency.milliseconds(at: 0.999) }
            add("answer max", "ms") { Double($0.replyLatency.maximum) / 1e6 }
        }
    }
}
