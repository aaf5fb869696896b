import HTTP
import JSON

/// How long a station with many tickets takes to start, and how much memory it uses after that.
struct RecoverPart {
    private static let descriptionBytes = 400
    private static let usualTickets = 100_000

    private let tickets: Int
    private let checkpointSecondsMax: Double

    init(_ options: BenchOptions) {
        tickets = options.count ?? (options.isQuick ? 2000 : Self.usualTickets)
        checkpointSecondsMax = options.isQuick ? 1 : 180
    }

    /// Measures a start after kill -9, which reads much of the journal, and one after a clean stop.
    func run(_ workbench: Workbench, _ report: inout Report) throws(BenchFault) {
        let tickets = tickets
        try workbench.withStation { (station) throws(BenchFault) in
            workbench.progress.step("recover: filing \(tickets) tickets")
            let rate = try Filing.file(tickets, at: station, descriptionBytes: Self.descriptionBytes, workbench)
            report.add(Figure(work: "tickets filed per second, 64 connections", unit: "/s", station: rate))
            station.options.port = station.port

            let lag = try station.checkpointLag()
            station.kill()
            try start(station, "after kill -9, \(lag) events not in document files", hasAim: false, workbench, &report)

            workbench.progress.step("recover: waiting for the document files")
            try waitForDocuments(of: station, workbench, &report)
            try station.stop()
            try start(station, "after a stop", hasAim: tickets == Self.usualTickets, workbench, &report)
        }
        report.note("each ticket's description has \(Self.descriptionBytes) bytes; the files are in the page cache")
    }

    private func waitForDocuments(
        of station: StationUnderTest, _ workbench: Workbench, _ report: inout Report
    ) throws(BenchFault) {
        let begin = Clock.nanoseconds()
        func count() -> Int { BenchFiles.names(in: "\(station.data)/tickets").count }
        let before = count()
        var isDone = false
        while !isDone, Clock.seconds(since: begin) < checkpointSecondsMax {
            try Clock.pause(milliseconds: 500)
            isDone = try station.checkpointLag() <= 0
            workbench.progress.detail("\(count()) of \(tickets)")
        }
        let seconds = Clock.seconds(since: begin)
        let after = count()
        if after > before {
            let rate = Double(after - before) / max(seconds, 1e-9)
            report.add(Figure(work: "document files written per second", unit: "/s", station: rate))
        }
        guard !isDone else { return }
        let lag = try station.checkpointLag()
        report.note(
            "after \(Decimals.text(checkpointSecondsMax)) s, \(lag) events were not in document files: "
                + "the start reads them from the journal")
    }

    /// Starts the station and measures until it answers a request.
    private func start(
        _ station: StationUnderTest, _ name: String, hasAim: Bool, _ workbench: Workbench, _ report: inout Report
    ) throws(BenchFault) {
        workbench.progress.step("recover: start \(name)")
        let begin = Clock.nanoseconds()
        let child = try station.launch()
        while true {
            if let conversation = try? BlockingClient(.port(station.port)),
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
        guard present == Int64(tickets) else { throw BenchFault("the station has \(present) of \(tickets) tickets") }
        report.add(
            Figure(
                work: "start with \(tickets) tickets, \(name)", unit: "s", station: seconds,
                aim: hasAim ? .atMost(1) : nil))
        report.add(
            Figure(work: "memory after the start", unit: "MB", station: resident, aim: hasAim ? .atMost(80) : nil))
        report.add(Figure(work: "peak memory during the start", unit: "MB", station: peak))
    }
}
