import Glibc

/// What the kernel reports about a process in /proc/PID (proc(5)).
struct ProcessFigures: Sendable {
    let pid: pid_t

    /// Processor time in seconds, user and system, including children that it waited for. The kernel counts in steps of
    /// about 10 ms. A station does not wait for its children, so their time is not included.
    var processorSeconds: Double {
        let text = BenchFiles.text("/proc/\(pid)/stat")
        // The second field is a name in parentheses, which may contain spaces.
        guard let end = text.lastIndex(of: ")") else { return 0 }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 14 else { return 0 }
        let ticks = fields[11...14].reduce(0.0) { $0 + (Double($1) ?? 0) }
        return ticks / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    }

    /// Seconds that it was ready to run and had no processor, because others used it: the second number of schedstat.
    var waitedSeconds: Double {
        let numbers = BenchFiles.text("/proc/\(pid)/schedstat").split(separator: " ")
        return numbers.count > 1 ? (Double(numbers[1]) ?? 0) / 1e9 : 0
    }

    /// Bytes of memory in use: `VmRSS`.
    var residentBytes: Int { kibibytes("status", "VmRSS:") * 1024 }
    /// The most that `residentBytes` has been: `VmHWM`.
    var residentBytesMax: Int { kibibytes("status", "VmHWM:") * 1024 }

    /// Bytes of memory that only this process has and that it has written to: `Private_Dirty` of smaps_rollup.
    var privateDirtyBytes: Int { kibibytes("smaps_rollup", "Private_Dirty:") * 1024 }

    /// Resets `residentBytesMax` to the memory in use now.
    func resetResidentBytesMax() { try? BenchFiles.write(Array("5".utf8), to: "/proc/\(pid)/clear_refs") }

    /// Bytes passed to write(2) and similar calls, and bytes sent to a disk, since the start of the process.
    var written: (given: Int, stored: Int) {
        let text = BenchFiles.text("/proc/\(pid)/io")
        return (Self.number("wchar:", in: text) ?? 0, Self.number("write_bytes:", in: text) ?? 0)
    }

    /// The processes that it has started and that still run.
    var children: [pid_t] {
        BenchFiles.text("/proc/\(pid)/task/\(pid)/children").split(separator: " ").compactMap { pid_t($0) }
    }

    /// The process that traces it (ptrace(2)); nil if there is none.
    var tracer: pid_t? {
        let number = Self.number("TracerPid:", in: BenchFiles.text("/proc/\(pid)/status")) ?? 0
        return number > 0 ? pid_t(clamping: number) : nil
    }

    private func kibibytes(_ file: String, _ name: String) -> Int {
        Self.number(name, in: BenchFiles.text("/proc/\(pid)/\(file)")) ?? 0
    }

    /// The number after a name at the start of a line; nil if no line has it.
    static func number(_ name: String, in text: String) -> Int? {
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            return line.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
        }
        return nil
    }
}

/// All processors of the machine together.
enum MachineFigures {
    /// Processor seconds used by all processes since the machine started (the first line of /proc/stat).
    static var processorSeconds: Double {
        let line = BenchFiles.text("/proc/stat").split(separator: "\n").first?.split(separator: " ") ?? []
        guard line.count > 3 else { return 0 }
        let ticks = line[1...3].reduce(0.0) { $0 + (Double($1) ?? 0) }
        return ticks / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    }
}

/// Counts the bytes that a process and its children write.
///
/// The kernel counts per process, and the counts of the station's children vanish when they end. So `look()` must be
/// called every few milliseconds, and whatever a child writes after the last look is missed. With files of some hundred
/// bytes and a look every 2 ms, that is a few files per child, less than 1 % of what a long-running one writes.
struct WriteCount {
    private let process: ProcessFigures
    private let before: (given: Int, stored: Int)
    private var children: [pid_t: (given: Int, stored: Int)] = [:]

    /// Starts counting.
    init(of pid: pid_t) {
        process = ProcessFigures(pid: pid)
        before = process.written
    }

    /// Reads the children's counts.
    mutating func look() {
        for child in process.children {
            let written = ProcessFigures(pid: child).written
            if written.given > 0 { children[child] = written }
        }
    }

    /// Bytes that the process itself has written since counting started.
    var own: (given: Int, stored: Int) {
        let now = process.written
        return (now.given - before.given, now.stored - before.stored)
    }
    /// Bytes that its children have written.
    var ofChildren: (given: Int, stored: Int) {
        children.values.reduce((0, 0)) { ($0.0 + $1.given, $0.1 + $1.stored) }
    }
}
