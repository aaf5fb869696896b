import Foundation
import Synchronization

/// A process that the tests started. They signal it only by its own number, and kill it before they end.
final class SpawnedProcess: @unchecked Sendable {
    enum Exit: Equatable, CustomStringConvertible {
        case code(Int32)
        case signal(Int32)

        var description: String {
            switch self {
            case .code(let code): "exit code \(code)"
            case .signal(let signal): "signal \(signal)"
            }
        }
    }

    let pid: pid_t
    private(set) var exit: Exit?

    /// Starts `arguments[0]`. Its output goes to files, so it never blocks on a reader.
    init(
        _ arguments: [String], input: String = "/dev/null", output: String, errors: String,
        environment: [String: String] = [:]
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        variables["JOURNAL_STREAM"] = nil
        var settings: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { for pointer in pointers + settings { free(pointer) } }
        // The runner's threads block signals, and its parent may ignore some. A service manager does neither.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var pid: pid_t = 0
        let fault = posix_spawnp(&pid, arguments[0], &actions, &attributes, &pointers, &settings)
        guard fault == 0 else { throw HarnessFault("cannot start \(arguments[0]): errno \(fault)") }
        self.pid = pid
        Self.register(pid)
    }

    deinit { kill() }

    var isRunning: Bool { poll() == nil }

    /// How the process ended, or nil while it runs.
    func poll() -> Exit? {
        if let exit { return exit }
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        return note(status)
    }

    /// Waits until the process ends, for `seconds` at most.
    func wait(seconds: Double) -> Exit? {
        let deadline = Deadline(seconds: seconds)
        while true {
            if let exit = poll() { return exit }
            if deadline.isOver { return nil }
            usleep(500)
        }
    }

    func signal(_ number: Int32) { if exit == nil { Glibc.kill(pid, number) } }

    /// Sends SIGKILL and waits until the process is gone.
    func kill() {
        guard exit == nil else { return }
        Glibc.kill(pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        _ = note(status)
    }

    private func note(_ status: Int32) -> Exit {
        let signal = status & 0x7F
        let exit: Exit = signal == 0 ? .code((status >> 8) & 0xFF) : .signal(signal)
        self.exit = exit
        Self.forget(pid)
        return exit
    }

    // MARK: Cleaning up when the tests end early

    private static let running = Mutex<Set<pid_t>>([])
    private static let cleanup: Void = {
        atexit { SpawnedProcess.killAll() }
    }()

    private static func register(_ pid: pid_t) {
        _ = cleanup
        running.withLock { _ = $0.insert(pid) }
    }

    private static func forget(_ pid: pid_t) { running.withLock { _ = $0.remove(pid) } }

    private static func killAll() {
        for pid in running.withLock({ $0 }) { Glibc.kill(pid, SIGKILL) }
    }
}

/// The result of a command that ran to its end.
struct CommandResult {
    let exit: SpawnedProcess.Exit
    let output: String
    let errors: String

    /// Output and errors together, for text that may be in either.
    var all: String { output + errors }

    /// The end of both, for messages: a screen at most.
    var excerpt: String { Excerpt.end(of: all) }

    /// Runs a command. Kills it and throws if it takes longer than `seconds`.
    static func run(
        _ arguments: [String], input: String? = nil, environment: [String: String] = [:], seconds: Double = 30
    ) throws -> CommandResult {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        if let input { try WholeFile.write(input, to: scratch.file("input")) }
        let child = try SpawnedProcess(
            arguments, input: input == nil ? "/dev/null" : scratch.file("input"), output: scratch.file("output"),
            errors: scratch.file("errors"), environment: environment)
        let exit = child.wait(seconds: seconds)
        let (output, errors) = (WholeFile.text(scratch.file("output")), WholeFile.text(scratch.file("errors")))
        guard let exit else {
            child.kill()
            throw HarnessFault("\(arguments.joined(separator: " ")) ran longer than \(seconds) s:\n\(output)\(errors)")
        }
        return CommandResult(exit: exit, output: output, errors: errors)
    }

    /// Runs `stationd` with these arguments.
    static func stationd(_ arguments: String..., input: String? = nil) throws -> CommandResult {
        try run([BuiltProduct.stationd] + arguments, input: input)
    }
}
