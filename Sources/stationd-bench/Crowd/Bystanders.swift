/// Everybody else: health, reads of one ticket, and pings over a WebSocket, at fixed intervals.
struct Bystanders {
    private static let intervalMilliseconds = 5

    /// What they got in one run.
    struct Figures {
        var health: VisitorResult
        var read: VisitorResult
        var ping: Histogram
        /// The share of the time in which the station, and the bench, had to wait for a processor.
        var waitShares: (station: Double, bench: Double)
        /// What the groups added later got.
        var others: [VisitorResult]

        /// How much other processes disturbed the run, as words.
        var disturbance: String {
            func percent(_ share: Double) -> String { Decimals.text(share * 100, digits: 0) }
            return "the station waited for a processor for \(percent(waitShares.station)) % of the time, "
                + "the generator for \(percent(waitShares.bench)) %"
        }

        /// The share of their requests that were answered with success.
        var successShare: Double { min(health.successShare, read.successShare) }
    }

    private let loop: VisitorLoop

    /// Connects them.
    ///
    /// - Parameter opensAnew: whether each request has a connection of its own.
    init(at station: StationUnderTest, opensAnew: Bool = false) throws(BenchFault) {
        loop = try VisitorLoop(station.target)
        let token = People.admin.token(secret: station.secret)
        add("health", RequestText.bytes("GET", "/healthz"), opensAnew: opensAnew)
        add("GET", RequestText.bytes("GET", "/api/v1/support/1", token: token), opensAnew: opensAnew)
        try loop.join(station.target.technicianToken(0), everyMilliseconds: Self.intervalMilliseconds)
    }

    private func add(_ name: String, _ request: [UInt8], opensAnew: Bool) {
        var group = VisitorGroup(name: name, request: request)
        group.pace = .every(milliseconds: Self.intervalMilliseconds)
        group.opensAnew = opensAnew
        loop.add(group)
    }

    /// Adds a group whose results are among `others`.
    func add(_ group: VisitorGroup) { loop.add(group) }

    /// Lets all of them send for a while.
    func run(seconds: Double) throws(BenchFault) -> Figures {
        let results = try loop.run(seconds: seconds)
        return Figures(
            health: results[0], read: results[1], ping: loop.pingLatency,
            waitShares: (loop.waitShares.server, loop.waitShares.own), others: Array(results.dropFirst(2)))
    }
}
