import Bytes
import Crypto
import JSON

/// How fast a backlog is shipped after the central server was away.
struct UplinkPart {
    private static let stationNumber = 1
    private static let token = String(repeating: "0123456789abcdef", count: 4)
    private static let secondsMax = 300.0

    private let events: Int

    init(_ options: BenchOptions) { events = options.count ?? (options.isQuick ? 200 : 50_000) }

    /// Files tickets while the central server is down, and measures until it has acknowledged all of them.
    func run(_ workbench: Workbench, _ report: inout Report) throws(BenchFault) {
        let events = events
        var central = StationUnderTest.Options()
        central.sections = [("central", ["enabled": true])]
        try workbench.withStation(central) { (central) throws(BenchFault) in
            let digest = Hex.encode(SHA256.hash(Array(Self.token.utf8)))
            let number = Self.stationNumber
            try central.control("fleet", ["station_id": .integer(Int64(number)), "token_sha256": .string(digest)])
            central.options.port = central.port
            try central.stop()

            var options = StationUnderTest.Options()
            let url = "http://127.0.0.1:\(central.port)"
            options.sections = [("upstream", ["url": .string(url), "token": .string(Self.token)])]
            try workbench.withStation(options) { (station) throws(BenchFault) in
                workbench.progress.step("uplink: filing \(events) tickets while the central server is away")
                try Filing.file(events, at: station, descriptionBytes: Load.descriptionBytesUsual, workbench)
                try central.start()
                try ship(from: station, to: central, workbench, &report)
            }
        }
    }

    private func ship(
        from station: StationUnderTest, to central: StationUnderTest, _ workbench: Workbench, _ report: inout Report
    ) throws(BenchFault) {
        workbench.progress.step("uplink: shipping \(events) events")
        let before = station.figures.residentBytes
        station.figures.resetResidentBytesMax()
        let start = Clock.nanoseconds()
        station.reload()
        while true {
            let upstream = try station.admin("/api/v1/status")["upstream"]
            let backlog = upstream?["backlog_events"]?.integerValue ?? .max
            if backlog == 0, upstream?["state"]?.stringValue == "idle" { break }
            guard Clock.seconds(since: start) < Self.secondsMax else {
                let state = upstream?.text ?? "-"
                throw BenchFault("the events were not shipped within \(Int(Self.secondsMax)) s: \(state)")
            }
            workbench.progress.detail("\(backlog) to ship")
            try Clock.pause(milliseconds: 10)
        }
        let seconds = Clock.seconds(since: start)
        report.add(
            Figure(
                work: "\(events) events to a central server on this machine", unit: "/s",
                station: Double(events) / max(seconds, 1e-9)))
        report.add(
            Figure(
                work: "peak growth of the station's memory", unit: "MiB",
                station: Double(max(0, station.figures.residentBytesMax - before)) / 1_048_576))
        report.add(
            Figure(
                work: "memory of the central server afterwards", unit: "MiB",
                station: Double(central.figures.residentBytes) / 1_048_576))
        report.note("station, central server and their checkpointers share one core")
        report.note("the time ends when the central server has acknowledged the last event")
    }
}
