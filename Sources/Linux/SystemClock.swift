import Bytes
import Glibc
import Platform

/// The kernel's clocks, CLOCK_REALTIME and CLOCK_MONOTONIC (clock_gettime(2)).
public enum SystemClock {
    /// Reads both clocks, to the millisecond.
    public static func now() -> Moment {
        Moment(
            wall: Timestamp(milliseconds: milliseconds(CLOCK_REALTIME)),
            monotonic: MonotonicTime(milliseconds: milliseconds(CLOCK_MONOTONIC)))
    }

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
