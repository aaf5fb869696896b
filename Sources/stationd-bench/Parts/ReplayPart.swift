/// An admin comes back who has missed much.
struct ReplayPart {
    private let events: Int
    private let checkpointSecondsMax: Double

    init(_ options: BenchOptions) {
        events = options.count ?? (options.isQuick ? 200 : 10_000)
        checkpointSecondsMax = options.isQuick ? 0.5 : 30
    }

    func run(_ workbench: Workbench, _ report: inout Report) throws(BenchFault) {
        let events = events
        workbench.progress.step("replay: filing \(events) tickets")
        try workbench.withStation { (station) throws(BenchFault) in
            try Filing.file(events, at: station, descriptionBytes: Load.descriptionBytesUsual, workbench)
            let isQuiet = try Filing.waitForCheckpoint(station, secondsMax: checkpointSecondsMax, workbench)
            workbench.progress.step("replay: \(events) missed notifications")
            let figures = station.figures
            let before = figures.residentBytes
            figures.resetResidentBytesMax()
            let start = Clock.nanoseconds()
            let generator = try LoadGenerator(station.target)
            try generator.join(1)
            let seconds = try generator.receive(events, numbered: events, since: start)
            report.lost += generator.lost
            report.doubled += generator.doubled
            report.add(
                Figure(
                    work: "\(events) missed notifications for one admin", unit: "/s",
                    station: Double(events) / max(seconds, 1e-9)))
            report.add(
                Figure(
                    work: "memory of the station at the most, above before", unit: "MiB",
                    station: Double(max(0, figures.residentBytesMax - before)) / 1_048_576))
            if !isQuiet { report.note("the station was still writing document files meanwhile") }
        }
    }
}

/// Bringing tickets into a station.
enum Filing {
    private static let connections = 64

    /// Files so many tickets as fast as the station takes them; gives how many a second that were.
    @discardableResult
    static func file(
        _ count: Int, at station: StationUnderTest, descriptionBytes: Int, _ workbench: Workbench
    ) throws(BenchFault) -> Double {
        let generator = try LoadGenerator(station.target)
        generator.look = { sent in
            if sent % 100 < 50 { workbench.progress.detail("\(sent) of \(count)") }
        }
        var load = Load()
        load.connections = min(connections, count)
        load.requestCount = count
        load.descriptionBytes = descriptionBytes
        return try generator.run(load).repliesPerSecond
    }

    /// Waits until the document files have everything, but not longer than that; whether they have.
    static func waitForCheckpoint(
        _ station: StationUnderTest, secondsMax: Double, _ workbench: Workbench
    ) throws(BenchFault) -> Bool {
        let start = Clock.nanoseconds()
        while Clock.seconds(since: start) < secondsMax {
            let lag = try station.checkpointLag()
            if lag <= 0 { return true }
            workbench.progress.detail("\(lag) events to write into document files")
            try Clock.pause(milliseconds: 200)
        }
        return false
    }
}
