import HTTP
import JSON

/// How long a station with many tickets takes to start, and how much memory it has then.
struct RecoverPart {
    private static let descriptionBytes = 400
    private static let usualTickets = 100_000

    private let tickets: Int
    private let checkpointSecondsMax: Double

    init(_ options: Options) {
        tickets = options.count ?? (options.isQuick ? 2000 : Self.usualTickets)
        checkpointSecondsMax = options.isQuick ? 1 : 180
    }

    func run(_ workbench: Workbench, _ report: inout Report) throws(BenchFault) {
        let tickets = tickets
        try workbench.withStation { (station) throws(BenchFault) in
            workbench.progress.step("recover: filing \(tickets) tickets")
            let rate = try Filing.file(tickets, at: station, descriptionBytes: Self.descriptionBytes, workbench)
            report.add(Figure(work: "tickets filed a second, 64 connections", unit: "/s", station: rate))
            station.options.port = station.port

            let lag = try station.checkpointLag()
            station.kill()
            try start(station, "after kill -9, \(lag) events not in document files", hasAim: false, workbench, &report)

            workbench.progress.step("recover: waiting for the document files")
            let begin = Clock.nanoseconds()
            let left = try station.checkpointLag()
            let isDone = try Filing.waitForCheckpoint(station, secondsMax: checkpointSecondsMax, workbench)
            let written = left - (isDone ? 0 : try station.checkpointLag())
            if written > 0 {
                report.add(
                    Figure(
                        work: "events into document files", unit: "/s",
                        station: Double(written) / max(Clock.seconds(since: begin), 1e-9)))
            }
            if !isDone {
                report.note(
                    "after \(Decimals.text(checkpointSecondsMax)) s \(try station.checkpointLag()) events were not in document "
                        + "files: the start reads them from the journal")
            }
            try station.stop()
            try start(station, "after a stop", hasAim: tickets == Self.usualTickets, workbench, &report)
        }
        report.note("a ticket's description has \(Self.descriptionBytes) bytes; files are in the page cache")
    }

    /// Starts the station and measures until it has answered a request.
    private func start(
        _ station: StationUnderTest, _ name: String, hasAim: Bool, _ workbench: Workbench, _ report: inout Report
    ) throws(BenchFault) {
        workbench.progress.step("recover: start \(name)")
        let begin = Clock.nanoseconds()
        let child = try station.launch()
        while true {
            if let conversation = try? Conversation(.port(station.port)),
                (try? conversation.response(.get, "/healthz"))?.status == .ok
            {
                break
            }
            guard !child.hasEnded(), Clock.seconds(since: begin) < 300 else {
                throw BenchFault("the station does not start:\n\(child.lastLines)", code: 69)
            }
            try Clock.pause(milliseconds: 1)
        }
        let seconds = Clock.seconds(since: begin)
        let resident = Double(station.figures.residentBytes) / 1e6
        let peak = Double(station.figures.residentBytesMax) / 1e6
        let present = try station.admin("/api/v1/status")["counts"]?["tickets"]?.integerValue ?? 0
        guard present == Int64(tickets) else { throw BenchFault("of \(tickets) tickets \(present) are there") }
        report.add(
            Figure(
                work: "start with \(tickets) tickets, \(name)", unit: "s", station: seconds,
                aim: hasAim ? .atMost(1) : nil))
        report.add(
            Figure(work: "memory then", unit: "MB", station: resident, aim: hasAim ? .atMost(80) : nil))
        report.add(Figure(work: "memory at the most until then", unit: "MB", station: peak))
    }
}
