import Glibc

/// What the kernel says of a process, below /proc/PID (proc(5)).
struct ProcessFigures: Sendable {
    let pid: pid_t

    /// Processor time in seconds, user and system, with that of children that were waited for. The kernel counts it in
    /// steps of 10 ms or so. A station does not wait for its children, so theirs is not in it.
    var processorSeconds: Double {
        let text = BenchFiles.text("/proc/\(pid)/stat")
        // The second field is a name in parentheses, which may have spaces.
        guard let end = text.lastIndex(of: ")") else { return 0 }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 14 else { return 0 }
        let ticks = fields[11...14].reduce(0.0) { $0 + (Double($1) ?? 0) }
        return ticks / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    }

    /// Bytes of memory in use: `VmRSS`, and `VmHWM` for the most there was.
    var residentBytes: Int { kibibytes("status", "VmRSS:") * 1024 }
    var residentBytesMax: Int { kibibytes("status", "VmHWM:") * 1024 }

    /// Bytes of memory that are this process's alone and were written to: `Private_Dirty` of smaps_rollup.
    var privateDirtyBytes: Int { kibibytes("smaps_rollup", "Private_Dirty:") * 1024 }

    /// Lets `residentBytesMax` begin anew.
    func resetResidentBytesMax() { try? BenchFiles.write(Array("5".utf8), to: "/proc/\(pid)/clear_refs") }

    /// Bytes given to write(2) and its like, and bytes that went to a disk, since the start of the process.
    var written: (given: Int, stored: Int) {
        let text = BenchFiles.text("/proc/\(pid)/io")
        return (Self.number("wchar:", in: text) ?? 0, Self.number("write_bytes:", in: text) ?? 0)
    }

    var children: [pid_t] {
        BenchFiles.text("/proc/\(pid)/task/\(pid)/children").split(separator: " ").compactMap { pid_t($0) }
    }

    private func kibibytes(_ file: String, _ name: String) -> Int {
        Self.number(name, in: BenchFiles.text("/proc/\(pid)/\(file)")) ?? 0
    }

    /// The number behind a name at the start of a line.
    static func number(_ name: String, in text: String) -> Int? {
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            return line.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
        }
        return nil
    }
}

/// The processors of the machine, all together.
enum MachineFigures {
    /// Processor seconds that were used since the machine's start, by whomever (the first line of /proc/stat).
    static var processorSeconds: Double {
        let line = BenchFiles.text("/proc/stat").split(separator: "\n").first?.split(separator: " ") ?? []
        guard line.count > 3 else { return 0 }
        let ticks = line[1...3].reduce(0.0) { $0 + (Double($1) ?? 0) }
        return ticks / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    }
}

/// Counts what a process and its children write.
///
/// The kernel counts for each process alone, and the station's children leave nothing behind when they end: so they are
/// looked at every few milliseconds, and what one of them writes after the last look is missed. With files of some
/// hundred bytes and a look every 2 ms that is a few files for each child, less than 1 % of what a long one writes.
struct WriteCount {
    private let process: ProcessFigures
    private let before: (given: Int, stored: Int)
    private var children: [pid_t: (given: Int, stored: Int)] = [:]

    init(of pid: pid_t) {
        process = ProcessFigures(pid: pid)
        before = process.written
    }

    /// Looks at the children.
    mutating func look() {
        for child in process.children {
            let written = ProcessFigures(pid: child).written
            if written.given > 0 { children[child] = written }
        }
    }

    /// Bytes since the beginning, of the process itself and of its children.
    var own: (given: Int, stored: Int) {
        let now = process.written
        return (now.given - before.given, now.stored - before.stored)
    }
    var ofChildren: (given: Int, stored: Int) {
        children.values.reduce((0, 0)) { ($0.0 + $1.given, $0.1 + $1.stored) }
    }
}
