import Bytes
import Domain
import Gateway

/// What the members of a fleet may send, in bytes: a lot at once, for a station that was away, and then so much a
/// second. One that sends without end costs the others, and the people here, no more than that.
struct MemberAllowance {
    /// A quantity that is used up, and grows again with time.
    struct Bucket {
        let capacity: Int
        let perHour: Int
        private var level: Int
        private var since: MonotonicTime

        init(capacity: Int, perHour: Int, now: MonotonicTime) {
            self.capacity = capacity
            self.perHour = perHour
            level = capacity
            since = now
        }

        /// Uses some of it. Returns false, and uses nothing, if there is not so much; more than the capacity needs a
        /// full bucket.
        mutating func use(_ count: Int, now: MonotonicTime) -> Bool {
            fill(now)
            guard level >= min(count, capacity) else { return false }
            level -= min(count, capacity)
            return true
        }

        /// The seconds until there is so much, at least 1.
        func secondsUntil(_ count: Int) -> Int {
            let lack = max(0, min(count, capacity) - level)
            return max(1, (lack * 3_600 + perHour - 1) / perHour)
        }

        private mutating func fill(_ now: MonotonicTime) {
            // Beyond this the bucket is full anyway, and the product would be too large.
            let millis = min(max(0, now.milliseconds(since: since)), 1_000 * 3_600 * 1_000)
            let gain = Int(millis) * perHour / 3_600_000
            guard gain > 0 else { return }
            level = min(capacity, level + gain)
            since = now
        }
    }

    /// Bodies of events, by member.
    private var traffic: [Identifier: Bucket] = [:]
    /// Events that are kept although they mean nothing here.
    private var strange: [Identifier: Bucket] = [:]

    /// Counts a batch of a member. Returns nil, or after how many seconds it may come again if it was too much.
    mutating func charge(_ bytes: Int, of member: Identifier, now: MonotonicTime) -> Int? {
        var bucket =
            traffic[member]
            ?? Bucket(
                capacity: FleetLimits.batchBytesAtOnceMax, perHour: FleetLimits.batchBytesPerSecondMax * 3_600, now: now
            )
        let isAllowed = bucket.use(bytes, now: now)
        traffic[member] = bucket
        return isAllowed ? nil : bucket.secondsUntil(bytes)
    }

    /// Whether an event of a member that means nothing here may be kept as it came.
    mutating func mayKeep(_ bytes: Int, of member: Identifier, now: MonotonicTime) -> Bool {
        var bucket =
            strange[member]
            ?? Bucket(
                capacity: FleetLimits.strangeBytesAtOnceMax, perHour: FleetLimits.strangeBytesPerHourMax, now: now)
        defer { strange[member] = bucket }
        return bucket.use(bytes, now: now)
    }
}
