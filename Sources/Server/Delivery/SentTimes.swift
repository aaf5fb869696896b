import Bytes
import Domain

/// When the newest notifications to single users were sent to a client of theirs, since the start. It is kept in memory
/// alone, for receipts: whether something has arrived is proven and stored elsewhere.
final class SentTimes {
    private static let countMax = 4_096

    private var times: [UInt64: Timestamp] = [:]
    private var order: [UInt64] = []
    /// The place in `order` that is used next, once that is full.
    private var next = 0

    /// Notes that the notification of an event was sent, unless it was before.
    func note(_ sequence: UInt64, at time: Timestamp) {
        guard times[sequence] == nil else { return }
        times[sequence] = time
        if order.count < Self.countMax {
            order.append(sequence)
        } else {
            times[order[next]] = nil
            order[next] = sequence
            next = (next + 1) % Self.countMax
        }
    }

    subscript(sequence: UInt64) -> Timestamp? { times[sequence] }
}
