/// Which tickets were filed, and which notifications each listener received. Every listener must be told of every
/// ticket once, all in the same order.
///
/// The first listener to reach a place in the order determines the event there, and all others are held to it. Times
/// are those of `Clock`.
struct ReceiptLedger {
    /// How far one listener has got.
    struct Position {
        /// The number of places in the order that it has passed.
        fileprivate(set) var passed = 0
        /// The sequence of the last notification it received in order.
        fileprivate(set) var lastSequence: UInt64 = 0

        init() {}
    }

    /// The time when each ticket should have been sent, by run number.
    private var intended: [Int64] = []
    /// The events in order, with the time when each should have been sent.
    private var order: [(sequence: UInt64, intended: Int64)] = []
    /// Whether a notification with this run number has been received.
    private var isSeen: [Bool] = []

    /// The time from when a ticket should have been sent to its receipt, for tickets intended at `countedFrom` or
    /// later.
    private(set) var latency = Histogram()
    /// Notifications received, including duplicates.
    private(set) var deliveries = 0
    /// Notifications that a listener has missed.
    private(set) var lost = 0
    /// Notifications that came twice, late, or for no ticket of this ledger.
    private(set) var doubled = 0
    /// Only tickets intended from this time on count for the latency.
    var countedFrom: Int64 = .max

    init() {}

    /// The number of tickets filed.
    var filedCount: Int { intended.count }

    /// Records a ticket that is filed now and should have been filed at `time`. Returns its run number.
    mutating func file(intended time: Int64) -> Int {
        intended.append(time)
        isSeen.append(false)
        return intended.count - 1
    }

    /// Records that one listener has received one notification.
    ///
    /// - Parameter runNumber: called only if this listener is the first to receive it.
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
                // This event was skipped. If it comes later, it counts as doubled, not as found again.
                lost += 1
                position.passed += 1
            }
            if position.passed < order.count {
                if order[position.passed].sequence > sequence {
                    // No earlier listener received this event.
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
            // Not one of our tickets, or one of them again under another identity.
            doubled += 1
            order.append((sequence, .min))
            return
        }
        isSeen[runNumber] = true
        order.append((sequence, intended[runNumber]))
    }

    /// Counts everything that a listener has not received as lost.
    ///
    /// - Parameter expected: the number of tickets that were answered with 201.
    mutating func finish(_ positions: [Position], expected: Int) {
        let all = max(expected, order.count)
        for position in positions { lost += all - position.passed }
    }
}
