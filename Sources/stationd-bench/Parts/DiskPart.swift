/// How long reads and pings wait beside people who file tickets on a disk whose syncs take long.
struct DiskPart {
    private static let usualDelays = [20, 100]
    private static let filers = 4
    /// The tickets that are there before.
    private static let olderTickets = 20
    /// Long enough that a list which waits for two syncs does not hold up the next one.
    private static let listMilliseconds = 220

    private let delays: [Int]
    private let seconds: Double

    init(_ options: BenchOptions) {
        delays = options.delays ?? (options.isQuick ? [20] : Self.usualDelays)
        seconds = options.seconds ?? (options.isQuick ? 0.3 : 4)
    }

    /// Measures the disk as it is, then with each delay.
    func run(_ workbench: Workbench, _ report: inout Report) throws(BenchFault) {
        let isTracing = try SlowSync.isAvailable(workbench)
        let base = try measure(nil, workbench)
        add(base, nil, delay: 0, &report)
        for delay in delays {
            guard isTracing else {
                report.note("a sync of \(delay) ms: not available, as it needs strace and the right to trace")
                continue
            }
            add(try measure(SlowSync(delayMillis: delay), workbench), base, delay: delay, &report)
        }
        report.note("the limit is the same without the delay; for a POST in syncs, it is one sync")
    }

    private func measure(_ slowSync: SlowSync?, _ workbench: Workbench) throws(BenchFault) -> Bystanders.Figures {
        var options = StationUnderTest.Options()
        options.slowSync = slowSync
        workbench.progress.step("disk: \(slowSync.map { "a sync of \($0.delayMillis) ms" } ?? "as it is")")
        return try workbench.withStation(options) { (station) throws(BenchFault) in
            try Filing.file(
                Self.olderTickets, at: station, descriptionBytes: Load.descriptionBytesUsual, workbench)
            let token = People.admin.token(secret: station.secret)
            let bystanders = try Bystanders(at: station)
            let list = "/api/v1/support?limit=\(Self.olderTickets)"
            for (name, target) in [("older", "\(list)&support_id_max=\(Self.olderTickets)"), ("newest", list)] {
                var group = VisitorGroup(name: name, request: RequestText.bytes("GET", target, token: token))
                group.pace = .every(milliseconds: Self.listMilliseconds)
                bystanders.add(group)
            }
            let request = TicketRequest(station.target, descriptionBytes: Load.descriptionBytesUsual)
            var filing = VisitorGroup(name: "POST", request: request.bytes)
            (filing.connections, filing.stampPlace) = (Self.filers, request.runNumberPlace)
            bystanders.add(filing)
            return try bystanders.run(seconds: seconds)
        }
    }

    private func add(
        _ figures: Bystanders.Figures, _ base: Bystanders.Figures?, delay: Int, _ report: inout Report
    ) {
        let name = delay > 0 ? "a sync of \(delay) ms" : "the disk as it is"
        func add(_ who: String, aim: Aim?, _ latency: (Bystanders.Figures) -> Histogram) {
            for (what, share, aim) in [("p50", 0.5, nil), ("p99", 0.99, aim)] {
                report.add(
                    Figure(
                        work: "\(name): \(who) \(what)", unit: "ms",
                        station: latency(figures).milliseconds(at: share),
                        limit: base.map { latency($0).milliseconds(at: share) }, aim: aim))
            }
        }
        add("GET of an older ticket", aim: delay == 0 ? .atMost(10) : .ratioAtMost(2)) { $0.read.latency }
        add("list of older tickets", aim: nil) { $0.others[0].latency }
        add("list of the newest tickets", aim: nil) { $0.others[1].latency }
        add("health", aim: .atMost(10)) { $0.health.latency }
        add("ping", aim: .atMost(10)) { $0.ping }
        add("POST", aim: nil) { $0.others[2].latency }
        report.note("\(name): \(figures.disturbance)")
        guard delay > 0 else { return }
        report.add(
            Figure(
                work: "\(name): POST p50 in syncs", unit: "ms",
                station: figures.others[2].latency.milliseconds(at: 0.5), limit: Double(delay),
                aim: .ratioAtMost(1.3)))
    }
}
