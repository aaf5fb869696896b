import Foundation

/// CLOCK_MONOTONIC, which is the same for all processes of a machine.
enum MonotonicNanos {
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
