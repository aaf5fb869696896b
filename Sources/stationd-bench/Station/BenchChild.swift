import CLinux
import Glibc

/// A process that the bench has started. It ends when the bench ends, however that happens.
final class BenchChild {
    let pid: pid_t
    /// Whether it was still running when it was last asked.
    private(set) var isRunning = true
    /// The file of its standard error.
    let logPath: String
    /// The file of its standard output.
    let outputPath: String

    /// Starts this executable with its hidden command `launch`, which pins itself to `processor`, binds itself to the
    /// life of this process, and then becomes `program`.
    init(
        _ program: String, _ arguments: [String], processor: Int?, output: String, log: String
    ) throws(BenchFault) {
        (outputPath, logPath) = (output, log)
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var mask = sigset_t()
        unsafe sigemptyset(&mask)
        unsafe posix_spawnattr_setsigmask(&attributes, &mask)
        unsafe sigaddset(&mask, SIGPIPE)
        unsafe posix_spawnattr_setsigdefault(&attributes, &mask)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let words = ["stationd-bench", "launch", processor.map(String.init) ?? "-", String(getpid()), program]
        var pointers = unsafe (words + arguments).map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        defer { unsafe pointers.forEach { unsafe free($0) } }
        var process: pid_t = 0
        let failure = unsafe posix_spawn(&process, "/proc/self/exe", &actions, &attributes, &pointers, environ)
        guard failure == 0 else {
            errno = failure
            throw .last("start \(program)")
        }
        pid = process
    }

    deinit { end() }

    /// The hidden command `launch`: pins this process, binds it to its parent's life, and becomes the program.
    ///
    /// - Parameter arguments: the processor's number or `-`, the parent's process id, the program, its arguments.
    /// - Returns: the exit code, if the program cannot be run.
    static func launch(_ arguments: [String]) -> Int32 {
        guard arguments.count > 2, let parent = pid_t(arguments[1]) else { return 64 }
        clinux_die_with_parent()
        // The parent may have died before the line above.
        guard getppid() == parent else { return 1 }
        if let processor = Int(arguments[0]) { Processors.pin(to: processor) }
        var pointers = unsafe arguments[2...].map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        unsafe execv(arguments[2], &pointers)
        BenchOutput.complain(BenchFault.last(arguments[2]).message)
        return 71
    }

    /// Whether it has ended, by itself or by a signal.
    func hasEnded() -> Bool {
        guard isRunning else { return true }
        var status: Int32 = 0
        if unsafe waitpid(pid, &status, WNOHANG) == pid { isRunning = false }
        return !isRunning
    }

    /// Sends a signal if it is running.
    func signal(_ number: Int32) { if isRunning { kill(pid, number) } }

    /// Sends SIGTERM and waits. Returns false if it does not end in time.
    func stop(seconds: Double) throws(BenchFault) -> Bool {
        signal(SIGTERM)
        let start = Clock.nanoseconds()
        while !hasEnded() {
            guard Clock.seconds(since: start) < seconds else { return false }
            try Clock.pause(milliseconds: 2)
        }
        return true
    }

    /// Sends SIGKILL and waits until it is gone.
    func end() {
        guard isRunning else { return }
        kill(pid, SIGKILL)
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        isRunning = false
    }

    /// The last ten lines it wrote to standard error.
    var lastLines: String {
        let lines = BenchFiles.text(logPath).split(separator: "\n")
        return lines.suffix(10).joined(separator: "\n")
    }
}
