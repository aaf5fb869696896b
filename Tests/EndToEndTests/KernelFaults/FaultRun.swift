import Foundation

/// A run with a fault, then one without, in which everything that was answered must still be there.
final class FaultRun {
    let scope: FaultCase.Scope
    var fault: KernelFault?
    var call = ""
    private let stage: FaultStage
    private let options: [String]
    private let station: StationProcess
    private var errands: FaultErrands
    private(set) var trace = SystemCallTrace(file: "/dev/null")
    private var ownObjections: [String] = []

    init(_ scope: FaultCase.Scope, on stage: FaultStage, options: [String]) throws {
        self.scope = scope
        self.stage = stage
        self.options = options
        (station, errands) = try stage.makeStation(scope)
    }

    func remove() { station.remove() }

    var objections: [String] { ownObjections + errands.faults }

    private func object(_ text: String) { ownObjections.append(text) }

    func perform() throws -> FaultOutcome {
        let outcome =
            switch scope {
            case .serve, .restart: try serve()
            case .children: try serveWithChildren()
            case .checkpoint, .prepare: try doChore()
            }
        if outcome != .notReached { try startAnew() }
        return outcome
    }

    // MARK: With the fault

    private func serve() throws -> FaultOutcome {
        let process = try FaultedProcess(station, options)
        defer { process.end() }
        guard process.waitUntilListening(seconds: 10) else {
            object("hangs at its start:\n\(tail)")
            return .exited
        }
        if let port = process.port {
            errands.isRunning = { process.isRunning }
            errands.run(
                port: port, tokens: DemoTokens(of: station), isShort: scope == .restart,
                reload: { process.signal(SIGHUP) })
        }
        process.signal(SIGTERM)
        let exit = process.wait(seconds: 10)
        if exit == nil { object("does not stop:\n\(tail)") }
        process.end()
        trace = process.systemCalls
        return judge(exit)
    }

    private func serveWithChildren() throws -> FaultOutcome {
        try station.start()
        guard let pid = station.child?.pid else { return .notReached }
        let file = station.scratch.file("trace")
        let words = ["strace", "-q", "-f", "-o", file, "-p", String(pid)] + options
        let messages = station.scratch.file("strace")
        let strace = try SpawnedProcess(words, output: "/dev/null", errors: messages)
        defer { strace.kill() }
        let deadline = Deadline(seconds: 5)
        while WholeFile.text("/proc/\(pid)/status").contains("TracerPid:\t0\n") {
            guard !deadline.isOver else { throw HarnessFault("strace: \(WholeFile.text(messages))") }
            usleep(500)
        }
        let child = station.child
        errands.isRunning = { child?.poll() == nil }
        errands.run(port: station.port, tokens: DemoTokens(of: station), isShort: false) {
            child?.signal(SIGHUP)
        }
        let exit = station.stop()
        if exit == nil { object("does not stop:\n\(tail)") }
        station.kill()
        _ = strace.wait(seconds: 5)
        trace = SystemCallTrace(file: file)
        return judge(exit)
    }

    /// Runs a child's work without a parent. Its answer is one line.
    private func doChore() throws -> FaultOutcome {
        let file = station.scratch.file("trace")
        let words = ["strace", "-q", "-o", file] + options + [BuiltProduct.stationd] + stage.chore(scope, station.data)
        let result = try CommandResult.run(words, seconds: 20)
        trace = SystemCallTrace(file: file)
        guard isReached(result.errors) else { return .notReached }
        switch result.exit {
        case .signal(SIGKILL) where fault?.isKill == true: return .killed
        case .code(0): return .wentOn
        case .code where result.output.contains("{\"error\":\"") || call == "write":
            if fault?.isInterruption == true { object("an interruption is reported: \(result.excerpt)") }
            if call != "write", let fault, !names(fault, result.output) {
                object("does not say what failed: \(result.excerpt)")
            }
            return .exited
        default:
            if isLackOfMemory { return .outOfMemory }
            object("ended with \(result.exit): \(result.excerpt)")
            return .exited
        }
    }

    // MARK: Judging the run

    private func isReached(_ log: String) -> Bool {
        guard let fault else { return true }
        if log.contains("error while loading shared libraries") { return false }
        if fault.isKill { return trace.wasKilled }
        // Changing what is watched takes no memory (epoll_ctl(2)).
        return trace.injected.contains { !$0.contains("EPOLL_CTL_MOD") }
    }

    private var isLackOfMemory: Bool { call == "mmap" || call == "brk" }

    private func names(_ fault: KernelFault, _ text: String) -> Bool {
        text.lowercased().contains(fault.words) || fault.name == "ENOSPC" && text.contains("disk is full")
            || text.contains("the password")
    }

    private var tail: String { station.log.split(separator: "\n").suffix(8).joined(separator: "\n") }

    private func judge(_ exit: SpawnedProcess.Exit?) -> FaultOutcome {
        let log = station.log
        guard isReached(log) else { return .notReached }
        let injected = trace.injected.first.map { "\n\($0)" } ?? ""
        let outcome: FaultOutcome
        switch exit {
        case nil: return .exited
        case .code(0): outcome = errands.refused + errands.dropped > 0 ? .refused : .wentOn
        case .signal(SIGKILL) where fault?.isKill == true: return .killed
        case .code:
            let message = log.split(separator: "\n").filter { $0.hasPrefix("stationd: ") }.joined(separator: "\n")
            if message.isEmpty { object("ended without a message: \(exit as Any)\n\(tail)\(injected)") }
            if let fault, !names(fault, message) { object("does not say what failed: \(message)\(injected)") }
            outcome = .exited
        case .signal:
            if isLackOfMemory, scope != .children { return .outOfMemory }
            object("ended with \(exit as Any):\n\(tail)\(injected)")
            return .exited
        }
        if log.contains(": success") { object("treats a failure as success:\n\(tail)\(injected)") }
        if fault == nil, outcome != .wentOn { object("\(outcome.rawValue) without a fault:\n\(tail)") }
        if fault?.isInterruption == true, outcome != .wentOn {
            object("an interruption is noticed:\n\(tail)\(injected)")
        }
        return outcome
    }

    // MARK: Without the fault

    /// Whether damage may be found: only if a file could not be read.
    private var mayFindDamage: Bool {
        fault?.name == "EIO" && ["openat", "read", "pread64", "newfstatat"].contains(call) && scope != .checkpoint
    }

    private func startAnew() throws {
        let injected = trace.injected.first.map { "\n\($0)" } ?? ""
        let early = errands.told
        errands.isRunning = { true }
        if WholeFile.exists("\(station.data)/station.json") { try check("after the fault", injected) }
        station.options.preparation = nil
        do {
            try station.start()
        } catch {
            return object("does not start again: \(error)\(injected)")
        }
        guard let tokens = DemoTokens(of: station) else { return object("printed no tokens\(injected)") }
        let count = errands.faults.count
        errands.verifyToldBefore(early, port: station.port, tokens: tokens)
        errands.verify(port: station.port, tokens: tokens)
        if errands.faults.count > count { object("the objections above came after\(injected)\n\(tail)") }
        let exit = station.stop()
        if exit != .code(0) { object("after the restart it ends with \(exit as Any)\(injected)") }
        try check("at the end", injected)
    }

    private func check(_ when: String, _ injected: String) throws {
        let check = try CommandResult.stationd("check", station.data)
        if check.exit == .code(0) || mayFindDamage && check.exit == .code(65) { return }
        object("check \(when): \(check.exit) \(check.all)\(injected)")
    }
}
