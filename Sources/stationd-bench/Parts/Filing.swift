/// Fills a station with tickets.
enum Filing {
    private static let connections = 64

    /// Files `count` tickets as fast as the station accepts them. Returns how many per second.
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

    /// Waits until the document files are up to date, for `secondsMax` seconds at most. Returns whether they are.
    static func waitForCheckpoint(
        _ station: StationUnderTest, secondsMax: Double, _ workbench: Workbench
    ) throws(BenchFault) -> Bool {
        let start = Clock.nanoseconds()
        while Clock.seconds(since: start) < secondsMax {
            let lag = try station.checkpointLag()
            if lag <= 0 { return true }
            workbench.progress.detail("\(lag) events not yet in document files")
            try Clock.pause(milliseconds: 200)
        }
        return false
    }
}
