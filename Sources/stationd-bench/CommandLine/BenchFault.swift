import Glibc

/// Why a measurement cannot go on.
struct BenchFault: Error, Hashable {
    /// A clause without a full stop, which may end with lines from a server's log.
    let message: String
    /// The exit code: one of sysexits.h, or 128 and the number of the signal that ended the bench.
    var code: Int32 = 70

    init(_ message: String, code: Int32 = 70) {
        self.message = message
        self.code = code
    }

    /// The failure of a C library call, read from `errno`, so it must be created before the next call.
    static func last(_ call: String) -> BenchFault {
        let text = unsafe String(cString: strerror(errno))
        return BenchFault("\(call): \(text)", code: 71)
    }

    /// A fault of the command line.
    static func usage(_ message: String) -> BenchFault { BenchFault(message, code: 64) }
}
