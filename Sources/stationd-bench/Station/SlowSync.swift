import Glibc

/// A disk whose `fdatasync` is slow, played by strace(1).
///
/// io_uring is refused, because strace cannot delay what it does: the station then synchronizes in a child process.
struct SlowSync: Hashable {
    /// How long each `fdatasync` takes besides its own time.
    let delayMillis: Int

    /// The program, or nil where it is not installed.
    private static let strace = ["/usr/bin/strace", "/usr/local/bin/strace"].first { (path: String) in
        unsafe access(path, X_OK) == 0
    }

    /// What to run in place of the station. With `-D` the tracer is the grandchild, so the process itself becomes the
    /// station: signals reach it, and its figures are its own.
    func command(_ program: String, _ arguments: [String]) -> (program: String, arguments: [String])? {
        guard let strace = Self.strace else { return nil }
        let words = [
            "-D", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,io_uring_setup", "-e",
            "inject=io_uring_setup:error=ENOSYS", "-e", "inject=fdatasync:delay_exit=\(delayMillis * 1000)",
        ]
        return (strace, words + [program] + arguments)
    }

    /// Whether a station can be traced here. Containers often forbid it.
    static func isAvailable(_ workbench: Workbench) throws(BenchFault) -> Bool {
        guard let command = SlowSync(delayMillis: 1).command("/bin/true", []) else { return false }
        let folder = workbench.scratch.fresh("trace")
        try BenchFiles.makeDirectory(folder)
        defer { BenchFiles.remove(folder) }
        let child = try BenchChild(
            command.program, command.arguments, processor: nil, output: "\(folder)/output", log: "\(folder)/log")
        let start = Clock.nanoseconds()
        while !child.hasEnded(), Clock.seconds(since: start) < 5 { try Clock.pause(milliseconds: 2) }
        return child.hasEnded() && BenchFiles.text(child.logPath).isEmpty
    }

    /// Waits until a tracer has ended, which it does by itself after the process that it traces.
    static func waitForEnd(of tracer: pid_t?) {
        guard let tracer else { return }
        let start = Clock.nanoseconds()
        // A zombie has no command line.
        while !BenchFiles.contents("/proc/\(tracer)/cmdline").isEmpty, Clock.seconds(since: start) < 5 { usleep(2000) }
    }
}
