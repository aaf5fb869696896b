/// A point in civil time: milliseconds since 1970-01-01T00:00:00Z, not counting leap seconds (POSIX).
///
/// Text forms cover the years 0000 to 9999. Arithmetic saturates.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since the POSIX epoch.
    public var milliseconds: Int64

    /// Creates a time from milliseconds since the POSIX epoch.
    @inlinable public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Whole seconds since the POSIX epoch, rounded down: the NumericDate of RFC 7519.
    @inlinable public var seconds: Int64 {
        milliseconds / 1000 - (milliseconds % 1000 < 0 ? 1 : 0)
    }

    @inlinable public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// The time `milliseconds` later (earlier if negative), or the end of the range if there is none.
    @inlinable public func advanced(byMilliseconds milliseconds: Int64) -> Timestamp {
        let (sum, overflow) = self.milliseconds.addingReportingOverflow(milliseconds)
        return Timestamp(milliseconds: overflow ? (milliseconds > 0 ? .max : .min) : sum)
    }
}

/// A reading of a clock that never goes back, for timers and durations. It means nothing after a restart, so it is
/// never stored.
public struct MonotonicTime: Hashable, Comparable, Sendable {
    /// Milliseconds since an arbitrary start.
    public var milliseconds: Int64

    /// Creates a time from milliseconds since the clock's start.
    @inlinable public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    @inlinable public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// The time `milliseconds` later, or the end of the range if there is none.
    @inlinable public func advanced(byMilliseconds milliseconds: Int64) -> MonotonicTime {
        let (sum, overflow) = self.milliseconds.addingReportingOverflow(milliseconds)
        return MonotonicTime(milliseconds: overflow ? (milliseconds > 0 ? .max : .min) : sum)
    }

    /// Milliseconds from `earlier` to this time; negative if `earlier` is later.
    @inlinable public func milliseconds(since earlier: MonotonicTime) -> Int64 {
        milliseconds &- earlier.milliseconds
    }

    /// The earlier of two times, where nil is never.
    @inlinable public static func earlier(_ left: MonotonicTime?, _ right: MonotonicTime?) -> MonotonicTime? {
        guard let left, let right else { return left ?? right }
        return min(left, right)
    }
}
