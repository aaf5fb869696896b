/// What was filed, and which listener has got what: each must get each ticket once, in one order that is the same for
/// all.
///
/// The first listener that comes to a place in the order says which event has that place; all others are held to it.
/// Times are of `Clock`.
struct ReceiptLedger {
    /// How far one listener is.
    struct Position {
        /// Events of the order that it has passed.
        fileprivate(set) var passed = 0
        fileprivate(set) var lastSequence: UInt64 = 0

        init() {}
    }

    /// When each ticket should have been sent, by its run number.
    private var intended: [Int64] = []
    /// The events in their order, and when each should have been sent.
    private var order: [(sequence: UInt64, intended: Int64)] = []
    /// Whether a notification of a run number has been seen.
    private var isSeen: [Bool] = []

    /// From the intended time of a ticket to its receipt, of those that were intended at `countedFrom` or later.
    private(set) var latency = Histogram()
    /// Notifications received, with those that came twice.
    private(set) var deliveries = 0
    private(set) var lost = 0
    private(set) var doubled = 0
    /// Only tickets that are intended from then on count for the latency.
    var countedFrom: Int64 = .max

    init() {}

    /// Tickets that were filed.
    var filedCount: Int { intended.count }
    /// Events that somebody has received.
    var orderedCount: Int { order.count }

    /// A ticket is filed now that should have been at `time`; gives its run number.
    mutating func file(intended time: Int64) -> Int {
        intended.append(time)
        isSeen.append(false)
        return intended.count - 1
    }

    /// One listener has received one notification.
    ///
    /// - Parameter runNumber: is asked only where the listener is the first.
    @inline(__always)
    mutating func received(
        _ sequence: UInt64, by position: inout Position, at now: Int64, runNumber: () -> Int?
    ) {
        deliveries += 1
        guard sequence > position.lastSequence else {
            doubled += 1
            return
        }
        position.lastSequence = sequence
        if position.passed < order.count {
            while position.passed < order.count, order[position.passed].sequence < sequence {
                // It was passed over: what comes later of it is counted as doubled and not as found again.
                lost += 1
                position.passed += 1
            }
            if position.passed < order.count {
                if order[position.passed].sequence > sequence {
                    // Nobody before has got this one.
                    lost += 1
                    return
                }
            } else {
                append(sequence, runNumber())
            }
        } else {
            append(sequence, runNumber())
        }
        let time = order[position.passed].intended
        position.passed += 1
        if time >= countedFrom { latency.record(now - time) }
    }

    private mutating func append(_ sequence: UInt64, _ runNumber: Int?) {
        guard let runNumber, isSeen.indices.contains(runNumber), !isSeen[runNumber] else {
            // A ticket of nobody, or the same under another identity.
            doubled += 1
            order.append((sequence, .min))
            return
        }
        isSeen[runNumber] = true
        order.append((sequence, intended[runNumber]))
    }

    /// At the end: what a listener has not got counts as lost.
    ///
    /// - Parameter expected: how many tickets were answered with 201.
    mutating func finish(_ positions: [Position], expected: Int) {
        let all = max(expected, order.count)
        for position in positions { lost += all - position.passed }
    }
}
