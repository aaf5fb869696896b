/// Everybody else: health, reads of one ticket, and pings over a WebSocket, at fixed intervals.
struct Bystanders {
    private static let intervalMilliseconds = 5

    /// What they got in one run.
    struct Figures {
        var health: VisitorResult
        var read: VisitorResult
        var ping: Histogram
        /// What the groups added later got.
        var others: [VisitorResult]

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

    /// Adds others who send a request at the same intervals.
    func add(_ name: String, _ request: [UInt8], opensAnew: Bool = false) {
        var group = VisitorGroup(name: name, request: request)
        group.pace = .every(milliseconds: Self.intervalMilliseconds)
        group.opensAnew = opensAnew
        loop.add(group)
    }

    /// Adds a load.
    func add(_ group: VisitorGroup) { loop.add(group) }

    /// Lets all of them send for a while.
    func run(seconds: Double) throws(BenchFault) -> Figures {
        let results = try loop.run(seconds: seconds)
        return Figures(
            health: results[0], read: results[1], ping: loop.pingLatency, others: Array(results.dropFirst(2)))
    }
}
