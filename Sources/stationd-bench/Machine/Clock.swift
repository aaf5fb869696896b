import Glibc

/// CLOCK_MONOTONIC (clock_gettime(2)) in nanoseconds.
enum Clock {
    static func nanoseconds() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Seconds since a moment on the same clock.
    static func seconds(since start: Int64) -> Double { Double(nanoseconds() - start) / 1e9 }

    /// Waits, and gives up at once where somebody wants this process to end.
    static func pause(milliseconds: Int) throws(BenchFault) {
        try Interruption.check()
        usleep(UInt32(milliseconds) * 1000)
    }

    /// Does nothing until a time, and gives the time then.
    static func spin(until end: Int64) -> Int64 {
        var now = nanoseconds()
        while now < end { now = nanoseconds() }
        return now
    }
}
