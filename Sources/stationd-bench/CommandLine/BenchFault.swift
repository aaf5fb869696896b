import Glibc

/// Why a measurement cannot go on.
struct BenchFault: Error, Hashable {
    let message: String
    /// The exit code, of sysexits.h.
    var code: Int32 = 70

    init(_ message: String, code: Int32 = 70) {
        self.message = message
        self.code = code
    }

    /// A call of the C library has failed; to be made before `errno` changes.
    static func last(_ call: String) -> BenchFault {
        let text = unsafe String(cString: strerror(errno))
        return BenchFault("\(call): \(text)", code: 71)
    }

    /// What is wrong with the command line.
    static func usage(_ message: String) -> BenchFault { BenchFault(message, code: 64) }
}
