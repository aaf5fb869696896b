import CLinux
import Glibc

/// SIGINT, SIGTERM and SIGHUP, read from a descriptor. Every wait checks it, so the bench exits by the usual path,
/// which ends the children and removes the scratch folder.
enum Interruption {
    private static let descriptor: Int32 = {
        var mask = Self.mask
        unsafe sigprocmask(SIG_BLOCK, &mask, nil)
        signal(SIGPIPE, SIG_IGN)
        return unsafe clinux_signalfd(&mask)
    }()

    private static var mask: sigset_t {
        var mask = sigset_t()
        unsafe sigemptyset(&mask)
        for number in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&mask, number) }
        return mask
    }

    /// From now on the signals no longer end the process by themselves.
    static func prepare() { _ = descriptor }

    /// Throws if one of the signals has arrived.
    static func check() throws(BenchFault) {
        var entry = signalfd_siginfo()
        let size = MemoryLayout.size(ofValue: entry)
        guard unsafe read(descriptor, &entry, size) == size else { return }
        throw BenchFault("ended by signal \(entry.ssi_signo)", code: 128 + Int32(truncatingIfNeeded: entry.ssi_signo))
    }
}
