/// One run of the load generator.
struct Load {
    /// The requests to send.
    enum Work: String, CaseIterable, Sendable {
        /// Files tickets.
        case create
        /// Reads one ticket.
        case read
        /// Nine reads for each ticket filed.
        case mix
    }

    /// When to send the next request.
    enum Pace: Equatable {
        /// Each connection sends its next request when it has the answer to the last one.
        case closed
        /// This many requests per second, regardless of the answers. Latencies count from the time when a request
        /// should have been sent.
        case rate(Double)
    }

    var work = Work.create
    var pace = Pace.closed
    /// Connections that send requests.
    var connections = 1
    /// Seconds to measure.
    var seconds = 1.0
    /// Seconds before those, which are not measured.
    var warmUpSeconds = 0.2
    /// If set, the run ends after this many requests, and all of it is measured.
    var requestCount: Int?
    /// Bytes of a ticket's description.
    var descriptionBytes = Self.descriptionBytesUsual

    /// The length of a sentence or two.
    static let descriptionBytesUsual = 100
}

/// The outcome of one run.
struct LoadResult {
    /// Requests answered within the measured seconds.
    var replies = 0
    /// The seconds that were measured.
    var seconds = 0.0
    /// From the time when a request was sent, or should have been sent if there is a rate, to its answer.
    var replyLatency = Histogram()
    /// From the same time to each listener's receipt of the notification.
    var deliveryLatency = Histogram()
    /// Notifications received within the measured seconds.
    var deliveries = 0
    /// Notifications lost in the whole run.
    var lost = 0
    /// Notifications received twice in the whole run.
    var doubled = 0
    /// Pings that the server sent within the measured seconds.
    var pings = 0
    /// Processor seconds of the server within the measured time.
    var processorSeconds = 0.0
    /// Processor time of all other processes, as a share of the machine. More than a few per cent spoils the figures.
    /// It includes the server's child processes.
    var foreignShare = 0.0
    /// Processor time of the generator, as a share of one processor. Near 1 in a closed loop, the run measures the
    /// generator rather than the server.
    var generatorShare = 0.0
    /// Tickets filed in the whole run.
    var created = 0

    var repliesPerSecond: Double { Double(replies) / max(seconds, 1e-9) }
    var deliveriesPerSecond: Double { Double(deliveries) / max(seconds, 1e-9) }
}
