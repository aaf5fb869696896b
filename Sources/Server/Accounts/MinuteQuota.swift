import Bytes

/// How often each of many may do something in a minute: a bucket for each key, which fills as they do it and runs dry
/// in a minute at most.
///
/// Bounded: only keys whose bucket is not dry are remembered, and at most `keysMax` of them. Beyond that the one that
/// was used the longest time ago is forgotten.
struct MinuteQuota<Key: Hashable> {
    private static var minuteMillis: Int64 { 60_000 }
    private static var keysMax: Int { 65_536 }
    private static var sweepCountMin: Int { 1024 }

    private struct Bucket {
        /// What has been done and has not run out yet, in units of which one deed has `minuteMillis`. The quota is the
        /// number of units that run out in a millisecond.
        var level: Int64
        var at: MonotonicTime

        /// The level at a later time. The quota may have changed since: it holds for the whole time that has passed.
        func level(perMinute quota: Int64, now: MonotonicTime) -> Int64 {
            let millis = min(max(0, now.milliseconds(since: at)), minuteMillis)
            return max(0, level - millis * quota)
        }
    }

    private var buckets: [Key: Bucket] = [:]
    /// The number of keys from which it is worth looking for dry buckets.
    private var sweepCount = sweepCountMin

    /// The number of keys remembered.
    var count: Int { buckets.count }

    /// The milliseconds until one more is allowed; nil if it is allowed now.
    ///
    /// - Parameter perMinute: the quota, at most 1,000,000; 0 for no limit.
    func wait(_ key: Key, perMinute: Int, now: MonotonicTime) -> Int64? {
        let quota = Int64(perMinute)
        guard quota > 0, let bucket = buckets[key] else { return nil }
        // Room for one more is needed.
        let excess = bucket.level(perMinute: quota, now: now) - (quota - 1) * Self.minuteMillis
        return excess > 0 ? (excess + quota - 1) / quota : nil
    }

    /// Notes that it was done once.
    mutating func note(_ key: Key, perMinute: Int, now: MonotonicTime) {
        let quota = Int64(perMinute)
        guard quota > 0 else { return }
        let level = buckets[key]?.level(perMinute: quota, now: now)
        if level == nil, buckets.count >= sweepCount { sweep(now: now) }
        // A lower quota must not keep its bucket full for longer than a minute.
        buckets[key] = Bucket(level: min((level ?? 0) + Self.minuteMillis, quota * Self.minuteMillis), at: now)
    }

    /// Forgets what was done.
    mutating func forget(_ key: Key) { buckets[key] = nil }

    /// Forgets the buckets that are dry. Each runs dry within a minute.
    private mutating func sweep(now: MonotonicTime) {
        buckets = buckets.filter { now.milliseconds(since: $0.value.at) < Self.minuteMillis }
        if buckets.count >= Self.keysMax, let oldest = buckets.min(by: { $0.value.at < $1.value.at }) {
            buckets[oldest.key] = nil
        }
        sweepCount = min(Self.keysMax, max(Self.sweepCountMin, 2 * buckets.count))
    }
}
