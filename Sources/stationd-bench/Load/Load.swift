/// What the generator is to do.
struct Load {
    enum Work: String, CaseIterable, Sendable {
        /// Files tickets.
        case create
        /// Reads one ticket.
        case read
        /// Nine reads to one that files.
        case mix
    }

    enum Pace: Equatable {
        /// Each connection sends the next request when it has the answer to the last.
        case closed
        /// So many requests a second, whatever the answers do; times count from when a request should have been sent.
        case rate(Double)
    }

    var work = Work.create
    var pace = Pace.closed
    /// Connections that send requests.
    var connections = 1
    /// Seconds that are measured, after `warmUpSeconds` that are not.
    var seconds = 1.0
    var warmUpSeconds = 0.2
    /// Where set, the run ends after so many requests and all of it is measured.
    var requestCount: Int?
    /// Bytes of a ticket's description.
    var descriptionBytes = Self.descriptionBytesUsual

    /// A sentence or two.
    static let descriptionBytesUsual = 100
}

/// What came of it.
struct LoadResult {
    /// Requests answered within the measured seconds.
    var replies = 0
    /// The seconds that were measured.
    var seconds = 0.0
    /// From when a request was sent, or with a rate should have been sent, to its answer.
    var replyLatency = Histogram()
    /// From the same moment to each listener's receipt of the notification.
    var deliveryLatency = Histogram()
    /// Notifications received within the measured seconds, and in all.
    var deliveries = 0
    var deliveriesInAll = 0
    /// Of all, beginning to end.
    var lost = 0
    var doubled = 0
    /// Pings that the server sent within the measured seconds.
    var pings = 0
    /// Processor time of the server within the measured seconds.
    var processorSeconds = 0.0
    /// Processor time of all other processes, as a share of the machine: more than a little spoils the figures. The
    /// server's child processes are among them.
    var foreignShare = 0.0
    /// Processor time of the generator, as a share of one processor: near 1 in a closed loop it is the generator that
    /// is measured.
    var generatorShare = 0.0
    /// Tickets filed in all.
    var created = 0

    var repliesPerSecond: Double { Double(replies) / max(seconds, 1e-9) }
    var deliveriesPerSecond: Double { Double(deliveries) / max(seconds, 1e-9) }
}
