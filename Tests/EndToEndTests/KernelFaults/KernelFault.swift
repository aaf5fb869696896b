import Foundation

/// One fault of a system call, injected with `strace -e inject`.
struct KernelFault: Hashable, Sendable {
    /// The injection in strace's words, such as `error=EIO`.
    let injection: String
    /// The fault's name for people, such as `EIO` or `SIGKILL`.
    let name: String
    /// Whether the fault repeats, at every second call from the first on.
    var isRepeated = false

    static func error(_ name: String) -> KernelFault { KernelFault(injection: "error=\(name)", name: name) }

    static let kill = KernelFault(injection: "signal=SIGKILL", name: "SIGKILL")
    /// brk(2) does not fail. It returns the old end of the heap, here one below what was asked for.
    static let heapEnd = KernelFault(injection: "retval=0", name: "ENOMEM")
    static let interrupted = error("EINTR")
    static let interruptedOften = KernelFault(injection: "error=EINTR", name: "EINTR-often", isRepeated: true)

    var isKill: Bool { self == .kill }
    var isInterruption: Bool { injection == Self.interrupted.injection }

    /// What strerror(3) says about the fault, in lower case.
    var words: String {
        let numbers: [String: Int32] = [
            "EIO": EIO, "ENOSPC": ENOSPC, "EMFILE": EMFILE, "ENFILE": ENFILE, "ENOMEM": ENOMEM, "EAGAIN": EAGAIN,
            "ENOLCK": ENOLCK, "EADDRINUSE": EADDRINUSE, "ENOBUFS": ENOBUFS, "ECONNRESET": ECONNRESET,
            "EINTR": EINTR, "EOPNOTSUPP": EOPNOTSUPP, "ECONNABORTED": ECONNABORTED,
        ]
        guard let number = numbers[name], let words = strerror(number) else { return name.lowercased() }
        return String(cString: words).lowercased()
    }
}

/// Which calls fail, and how, according to the manual pages of section 2 and the file systems of Linux.
///
/// The table omits faults that would be untrue. A close(2) that fails has closed the file anyway, but strace skips the
/// call. A made-up byte count would claim bytes that are not there (`ShortWrites` has real ones). Changing what is
/// watched takes no memory in epoll_ctl(2). fdatasync(2) is interrupted only in processes that handle signals, which a
/// station does not; it would treat the interruption as a failure, on purpose. The process is killed in calls that
/// change something or wait, because between two of these every moment is the same.
enum FaultTable {
    static let faults: [(call: String, faults: [KernelFault])] = [
        ("openat", [.error("EIO"), .error("EMFILE")] + interruptions + [.kill]),
        ("read", [.error("EIO")] + interruptions + [.kill]),
        ("pread64", [.error("EIO")] + interruptions),
        ("write", [.error("EIO"), .error("ENOSPC")] + interruptions + [.kill]),
        ("pwrite64", [.error("EIO"), .error("ENOSPC")] + interruptions + [.kill]),
        ("fdatasync", [.error("EIO"), .error("ENOSPC"), .kill]),
        ("syncfs", [.error("EIO"), .error("ENOSPC"), .kill]),
        ("fsync", [.error("EIO"), .error("ENOSPC")] + interruptions + [.kill]),
        ("fallocate", [.error("ENOSPC"), .error("EIO"), .error("EOPNOTSUPP")] + interruptions + [.kill]),
        ("renameat", [.error("EIO"), .error("ENOSPC"), .error("ENOMEM"), .kill]),
        ("unlinkat", [.error("EIO"), .error("ENOMEM"), .kill]),
        ("unlink", [.error("EIO"), .kill]),
        ("mkdir", [.error("EIO"), .error("ENOSPC"), .kill]),
        ("mkdirat", [.error("EIO"), .error("ENOSPC"), .kill]),
        ("newfstatat", [.error("EIO"), .error("ENOMEM")]),
        ("fstatfs", [.error("EIO")] + interruptions + [.kill]),
        ("getdents64", [.error("EIO"), .error("ENOMEM")]),
        ("flock", [.error("ENOLCK")] + interruptions + [.kill]),
        ("mmap", [.error("ENOMEM")]),
        ("brk", [.heapEnd]),
        ("epoll_create1", [.error("EMFILE"), .error("ENOMEM"), .kill]),
        ("epoll_ctl", [.error("ENOMEM"), .error("ENOSPC")]),
        ("epoll_wait", interruptions + [.kill]),
        (
            "accept4",
            [.error("EMFILE"), .error("ENFILE"), .error("ENOMEM"), .error("ECONNABORTED")] + interruptions + [.kill]
        ),
        ("socket", [.error("EMFILE"), .error("ENOMEM"), .kill]),
        ("bind", [.error("EADDRINUSE"), .error("ENOMEM"), .kill]),
        ("listen", [.error("EADDRINUSE"), .kill]),
        ("getsockname", [.error("ENOBUFS")]),
        ("socketpair", [.error("EMFILE"), .error("ENOMEM"), .kill]),
        ("sendto", [.error("ECONNRESET"), .error("ENOBUFS")] + interruptions + [.kill]),
        ("recvfrom", [.error("ECONNRESET")] + interruptions + [.kill]),
        ("shutdown", [.kill]),
        ("clone3", [.error("EAGAIN"), .error("ENOMEM"), .kill]),
        ("execve", [.error("ENOMEM"), .error("EIO"), .kill]),
        ("dup2", [.kill]),
        ("prctl", [.kill]),
        ("signalfd4", [.error("EMFILE"), .error("ENOMEM"), .kill]),
        ("poll", [.error("ENOMEM")] + interruptions),
        ("io_uring_setup", [.error("EPERM"), .error("ENOMEM"), .kill]),
        ("io_uring_enter", [.error("EAGAIN"), .error("EPERM")] + interruptions + [.kill]),
        ("exit_group", [.kill]),
    ]

    private static let interruptions: [KernelFault] = [.interrupted, .interruptedOften]

    static let calls: [String] = faults.map(\.call)
}

/// One fault at one call.
struct FaultCase: Hashable, Sendable, CustomStringConvertible {
    /// The process that the fault hits, and when in its life.
    enum Scope: String, CaseIterable, Sendable {
        /// `stationd serve` on an empty directory.
        case serve
        /// The same on the directory of a station that was killed.
        case restart
        /// The checkpointer by itself.
        case checkpoint
        /// The process that writes a segment ahead, by itself.
        case prepare
        /// The child processes of a running station.
        case children
    }

    let scope: Scope
    let call: String
    let fault: KernelFault
    /// The n-th call of this kind in the process, from 1.
    let number: Int

    var description: String { "\(scope.rawValue):\(call):\(fault.name):\(number)" }

    /// The strace options that inject the fault.
    var injection: [String] {
        let when = fault.isRepeated ? "\(number)+2" : "\(number)"
        return ["-e", "trace=\(call)", "-e", "inject=\(call):\(fault.injection):when=\(when)"]
    }

    /// Creates a case from its `description`, or nil from any other text.
    init?(_ text: String) {
        let parts = text.split(separator: ":").map(String.init)
        guard parts.count == 4, let scope = Scope(rawValue: parts[0]), let number = Int(parts[3]),
            let fault = FaultTable.faults.first(where: { $0.call == parts[1] })?.faults
                .first(where: { $0.name == parts[2] })
        else { return nil }
        self.init(scope: scope, call: parts[1], fault: fault, number: number)
    }

    init(scope: Scope, call: String, fault: KernelFault, number: Int) {
        self.scope = scope
        self.call = call
        self.fault = fault
        self.number = number
    }
}
