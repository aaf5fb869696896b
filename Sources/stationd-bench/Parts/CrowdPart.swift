/// How long others wait, and what memory the station uses, beside loads that would hold it up.
struct CrowdPart {
    /// Further descriptors of this process and of the server, with some to spare.
    private static let otherDescriptors = 256
    /// The most that anybody should wait, in milliseconds.
    private static let waitMillisMax = 10.0

    private let sizes: CrowdSizes
    private let loads: [CrowdLoad]
    private let aloneSeconds: Double
    private let seconds: Double

    init(_ options: BenchOptions) {
        sizes = CrowdSizes(options)
        loads = options.loads ?? CrowdLoad.allCases
        aloneSeconds = options.isQuick ? 0.1 : 1
        seconds = options.seconds ?? (options.isQuick ? 0.2 : 3)
    }

    /// Measures each load on a station of its own.
    func run(_ workbench: Workbench, _ report: inout Report) throws(BenchFault) {
        for load in loads {
            let available = Sockets.raiseDescriptorLimit()
            if load == .silence, sizes.silentConnections + Self.otherDescriptors > available {
                report.note("\(sizes.title(of: load)): not measured, as only \(available) descriptors are allowed")
                continue
            }
            try measure(load, workbench, &report)
        }
        report.note("the limit is the same station just before the load")
    }

    private func measure(
        _ load: CrowdLoad, _ workbench: Workbench, _ report: inout Report
    ) throws(BenchFault) {
        let title = sizes.title(of: load)
        let (alone, beside, memory) = try workbench.withStation { (station) throws(BenchFault) in
            workbench.progress.step("crowd: preparing \(title)")
            try CrowdScene(load: load, sizes: sizes).prepare(station, workbench)
            try station.stop()
            station.options.hasDefaultLimits = true
            try station.start()

            workbench.progress.step("crowd: \(title)")
            let bystanders = try Bystanders(at: station, opensAnew: load == .silence)
            let alone = try bystanders.run(seconds: aloneSeconds)
            let before = Double(station.figures.residentBytes)
            station.figures.resetResidentBytesMax()
            let groups = CrowdGroups(load: load, sizes: sizes)
            for group in try groups.groups(at: station) { bystanders.add(group) }
            let silent = try groups.silentConnections(to: station)
            let beside = try withExtendedLifetime(silent) { () throws(BenchFault) in
                try bystanders.run(seconds: seconds)
            }
            return (alone, beside, (before: before, most: Double(station.figures.residentBytesMax)))
        }
        addWaits(title, alone, beside, &report)
        report.note("\(title): \(beside.disturbance)")
        report.add(
            Figure(
                work: "\(title): others served", unit: "%", station: beside.successShare * 100,
                limit: alone.successShare * 100, aim: .ratioAtLeast(1)))
        report.add(
            Figure(
                work: "\(title): peak memory", unit: "MB", station: memory.most / 1e6, limit: memory.before / 1e6))
        addLogins(load, title, beside, &report)
    }

    private func addWaits(
        _ title: String, _ alone: Bystanders.Figures, _ beside: Bystanders.Figures, _ report: inout Report
    ) {
        func add(_ who: String, _ alone: Histogram, _ beside: Histogram) {
            func add(_ what: String, aim: Aim? = nil, _ value: (Histogram) -> Double) {
                report.add(
                    Figure(
                        work: "\(title): \(who) \(what)", unit: "ms", station: value(beside), limit: value(alone),
                        aim: aim))
            }
            add("p50") { $0.milliseconds(at: 0.5) }
            add("p99", aim: .atMost(Self.waitMillisMax)) { $0.milliseconds(at: 0.99) }
            add("max") { Double($0.maximum) / 1e6 }
        }
        add("health", alone.health.latency, beside.health.latency)
        add("GET", alone.read.latency, beside.read.latency)
        add("ping", alone.ping, beside.ping)
    }

    /// Notes what the load itself got, and counts the others who logged in beside it.
    private func addLogins(
        _ load: CrowdLoad, _ title: String, _ beside: Bystanders.Figures, _ report: inout Report
    ) {
        let others = load == .logins ? Array(beside.others.suffix(sizes.otherLogins)) : []
        for result in beside.others.dropLast(others.count) {
            let median = Decimals.text(result.latency.milliseconds(at: 0.5))
            report.note("\(title): the load got \(result.text), p50 \(median) ms")
        }
        guard !others.isEmpty else { return }
        var latency = Histogram()
        for other in others { latency.add(other.latency) }
        report.add(
            Figure(
                work: "\(title): of \(others.count) others log in", unit: "",
                station: Double(others.reduce(0) { $0 + $1.successes }), limit: Double(others.count),
                aim: .ratioAtLeast(1)))
        report.add(
            Figure(work: "\(title): others' logins max", unit: "ms", station: Double(latency.maximum) / 1e6))
    }
}
