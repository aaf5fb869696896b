import Foundation

/// A station that runs under strace.
final class FaultedProcess {
    let station: StationProcess
    private let trace: String
    private(set) var pid: pid_t?
    private(set) var port: UInt16?

    /// - Parameter options: the options for strace.
    init(_ station: StationProcess, _ options: [String]) throws {
        self.station = station
        trace = station.scratch.file("trace")
        station.options.preparation = Strace.preparation(options, trace: trace)
        try station.launch()
    }

    var isRunning: Bool { station.child?.poll() == nil }

    /// Waits until the station listens or has ended. Returns false if neither happens within `seconds`.
    func waitUntilListening(seconds: Double) -> Bool {
        let deadline = Deadline(seconds: seconds)
        // The fault may have kept the log line from being written.
        let impatience = Deadline(seconds: 2)
        while isRunning {
            // strace briefly has other children when it starts.
            pid = station.children.first
            if let mark = station.log.range(of: "Listening on 127.0.0.1:") {
                let digits = station.log[mark.upperBound...].prefix { $0.isNumber }
                // The station logs 0 if it could not find out its port.
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

    /// How the station ended, or nil if it still runs. strace ends the way its program did.
    func wait(seconds: Double) -> SpawnedProcess.Exit? { station.child?.wait(seconds: seconds) }

    /// Ends both, even if the program hangs.
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
