import Foundation

/// A process of `conformance-server`, which the build puts beside the test bundle, on a port that the kernel chooses.
final class ConformanceProcess {
    let port: UInt16
    let pid: pid_t
    private var status: Int32?

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw WireFault("no pipe: errno \(errno)") }
        defer { for end in ends { close(end) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        posix_spawn_file_actions_addclose(&actions, ends[0])
        posix_spawn_file_actions_addclose(&actions, ends[1])
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(Self.path), strdup("0"), nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let fault = posix_spawn(&pid, Self.path, &actions, nil, &arguments, environ)
        guard fault == 0 else { throw WireFault("cannot start \(Self.path): errno \(fault)") }
        self.pid = pid
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.last != 0x0A, read(ends[0], &byte, 1) == 1 { line.append(byte) }
        let digits = String(decoding: line, as: UTF8.self).split(separator: ":").last?.dropLast()
        guard let port = digits.flatMap({ UInt16($0) }) else {
            kill(pid, SIGKILL)
            throw WireFault("the server did not report its port")
        }
        self.port = port
    }

    deinit {
        guard status == nil else { return }
        kill(pid, SIGKILL)
        var ignored: Int32 = 0
        waitpid(pid, &ignored, 0)
    }

    /// The executable's path. `CONFORMANCE_SERVER` can name another one, such as that of the release build.
    private static let path: String = {
        if let path = ProcessInfo.processInfo.environment["CONFORMANCE_SERVER"] { return path }
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = String(decoding: buffer.prefix(max(count, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent("conformance-server").path
    }()

    func connect() throws -> Peer { try Peer(port: port) }

    /// Sends SIGTERM and returns the exit code; nil if the process does not end in time, or ends by a signal.
    func terminate(within seconds: Double) -> Int32? {
        kill(pid, SIGTERM)
        let start = Stopwatch()
        var status: Int32 = 0
        while waitpid(pid, &status, WNOHANG) != pid {
            guard start.millis < seconds * 1000 else { return nil }
            usleep(1000)
        }
        self.status = status
        return status & 0x7F == 0 ? status >> 8 & 0xFF : nil
    }

    var isRunning: Bool { kill(pid, 0) == 0 && !stateIsZombie }

    private var stateIsZombie: Bool { statFields.first == "Z" }

    /// The fields of proc_pid_stat(5), beginning with the state.
    private var statFields: [Substring] {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
        return text.split(separator: ")").last?.split(separator: " ") ?? []
    }

    /// The processor time that the process has used.
    var processorMillis: Int { (Int(statFields[11]) ?? 0) * 10 + (Int(statFields[12]) ?? 0) * 10 }

    /// Resident memory in kilobytes.
    var residentKilobytes: Int {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }

    var descriptorCount: Int {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []).count
    }
}

struct WireFault: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The time since its creation.
struct Stopwatch {
    private let start = ContinuousClock.now

    var millis: Double {
        let (seconds, attoseconds) = start.duration(to: .now).components
        return Double(seconds) * 1000 + Double(attoseconds) / 1e15
    }
}

func sleep(millis: Int) { usleep(UInt32(millis) * 1000) }
