/// A point in civil time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX).
///
/// The range that has text is the years 0000 to 9999; arithmetic saturates.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since the epoch of POSIX.
    public var milliseconds: Int64

    @inlinable public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Whole seconds since the epoch, rounded down: the NumericDate of RFC 7519.
    @inlinable public var seconds: Int64 {
        milliseconds / 1000 - (milliseconds % 1000 < 0 ? 1 : 0)
    }

    @inlinable public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// This time and `milliseconds` more, or the end of the range.
    @inlinable public func advanced(byMilliseconds milliseconds: Int64) -> Timestamp {
        let (sum, overflow) = self.milliseconds.addingReportingOverflow(milliseconds)
        return Timestamp(milliseconds: overflow ? (milliseconds > 0 ? .max : .min) : sum)
    }
}

/// A reading of a clock that only goes forward, in milliseconds since some start: for timers and durations, never
/// stored.
public struct MonotonicTime: Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    @inlinable public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    @inlinable public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// This time and `milliseconds` more, saturating.
    @inlinable public func advanced(byMilliseconds milliseconds: Int64) -> MonotonicTime {
        let (sum, overflow) = self.milliseconds.addingReportingOverflow(milliseconds)
        return MonotonicTime(milliseconds: overflow ? (milliseconds > 0 ? .max : .min) : sum)
    }

    /// Milliseconds from `earlier` to this.
    @inlinable public func milliseconds(since earlier: MonotonicTime) -> Int64 {
        milliseconds &- earlier.milliseconds
    }
}
