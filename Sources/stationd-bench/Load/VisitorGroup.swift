/// Connections that all send the same request.
struct VisitorGroup {
    /// When a visitor sends its next request.
    enum Pace: Equatable {
        /// When it has the answer to the last one.
        case closed
        /// At fixed intervals. A request that is due before the last one is answered is not sent, as people do not pile
        /// up requests. It counts as if that answer were its own, with the time since it was due.
        case every(milliseconds: Int)
        /// Once, this long after the run's begin.
        case once(afterMilliseconds: Int)
    }

    var name: String
    var request: [UInt8]
    var pace = Pace.closed
    /// The number of connections.
    var connections = 1
    /// Where ten digits in the request are that differ from request to request; nil if all are the same.
    var stampPlace: Int?
    /// The last number of the loopback address they come from.
    var host: UInt8 = 1
    /// Whether each request has a connection of its own.
    var opensAnew = false
}

/// What the visitors of a group got.
struct VisitorResult {
    /// From the time when a request was sent, or should have been sent if there is a pace, to the end of its answer.
    var latency = Histogram()
    /// How many answers had each status.
    var statuses: [Int: Int] = [:]
    /// Connections that the server closed before it had answered.
    var cuts = 0

    var answers: Int { statuses.values.reduce(0, +) }
    var successes: Int { statuses.filter { (200..<300).contains($0.key) }.values.reduce(0, +) }

    /// The share of requests that were answered 200 to 299; 1 if there were none.
    var successShare: Double {
        let all = answers + cuts
        return all > 0 ? Double(successes) / Double(all) : 1
    }

    /// The answers by status, as words.
    var text: String {
        var words = statuses.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
        if cuts > 0 { words.append("\(cuts) closed without an answer") }
        return words.isEmpty ? "no answer" : words.joined(separator: ", ")
    }
}
