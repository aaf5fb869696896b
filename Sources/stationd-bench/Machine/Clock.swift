import Glibc

/// CLOCK_MONOTONIC (clock_gettime(2)).
enum Clock {
    /// The time now, in nanoseconds.
    static func nanoseconds() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Seconds since a time of this clock.
    static func seconds(since start: Int64) -> Double { Double(nanoseconds() - start) / 1e9 }

    /// Sleeps.
    ///
    /// - Throws: at once, if a signal has asked this process to end.
    static func pause(milliseconds: Int) throws(BenchFault) {
        try Interruption.check()
        usleep(UInt32(milliseconds) * 1000)
    }

    /// Spins until a time. Returns the time then.
    static func spin(until end: Int64) -> Int64 {
        var now = nanoseconds()
        while now < end { now = nanoseconds() }
        return now
    }
}
