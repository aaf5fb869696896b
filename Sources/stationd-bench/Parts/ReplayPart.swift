/// How fast an admin who was away catches up.
struct ReplayPart {
    private let events: Int
    private let checkpointSecondsMax: Double

    init(_ options: BenchOptions) {
        events = options.count ?? (options.isQuick ? 200 : 10_000)
        checkpointSecondsMax = options.isQuick ? 0.5 : 30
    }

    /// Files tickets while the admin is away, and measures until the admin has all notifications.
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
            let seconds = try generator.catchUp(events, numbered: events, since: start)
            report.lost += generator.lost
            report.doubled += generator.doubled
            report.add(
                Figure(
                    work: "\(events) missed notifications for one admin", unit: "/s",
                    station: Double(events) / max(seconds, 1e-9)))
            report.add(
                Figure(
                    work: "peak growth of the station's memory", unit: "MiB",
                    station: Double(max(0, figures.residentBytesMax - before)) / 1_048_576))
            if !isQuiet { report.note("the station was still writing document files") }
        }
    }
}
