import Foundation

/// A station that runs under strace.
final class FaultedProcess {
    let station: StationProcess
    private let trace: String
    private(set) var pid: pid_t?
    private(set) var port: UInt16?

    /// - Parameter options: strace's.
    init(_ station: StationProcess, _ options: [String]) throws {
        self.station = station
        trace = station.scratch.file("trace")
        station.options.preparation = Strace.preparation(options, trace: trace)
        try station.launch()
    }

    var isRunning: Bool { station.child?.poll() == nil }

    /// Waits until it listens or has ended; false where it does neither within so long.
    func waitUntilListening(seconds: Double) -> Bool {
        let deadline = Deadline(seconds: seconds)
        // The line of the log may be what could not be written.
        let impatience = Deadline(seconds: 2)
        while isRunning {
            // strace has other children for a moment when it begins.
            pid = station.children.first
            if let mark = station.log.range(of: "Listening on 127.0.0.1:") {
                let digits = station.log[mark.upperBound...].prefix { $0.isNumber }
                // 0 is what it says where it could not ask which port it got.
                if let number = UInt16(digits), number != 0, pid != nil {
                    port = number
                    return true
                }
            }
            if impatience.isOver, let pid, let number = Self.listeningPort(of: pid) {
                port = number
                return true
            }
            if deadline.isOver { return false }
            usleep(500)
        }
        return true
    }

    func signal(_ number: Int32) {
        if let pid, isRunning { Glibc.kill(pid, number) }
    }

    /// How it ended, or nil where it does not. strace ends as its program did.
    func wait(seconds: Double) -> SpawnedProcess.Exit? { station.child?.wait(seconds: seconds) }

    /// Ends both; also where the program hangs.
    func end() {
        if isRunning, let pid = station.children.first {
            Glibc.kill(pid, SIGKILL)
            _ = wait(seconds: 5)
        }
        station.kill()
    }

    var systemCalls: SystemCallTrace { SystemCallTrace(file: trace) }

    /// The TCP port on which a process listens, from proc(5).
    private static func listeningPort(of pid: pid_t) -> UInt16? {
        let descriptors = "/proc/\(pid)/fd"
        let targets = WholeFile.names(in: descriptors).compactMap { name in
            try? FileManager.default.destinationOfSymbolicLink(atPath: "\(descriptors)/\(name)")
        }
        for line in WholeFile.text("/proc/\(pid)/net/tcp").split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            // 0A is TCP_LISTEN.
            guard fields.count > 9, fields[3] == "0A", targets.contains("socket:[\(fields[9])]") else { continue }
            return fields[1].split(separator: ":").last.flatMap { UInt16($0, radix: 16) }
        }
        return nil
    }
}
